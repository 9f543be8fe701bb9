"""The demo: traffic over real loopback sockets, and a peer that is slow on purpose."""
