"""The address of a RabbitMQ source: `amqp://[USER[:PASSWORD]@]HOST[:PORT][/VHOST]?OPTION=VALUE&…`.

User, password, virtual host and options may hold `%XX`. Options: `exchange`, `key` (may be repeated), `queue`,
`prefetch`, `durable`, `heartbeat`, `ca_file`, `cert_file`, `key_file`, `verify`. `str()` leaves the
password out.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from evtui.codecs.amqp_names import Bad, short_name, unescape
from evtui.codecs.endpoints import Endpoint, flag
from evtui.codecs.sockets import split_udp
from evtui.core.errors import BadSocketError
from evtui.core.redact import redact_socket

GRAMMAR: Final = "write amqp://USER:PASSWORD@HOST[:PORT]/VHOST?exchange=NAME&key=BINDING"

PREFETCH: Final = 1000
"""Messages the broker sends before one is acknowledged, when an address does not say."""

HEARTBEAT: Final = 10
"""Seconds between heartbeats when an address does not say. A broker that hangs is noticed by them."""

ALL: Final = ("#",)
"""The binding of an address that names no key: every message of a topic, fanout or headers exchange."""

_PORTS: Final = {"amqp": 5672, "amqps": 5671}
_TEXTS: Final = ("exchange", "queue", "ca_file", "cert_file", "key_file")
_FLAGS: Final = ("durable", "verify")
_NUMBERS: Final = {"prefetch": 65535, "heartbeat": 65535}
_TLS_ONLY: Final = ("ca_file", "cert_file", "key_file", "verify")
_KNOWN: Final = ("exchange", "key", "queue", "prefetch", "durable", "heartbeat", "ca_file", "cert_file", "key_file",
                 "verify")  # fmt: skip
_KEPT: Final = "!$'()*,-._~:@/#"

_WORD: Final = re.compile(r"[a-z_]{1,40}")


class AmqpAddress(Struct, frozen=True):
    """A broker, and the exchange or queue that is consumed there."""

    user: str
    password: str
    host: str
    """A name or an address, IPv6 without brackets."""
    port: int
    vhost: str
    tls: bool
    exchange: str | None = None
    """None when only a queue is consumed."""
    keys: tuple[str, ...] = ()
    """The keys that bind the queue to the exchange; empty without an exchange."""
    queue: str | None = None
    """The queue that is shared by all consumers that name it; None for a queue of this consumer only."""
    prefetch: int = PREFETCH
    durable: bool = True
    """Whether a named queue outlives the broker's restart, if this consumer makes it."""
    heartbeat: int = HEARTBEAT
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    verify: bool | None = None
    """Whether the broker's certificate and name are checked; None when the address does not say."""

    def __str__(self) -> str:
        """Write the address without the password and the options that only say how to connect."""
        query = [("exchange", self.exchange)] if self.exchange is not None else []
        query += [("key", key) for key in self.keys if self.keys != ALL]
        query += [("queue", self.queue)] if self.queue is not None else []
        written = "&".join(
            f"{name}={quote(value or '', safe=_KEPT, errors='surrogateescape')}" for name, value in query
        )
        return f"{self.place}?{written}"

    @property
    def place(self) -> str:
        """Write broker and virtual host."""
        user, vhost = (quote(text, safe="!$'()*,-._~") for text in (self.user, self.vhost))
        where = f"{user}@{Endpoint(self.host, self.port, '').shown}"
        return f"{'amqps' if self.tls else 'amqp'}://{where}{'' if self.vhost == '/' else f'/{vhost}'}"


def is_amqp(text: str) -> bool:
    """Say whether an address is one of a RabbitMQ broker."""
    return re.match(r"amqps?:", text, re.IGNORECASE) is not None


def parse_amqp_address(text: str) -> AmqpAddress:
    """Read an address.

    raises BadSocketError: which part is wrong and what would be right; its text holds no password.
    """
    shown = redact_socket(text)

    def bad(part: str, why: str) -> BadSocketError:
        return BadSocketError(shown, part, why)

    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    if scheme not in _PORTS:
        raise bad("scheme", GRAMMAR)
    place, _, query = rest.partition("?")
    authority, _, path = place.partition("/")
    before, at, where = authority.rpartition("@")
    if not at and "@" in path + query.partition("=")[0]:
        raise bad("host", "it cannot be read; write / ? and @ in a password as %2F %3F and %40")
    user, password = _credentials(before, bad) if at else ("guest", "guest")
    host, port = _endpoint(where, _PORTS[scheme], bad)
    found = AmqpAddress(user, password, host, port, _vhost(path, bad), scheme == "amqps")
    return _with_options(found, query, bad)


def _credentials(text: str, bad: Bad) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not user:
        raise bad("user", "missing before the @: write USER:PASSWORD@HOST")
    return unescape(user, "user", bad), unescape(password, "password", bad) if colon else "guest"


def _endpoint(where: str, port: int, bad: Bad) -> tuple[str, int]:
    bare = where.endswith("]") if where.startswith("[") else ":" not in where
    try:
        return split_udp(f"{where}:{port}" if bare else where)
    except BadSocketError as error:
        # What stands where the port should may be a password without its host.
        why = f"{error.why}: write USER:PASSWORD@HOST:PORT" if "number" in error.why else error.why
        raise bad(error.part, why) from None


def _vhost(path: str, bad: Bad) -> str:
    if "/" in path:
        raise bad("virtual host", "a / in its name is written %2F")
    return short_name(path, "virtual host", bad) or "/"


def _with_options(found: AmqpAddress, query: str, bad: Bad) -> AmqpAddress:
    options = _options(query, bad)
    keys = tuple(dict.fromkeys(_key(key, bad) for key in options.pop("key", ())))
    given: dict[str, object] = {name: _VALUES[name](name, values[0], bad) for name, values in options.items()}
    exchange, queue = given.get("exchange"), given.get("queue")
    if exchange is None and queue is None:
        raise bad("exchange", "missing: write ?exchange=NAME, or ?queue=NAME to consume a queue as it is")
    if exchange is None and keys:
        raise bad("key", "it binds a queue to an exchange: write exchange=NAME too")
    if queue is None and "durable" in given:
        raise bad("durable", "only a queue of a name outlives a restart: write queue=NAME too")
    if not found.tls and (useless := [name for name in _TLS_ONLY if name in given]):
        raise bad(useless[0], "it needs TLS: write amqps:// instead of amqp://")
    if ("cert_file" in given) != ("key_file" in given):
        raise bad("key_file" if "cert_file" in given else "cert_file", "a certificate and its key go together")
    return _replaced(found, given, (keys or ALL) if exchange is not None else ())


def _replaced(found: AmqpAddress, given: Mapping[str, object], keys: tuple[str, ...]) -> AmqpAddress:
    return AmqpAddress(
        found.user, found.password, found.host, found.port, found.vhost, found.tls, keys=keys, **given,  # type: ignore[arg-type] # each was read by its own reader
    )  # fmt: skip


def _options(query: str, bad: Bad) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for item in query.split("&"):
        name, equals, value = item.partition("=")
        if not item:
            continue
        if name not in _KNOWN:
            raise bad(
                name if _WORD.fullmatch(name) else "options", f"there is no such option; known are {', '.join(_KNOWN)}"
            )
        if name in options and name != "key":
            raise bad(name, "it is given twice")
        read = unescape if name.endswith("_file") else short_name
        text = read(value, name, bad) if equals else "true" if name in _FLAGS else ""
        if not text and name != "key":
            raise bad(name, f"it has no value: write {name}=…")
        options.setdefault(name, []).append(text)
    return options


def _key(key: str, bad: Bad) -> str:
    """Check a binding key: inside a word * and # are plain signs to a broker, and would quietly match nothing."""
    for word in key.split("."):
        if len(word) > 1 and ("*" in word or "#" in word):
            why = f"* and # stand for whole words between dots, and {word[:64]!r} is one"
            raise bad("key", f"{why}: name each key, or write key=#")
    return key


def _text(name: str, value: str, bad: Bad) -> str:
    del name, bad
    return value


def _flag(name: str, value: str, bad: Bad) -> bool:
    try:
        return flag(value) == "true"
    except ValueError as error:
        raise bad(name, str(error)) from error


def _number(name: str, value: str, bad: Bad) -> int:
    least = 1 if name == "prefetch" else 0
    if not (value.isascii() and value.isdigit() and len(value) <= 5 and least <= int(value) <= _NUMBERS[name]):
        raise bad(name, f"not a number from {least} to {_NUMBERS[name]}")
    return int(value)


_VALUES: Final[Mapping[str, Callable[[str, str, Bad], object]]] = {
    **dict.fromkeys(_TEXTS, _text), **dict.fromkeys(_FLAGS, _flag), **dict.fromkeys(_NUMBERS, _number),
}  # fmt: skip
