"""The syntax of settings with parts: `EVENT SOCKET [EXPIRE]`, `HOST:PORT`, an octal mode."""

from ipaddress import ip_address
from typing import Final

from msgspec import Struct

from evtui.codecs.sockets import check_socket, check_unix_path, split_payload, split_scheme, split_udp
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.errors import BadExpireError, BadParamsError, BadSocketError
from evtui.core.transport import info_of
from evtui.core.values import check_event_name

_EXPIRE_DIGITS: Final = 18
"""Digits that fit into the 64 bits of the management interface."""


class SubscribeLine(Struct, frozen=True):
    """A subscription in the configuration; expire None is permanent."""

    event: str
    socket: str
    expire: int | None = None


def parse_subscribe(line: str) -> SubscribeLine:
    """Read `EVENT SOCKET [EXPIRE]`; the words of a virtual socket end at a number or at the end of the line.

    raises RequestError: the event's name, the socket or the expiry is wrong.
    """
    event, _, rest = line.strip().partition(" ")
    words = rest.split()
    if not words:
        raise BadParamsError("it has no socket: write 'EVENT SOCKET [EXPIRE]'")
    check_event_name(event)
    socket, after = _take_socket(words)
    if len(after) > 1:
        raise BadParamsError(f"{len(after) - 1} words too many: write 'EVENT SOCKET [EXPIRE]'")
    if after == ["0"]:
        raise BadParamsError("an EXPIRE of 0 unsubscribes; leave it out for a permanent subscription")
    check_socket(socket, KNOWN_SCHEMES)
    if after and not (after[0].isascii() and after[0].isdigit()):
        raise BadExpireError("…")  # not shown: after a stray space it may be a part of the socket, such as its password
    return SubscribeLine(event, socket, parse_expire(after[0]) if after else None)


def parse_expire(text: str) -> int:
    """Read seconds, 0 or more.

    raises BadExpireError.
    """
    if not (text.isascii() and text.isdigit()):
        raise BadExpireError(text)
    if len(text) > _EXPIRE_DIGITS:
        raise BadExpireError(text, f"at most {'9' * _EXPIRE_DIGITS} seconds")
    return int(text)


def _take_socket(words: list[str]) -> tuple[str, list[str]]:
    """Return the socket and the words after it; the members of a virtual socket are words of the socket."""
    if info_of(words[0].partition(":")[0], KNOWN_SCHEMES).form != "members":
        return words[0], words[1:]
    size = len(words) - (words[-1].isascii() and words[-1].isdigit())
    return " ".join(words[:size]), words[size:]


def parse_host_port(text: str) -> tuple[str, int]:
    """Read `HOST:PORT` or `[IPV6]:PORT`.

    raises ValueError.
    """
    try:
        return split_udp(text)
    except BadSocketError as error:
        raise ValueError(f"{text!r}: {error.part}: {error.why}") from error


def is_loopback(host: str) -> bool:
    """Say whether only this host can reach what listens at `localhost` or at an address; other names may be any."""
    try:
        ip = ip_address(host)
    except ValueError:
        return host.lower() == "localhost"
    return ip.is_loopback


def ssh_place(text: str) -> tuple[str, int, bool]:
    """Read `HOST:PORT`; also returns whether only this host can reach it. raises ValueError."""
    host, port = parse_host_port(text)
    return host, port, is_loopback(host)


def check_listen(text: str) -> str:
    """Return a socket to listen on: `unix:PATH` or `udp:HOST:PORT`.

    raises BadSocketError, ValueError.
    """
    scheme, rest = split_scheme(text)
    address, payload = split_payload(scheme, rest) if scheme in {"udp", "unix"} else (rest, None)
    match scheme:
        case "udp" if payload is None:
            split_udp(address)
        case "unix" if payload is None:
            check_unix_path(address)
        case _:
            raise ValueError(f"{text!r} is neither unix:PATH nor udp:HOST:PORT")
    return text


def check_sip(text: str) -> tuple[str, int]:
    """Read a socket to listen for SIP messages on: `udp:HOST:PORT`; returns host and port.

    raises BadSocketError, ValueError.
    """
    check_listen(text)
    scheme, _, rest = text.partition(":")
    if scheme != "udp":
        raise ValueError(f"{text!r} is not udp:HOST:PORT: SIP is understood over UDP only")
    return split_udp(rest)


def parse_mode(text: str) -> int:
    """Read an octal file mode such as 0600.

    raises ValueError.
    """
    digits = text.removeprefix("0o")
    if not digits or len(digits) > 4 or any(digit not in "01234567" for digit in digits):
        raise ValueError(f"{text!r} is not an octal mode such as 0600")
    return int(digits, 8)


def http_path(root: str) -> str:
    """Write a root such as `mi` as the path that a request names: `/mi`. raises ValueError: it cannot be one."""
    path = "/" + root.strip("/")
    if not path.isascii() or not path.isprintable() or set(path) & set(' ?#%\\"<>') or "//" in path:
        raise ValueError(f"{root!r} is not a path")
    return path
