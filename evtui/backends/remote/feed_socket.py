"""The socket on which a feed receives notifications."""

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import anyio
from msgspec import Struct

from evtui.backends.remote.mi_address import HttpAddress, MiAddress, UdpAddress
from evtui.codecs.sockets import check_unix_path, split_scheme, split_udp
from evtui.core.errors import BackendError, BadSocketError
from evtui.core.viewers.viewer_mark import VIEWER_HOST, VIEWER_PORTS

_SO_MEMINFO: Final = 55
"""Linux: the numbers that the kernel keeps of a socket's memory; the last one is how many datagrams it dropped."""
_MEMINFO: Final = struct.Struct("9I")

_RECEIVE_BUFFER = 4 * 1024 * 1024


class FeedSocket(Struct, frozen=True):
    """An open datagram socket."""

    sock: socket.socket
    text: str
    """The socket as it is subscribed: `udp:HOST:PORT` or `unix:/PATH`."""
    close: Callable[[], None]

    def share(self) -> "FeedSocket":
        """Open it once more: each of those that read it gets a part of what arrives."""
        again = self.sock.dup()
        return FeedSocket(again, self.text, again.close)


async def open_feed_socket(own: str | None, server: MiAddress) -> FeedSocket:
    """Open the socket `own`, or a UDP socket that the server reaches and that other viewers recognise.

    raises BadSocketError: `own` is not such a socket or cannot be bound. BackendError: the server has no known address.
    """
    return _bind_marked(await _address_towards(server)) if own is None else open_own_socket(own)


def open_own_socket(own: str) -> FeedSocket:
    """Open a socket that is named.

    raises BadSocketError: it is not such a socket or cannot be bound.
    """
    scheme, address = split_scheme(own)
    match scheme:
        case "udp":
            return _bind_udp(*split_udp(address))
        case "unix":
            return _bind_unix(check_unix_path(address))
        case _:
            raise BadSocketError(own, "scheme", "a feed receives on udp:HOST:PORT or unix:/PATH")


def dropped_by_kernel(sock: socket.socket) -> int:
    """Count the datagrams that came faster than they were read; 0 where the kernel does not tell."""
    try:
        numbers = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    except OSError:
        return 0
    return int(_MEMINFO.unpack(numbers)[-1]) if len(numbers) == _MEMINFO.size else 0


async def _address_towards(server: MiAddress) -> str:
    """Find the address of this host that the server reaches: loopback for a server on this host."""
    if not isinstance(server, UdpAddress | HttpAddress):
        return "127.0.0.1"
    try:
        found = await anyio.getaddrinfo(server.host, server.port, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, target = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(target)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise BackendError(f"{server}: {error.strerror or error}") from error


def _bind_marked(host: str) -> FeedSocket:
    """Bind a socket with the mark of a viewer, if that is possible; see `core/viewers/viewer_mark.py`."""
    places = [(VIEWER_HOST, 0)] if host in {"127.0.0.1", "::1"} else []
    places += [(host, port) for port in VIEWER_PORTS]
    for marked, port in places:
        with suppress(BadSocketError):
            return _bind_udp(marked, port)
    return _bind_udp(host, 0)


def _bind_udp(host: str, port: int) -> FeedSocket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise BadSocketError(f"udp:{host}:{port}", "address", f"{error.strerror or error}") from error
    _prepare(sock)
    bound = sock.getsockname()
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return FeedSocket(sock, f"udp:{shown}:{bound[1]}", sock.close)


def _bind_unix(path: str) -> FeedSocket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        sock.bind(path)
    except OSError as error:
        sock.close()
        raise BadSocketError(f"unix:{path}", "path", f"{error.strerror or error}") from error
    _prepare(sock)

    def close() -> None:
        sock.close()
        with suppress(OSError):
            Path(path).unlink()

    return FeedSocket(sock, f"unix:{path}", close)


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
