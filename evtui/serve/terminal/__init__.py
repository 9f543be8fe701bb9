"""Consoles in the terminals of others, for the SSH door and the browser door: bytes in, bytes out, a size."""
