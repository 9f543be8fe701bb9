"""The dialog that subscribes a socket to an event."""
