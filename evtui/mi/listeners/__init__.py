"""The listeners of the management interface: FIFO, datagrams, HTTP."""
