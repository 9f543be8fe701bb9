"""The address of a server's management interface: `fifo:PATH`, `unix:PATH`, `udp:HOST:PORT`, `http://HOST:PORT/mi`."""

from typing import TypeAlias

from msgspec import Struct

from evtui.codecs.sockets import check_unix_path, split_udp
from evtui.core.errors import BadSocketError
from evtui.core.redact import redact_socket

_GRAMMAR = "write fifo:PATH, unix:PATH, udp:HOST:PORT or http://HOST:PORT/mi"
_REPLY_DIR = "?reply_dir="
_LINES = "?protocol=lines"
"""Says that an OpenSIPS 2.x is there, which would log the request that finds that out."""
_PORTS = {"http": 80, "https": 443}


class FifoAddress(Struct, frozen=True):
    """A FIFO, and the directory in which the server opens reply FIFOs (its `reply_dir`)."""

    path: str
    reply_dir: str = "/tmp"  # noqa: S108 - OpenSIPS's default

    def __str__(self) -> str:
        return f"fifo:{self.path}"


class UnixAddress(Struct, frozen=True):
    """A UNIX datagram socket."""

    path: str
    lines: bool = False
    """Whether the server is known to speak the line protocol."""

    def __str__(self) -> str:
        return f"unix:{self.path}"


class UdpAddress(Struct, frozen=True):
    """A UDP socket; the host is a name or an address without brackets."""

    host: str
    port: int
    lines: bool = False
    """Whether the server is known to speak the line protocol."""

    def __str__(self) -> str:
        return f"udp:[{self.host}]:{self.port}" if ":" in self.host else f"udp:{self.host}:{self.port}"


class HttpAddress(Struct, frozen=True):
    """A URL that takes POST."""

    host: str
    port: int
    path: str
    secure: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{self.path}"


MiAddress: TypeAlias = FifoAddress | UnixAddress | UdpAddress | HttpAddress


def parse_mi_address(text: str) -> MiAddress:
    """Read an address as `--mi` takes it; the path of a URL is `/mi` when it has none.

    raises BadSocketError: it names the wrong part and the right grammar.
    """
    scheme, colon, rest = text.partition(":")
    shown = redact_socket(text)
    if not colon:
        raise BadSocketError(shown, "scheme", _GRAMMAR)
    match scheme:
        case "fifo":
            return _parse_fifo(text, rest)
        case "unix":
            return UnixAddress(check_unix_path(rest.removesuffix(_LINES)), lines=rest.endswith(_LINES))
        case "udp":
            return UdpAddress(*split_udp(rest.removesuffix(_LINES)), lines=rest.endswith(_LINES))
        case "http" | "https":
            return _parse_url(text)
        case _:
            from evtui.backends.amqp.address import is_amqp  # on first use, as most addresses are right

            if is_amqp(text):
                raise BadSocketError(shown, "scheme", f"only the console and tail read from a broker: {_GRAMMAR}")
            raise BadSocketError(shown, "scheme", f"{shown.partition(':')[0]!r} is not a known scheme: {_GRAMMAR}")


def _parse_fifo(text: str, rest: str) -> FifoAddress:
    path, option, reply_dir = rest.partition(_REPLY_DIR)
    if not path.startswith("/") or "\0" in path:
        raise BadSocketError(redact_socket(text, secret=False), "path", "it must be absolute: fifo:/PATH")
    if option and not reply_dir.startswith("/"):
        raise BadSocketError(
            redact_socket(text, secret=False), "reply_dir", "it must be absolute: fifo:/PATH?reply_dir=/DIRECTORY"
        )
    return FifoAddress(path, reply_dir) if option else FifoAddress(path)


def _parse_url(text: str) -> HttpAddress:
    from urllib.parse import urlsplit  # on first use: few addresses are URLs

    try:
        url = urlsplit(text)
    except ValueError:
        raise BadSocketError(redact_socket(text), "host", _GRAMMAR) from None
    try:
        port = url.port
    except ValueError:
        raise BadSocketError(redact_socket(text), "port", "not a number from 1 to 65535") from None
    if not url.hostname:
        raise BadSocketError(redact_socket(text), "host", "missing: write http://HOST:PORT/mi")
    if url.username is not None or url.password is not None:
        raise BadSocketError(redact_socket(text), "user", "put the token in EVTUI_MI_HTTP_TOKEN")
    if port == 0:
        raise BadSocketError(redact_socket(text), "port", "not a number from 1 to 65535")
    path = (url.path or "/mi") + (f"?{url.query}" if url.query else "")
    if "@" in path:  # a password after a surplus slash is part of the path, which is shown
        raise BadSocketError(redact_socket(text), "path", "write @ as %40")
    if not path.isascii() or not path.isprintable() or " " in path:
        raise BadSocketError(redact_socket(text), "path", "write it with %XX escapes")
    return HttpAddress(url.hostname, port or _PORTS[url.scheme], path, url.scheme == "https")
