"""The management interface: commands, a dispatcher from request bytes to reply bytes, three listeners."""
