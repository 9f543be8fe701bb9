"""The carriers: one file each, none knows another. This is the list; bootstrap builds what it names.

- `datagram.Datagrams`: `udp:` and `unix:`
- `route.Routes`: `route:` and `routing:`
"""
