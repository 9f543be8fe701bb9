"""The sockets of transports that reach a host and a port: `HOST:PORT`, what follows it, and options as a query.

Options stand at the end, after the last `?`, as `name=value&…` or `durable`; another `?` belongs to what follows the
port, as OpenSIPS lets it. Names and values of options may hold `%XX`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote, unquote

from msgspec import Struct

from evtui.codecs.sockets import join_udp, split_udp
from evtui.core.errors import BadSocketError
from evtui.core.redact import redact_socket

Option: TypeAlias = Callable[[str], str]
"""Read an option's value into its one spelling. raises ValueError: what would be right."""

_HOST_PORT = re.compile(r"(\[[^\]]*\]?[^:/]*|[^:/]*)(:[^:/?]*)?")
_STRANGE_PAIR = re.compile(r"[A-Za-z_]+=[^&?:]*")
"""An unknown option, whose name the error gives. With a colon it is the query of a path, and a method follows."""
_FLAG_TRUE = frozenset(("true", "yes", "on", "1"))
_FLAG_FALSE = frozenset(("false", "no", "off", "0"))

MAX_MILLISECONDS = 3_600_000


class Endpoint(Struct, frozen=True):
    """A host, a port, and the text after them."""

    host: str
    """A name or an address, IPv6 without brackets."""
    port: int
    rest: str

    @property
    def shown(self) -> str:
        """Write `HOST:PORT` in its one spelling."""
        return join_udp(self.host, self.port)


def split_endpoint(text: str, address: str) -> Endpoint:
    """Split `HOST:PORT…`; `text` is the whole socket.

    raises BadSocketError: part `host` or `port`.
    """
    found = _HOST_PORT.match(address)
    assert found is not None  # it matches the empty text
    try:
        host, port = split_udp(found[0])
    except BadSocketError as error:
        # A user and a password before the host are read as host and port.
        raise BadSocketError(redact_socket(text), error.part, error.why) from None
    return Endpoint(host, port, address[found.end() :])


def split_options(text: str, address: str, known: Mapping[str, Option]) -> tuple[str, dict[str, str]]:
    """Split the options off an address: (the text before them, each value in its one spelling).

    raises BadSocketError: the part is the option's name.
    """
    before, mark, query = address.rpartition("?")
    items = query.split("&")
    if not mark or not _are_options(items, known):
        return address, {}
    _, earlier, more = before.rpartition("?")
    if earlier and _is_known(more.partition("&")[0], known):
        raise BadSocketError(text, "options", "there are two ? before them: between options stands &")
    options: dict[str, str] = {}
    for item in items:
        written, equals, value = item.partition("=")
        name = unquote(written)
        if name not in known:
            raise BadSocketError(text, name or "options", f"there is no such option; known are {', '.join(known)}")
        if name in options:
            raise BadSocketError(text, name, "it is given twice")
        try:
            options[name] = known[name](unquote(value, errors="surrogateescape") if equals else "true")
        except ValueError as error:
            raise BadSocketError(text, name, str(error)) from error
    return before, options


def _are_options(items: Sequence[str], known: Mapping[str, Option]) -> bool:
    """Return whether the text after a `?` is options: the first is known, or at least looks like one.

    Each item is looked at once: an expression over all of them would try two readings of each, which doubles the time
    with every item.
    """
    first, *others = items
    return (_is_known(first, known) or _STRANGE_PAIR.fullmatch(first) is not None) and all(
        ":" not in item or _is_known(item, known) for item in others
    )


def _is_known(item: str, known: Mapping[str, Option]) -> bool:
    return item.partition("=")[0] in known


def join_options(options: Mapping[str, str], known: Mapping[str, Option]) -> str:
    """Write options in their one order after a `?`; an empty text when there are none."""
    pairs = [f"{name}={quote(options[name], safe='', errors='surrogateescape')}" for name in known if name in options]
    return "?" + "&".join(pairs) if pairs else ""


def flag(value: str) -> str:
    """Read true or false.

    raises ValueError.
    """
    if value.lower() in _FLAG_TRUE:
        return "true"
    if value.lower() in _FLAG_FALSE:
        return "false"
    raise ValueError("neither true nor false")


def milliseconds(value: str) -> str:
    """Read milliseconds, from 1 to an hour.

    raises ValueError.
    """
    if value.isascii() and value.isdigit() and len(value) <= 9 and 1 <= int(value) <= MAX_MILLISECONDS:
        return str(int(value))
    raise ValueError(f"not a number of milliseconds, 1 to {MAX_MILLISECONDS}")


def named(value: str) -> str:
    """Read a name: any text but the empty one.

    raises ValueError.
    """
    if not value:
        raise ValueError("it is empty: write the name")
    return value


def one_of(*words: str) -> Option:
    """Make a reader of one of several words."""

    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"not one of {', '.join(words)}")
        return value

    return read
