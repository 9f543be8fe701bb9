"""The commands that print tables of a server: transports and queues, statistics, sessions."""
