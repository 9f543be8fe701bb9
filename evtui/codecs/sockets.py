"""The grammar of the sockets subscribers name: scheme, `?payload=` option, UDP addresses, UNIX paths.

Nothing is resolved or opened here; each error names the wrong part and what would be right.
"""

from collections.abc import Iterable

from evtui.core.errors import BadSocketError
from evtui.core.redact import redact_socket
from evtui.core.transport import MemberSockets, TransportInfo, info_of

PAYLOADS = ("jsonrpc", "text")
"""The payloads that a socket may name with `?payload=`."""

MAX_PORT = 65535
_PORT = f"not a number from 1 to {MAX_PORT}"
"""The text in the place of the port is not repeated: in a socket without its `@` it is the password."""

MAX_UNIX_PATH = 107
"""Bytes of the longest path: `sun_path` holds 108 on Linux, the last one is NUL."""

MAX_HOST = 253
"""Bytes of the longest host name (RFC 1035, 2.3.4, without the final dot)."""

_PAYLOAD_OPTION = "?payload="


def split_scheme(socket: str) -> tuple[str, str]:
    """Split a socket at its first colon into (scheme, rest).

    raises BadSocketError: it has no scheme.
    """
    scheme, colon, rest = socket.partition(":")
    if not colon or not scheme or scheme.startswith(("/", "[")):
        raise BadSocketError(
            redact_socket(socket), "scheme", "write SCHEME:ADDRESS, as udp:127.0.0.1:9000 or unix:/run/events.sock"
        )
    return scheme, rest


def split_payload(scheme: str, rest: str) -> tuple[str, str | None]:
    """Split what follows the scheme into (address, payload); the payload is None when the socket names none.

    A `?` without `payload=` belongs to the address. raises BadSocketError.
    """
    address, option, payload = rest.rpartition(_PAYLOAD_OPTION)
    if not option:
        return rest, None
    if _PAYLOAD_OPTION in address:
        raise BadSocketError(redact_socket(f"{scheme}:{rest}", secret=False), "payload", "it is given twice")
    if payload not in PAYLOADS:
        raise BadSocketError(
            redact_socket(f"{scheme}:{rest}", secret=False), "payload", f"not one of {', '.join(PAYLOADS)}"
        )
    return address, payload


def split_udp(address: str) -> tuple[str, int]:
    """Split `HOST:PORT` or `[IPV6]:PORT` into (host without brackets, port).

    raises BadSocketError.
    """
    if address.startswith("["):
        host, port = _split_brackets(address)
        _check_ipv6(address, host)
    else:
        host, port = _split_colon(address)
        _check_host(address, host)
    return host, _parse_port(address, port)


def join_udp(host: str, port: int) -> str:
    """Write a checked host and its port in their one spelling: `split_udp` reads it again."""
    if ":" not in host:
        return f"{host}:{port}"
    from ipaddress import IPv6Address  # on first use: most addresses are of IPv4

    return f"[{IPv6Address(host).compressed}]:{port}"


def check_unix_path(path: str) -> str:
    """Return an absolute path of at most 107 bytes.

    raises BadSocketError.
    """
    if _has_lone_surrogate(path):
        raise _bad_path(path, "it holds a character that no path can hold")
    size = len(path.encode("utf-8", "surrogateescape"))
    if not path:
        raise _bad_path(path, "it is empty: write unix:/PATH")
    if not path.startswith("/"):
        raise _bad_path(path, "it must be absolute: start it with /")
    if "\0" in path:
        raise _bad_path(path, "it holds a NUL byte")
    if path.endswith("/"):
        raise _bad_path(path, "it ends in /: name the socket, not its directory")
    if size > MAX_UNIX_PATH:
        raise _bad_path(path, f"{size:,} bytes, at most {MAX_UNIX_PATH:,}")
    return path


def check_socket(socket: str, infos: Iterable[TransportInfo]) -> tuple[str, str, str | None]:
    """Check a socket as far as its text and what is known of its scheme tell; return (scheme, address, payload).

    That is the address of a direct transport and the members of a socket made of others. A queued transport checks its
    own.
    raises BadSocketError.
    """
    scheme, rest = split_scheme(socket)
    info = info_of(scheme, infos)
    if info.split_members is not None:
        _check_members(info.split_members(rest), infos)
    if not info.direct:
        return scheme, rest, None
    address, payload = split_payload(scheme, rest)
    if info.form == "endpoint":
        split_udp(address)
    elif info.form == "path":
        check_unix_path(address)
    return scheme, address, payload


def _check_members(socket: MemberSockets, infos: Iterable[TransportInfo]) -> None:
    for number, member in enumerate(socket.members, 1):
        try:
            check_socket(member, infos)
        except BadSocketError as error:
            raise socket.bad_member(number, f"{error.part}: {error.why}") from error


def _split_brackets(address: str) -> tuple[str, str]:
    host, bracket, rest = address[1:].partition("]")
    if not bracket:
        raise _bad_udp(address, "host", "the bracket is not closed: write [IPV6]:PORT")
    if not rest.startswith(":"):
        raise _bad_udp(address, "port", "missing: write [IPV6]:PORT")
    return host, rest[1:]


def _split_colon(address: str) -> tuple[str, str]:
    host, colon, port = address.partition(":")
    if ":" in port:
        raise _bad_udp(address, "host", "an IPv6 address goes in brackets: [::1]:9000")
    if not host:
        raise _bad_udp(address, "host", "missing: write HOST:PORT")
    if not colon:
        raise _bad_udp(address, "port", "missing: write HOST:PORT")
    return host, port


def _check_ipv6(address: str, host: str) -> None:
    from ipaddress import AddressValueError, IPv6Address  # on first use: most addresses are of IPv4

    try:
        IPv6Address(host)
    except AddressValueError as error:
        raise _bad_udp(address, "host", "what stands in the brackets is not an IPv6 address") from error


def _check_host(address: str, host: str) -> None:
    if len(host) > MAX_HOST:
        raise _bad_udp(address, "host", f"{len(host):,} characters, at most {MAX_HOST:,}")
    if not host.isprintable() or any(sign in " \t/\\@?#[]%\"'" for sign in host):
        raise _bad_udp(address, "host", "neither a name nor an address")
    numbers = host.split(".")
    if len(numbers) == 4 and all(_is_octet_like(number) for number in numbers) and any(int(n) > 255 for n in numbers):
        raise _bad_udp(address, "host", "not an IPv4 address: each number is 0 to 255")


def _is_octet_like(number: str) -> bool:
    """Say whether a number can only be decimal: some resolvers read one that starts with 0 as octal."""
    return number.isascii() and number.isdigit() and len(number) <= 9 and (number == "0" or number[0] != "0")


def _parse_port(address: str, port: str) -> int:
    if not port:
        raise _bad_udp(address, "port", "missing: write HOST:PORT")
    if not (port.isascii() and port.isdigit()):
        raise _bad_udp(address, "port", _PORT)
    number = int(port[-20:]) if len(port.lstrip("0")) <= 5 else MAX_PORT + 1
    if not 1 <= number <= MAX_PORT:
        raise _bad_udp(address, "port", _PORT)
    return number


def _has_lone_surrogate(text: str) -> bool:
    """Say whether it holds a surrogate that does not stand for a byte (PEP 383 uses U+DC80 to U+DCFF)."""
    return any("\ud800" <= sign <= "\udfff" and not "\udc80" <= sign <= "\udcff" for sign in text)


def _bad_udp(address: str, part: str, why: str) -> BadSocketError:
    return BadSocketError(redact_socket(f"udp:{address}", secret=False), part, why)


def _bad_path(path: str, why: str) -> BadSocketError:
    return BadSocketError(f"unix:{path}", "path", why)
