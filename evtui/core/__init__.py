"""Values, records, ports and errors: no IO, no asyncio, no clock."""
