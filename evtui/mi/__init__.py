"""The management interface: commands, one dispatcher from bytes to bytes, three listeners."""
