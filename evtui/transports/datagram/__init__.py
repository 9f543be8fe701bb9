"""udp and unix: a datagram a notification."""
