"""virtual: several sockets as one."""
