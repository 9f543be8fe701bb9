"""The grammar of udp and unix sockets: `udp:HOST:PORT`, `udp:[IPV6]:PORT`, `unix:/PATH`, each with an optional
`?payload=jsonrpc|text`.
"""

from msgspec import Struct

from evtui.codecs.sockets import check_unix_path, join_udp, split_payload, split_udp


class UdpSocket(Struct, frozen=True):
    """A host and a port."""

    host: str
    """A name or an address, IPv6 without brackets."""
    port: int
    payload: str | None
    """None when the socket does not say."""

    @property
    def shown(self) -> str:
        """Write the address in its one spelling."""
        return f"{join_udp(self.host, self.port)}{_option(self.payload)}"


class UnixSocket(Struct, frozen=True):
    """The path of a UNIX datagram socket."""

    path: str
    payload: str | None
    """None when the socket does not say."""

    @property
    def shown(self) -> str:
        """Write the address in its one spelling."""
        return self.path + _option(self.payload)


def parse_datagram(scheme: str, address: str) -> UdpSocket | UnixSocket:
    """Understand what follows `udp:` or `unix:`.

    raises BadSocketError: part `host`, `port`, `path` or `payload`.
    """
    rest, payload = split_payload(scheme, address)
    if scheme == "unix":
        return UnixSocket(check_unix_path(rest), payload)
    return UdpSocket(*split_udp(rest), payload)


def _option(payload: str | None) -> str:
    return "" if payload is None else f"?payload={payload}"
