"""The demo: traffic over real loopback sockets, and a subscriber that is slow on purpose."""
