"""The transports: a package each, none knows another. This is the list; bootstrap builds what it names.

- `datagram.Datagrams`: `udp:` and `unix:`
- `rabbitmq.Rabbitmq`: `rabbitmq:`
- `xmlrpc.Xmlrpc`: `xmlrpc:`
- `stream.Streams`: `tcp:` and `jsonrpc:`
- `flatstore.FlatStore`: `flatstore:`
- `kafka.Kafka`: `kafka:`
- `route.Routes`: `route:` and `routing:`
- `virtual.Virtual`: `virtual:`
"""
