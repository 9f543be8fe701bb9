"""The protocols of the management interface: JSON-RPC, the line protocol of 2.x, XML-RPC. Functions of bytes."""
