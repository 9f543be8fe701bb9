"""The grammar of Kafka sockets: `kafka:BROKER[:PORT],…/TOPIC[?g.PROPERTY=VALUE&t.PROPERTY=VALUE&key=NAME&durable]`.

Properties have librdkafka's names, as event_kafka takes them. The error for an unknown one lists those that
are known. Names and values may hold `%XX`.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote

from msgspec import Struct

from evtui.codecs.endpoints import Endpoint, Option, flag, milliseconds, named, one_of, split_endpoint
from evtui.core.errors import BadSocketError
from evtui.core.redact import redact_socket

DEFAULT_PORT: Final = 9092

_TOPIC = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,249}")


def _upper(*words: str) -> Option:
    inner = one_of(*words)
    return lambda value: inner(value.upper())


def _acks(value: str) -> str:
    return "all" if value == "-1" else one_of("0", "1", "all")(value)


def _number(value: str) -> str:
    if value.isascii() and value.isdigit() and 1 <= len(value) <= 9 and int(value) > 0:
        return str(int(value))
    raise ValueError("not a whole number from 1")


def _path(value: str) -> str:
    if not value.startswith("/") or "\0" in value:
        raise ValueError("it is not an absolute path")
    return value


_TOPIC_PROPERTIES: Final[Mapping[str, Option]] = {
    "acks": _acks,
    "compression.type": one_of("none", "gzip", "snappy", "lz4", "zstd"),
    "request.timeout.ms": milliseconds,
}
_PROPERTIES: Final[Mapping[str, Option]] = MappingProxyType(
    {
        **_TOPIC_PROPERTIES,
        "batch.size": _number,
        "client.id": named,
        "connections.max.idle.ms": _number,
        "enable.idempotence": flag,
        "enable.ssl.certificate.verification": flag,
        "linger.ms": lambda value: value,
        "metadata.max.age.ms": _number,
        "sasl.mechanism": _upper("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
        "sasl.password": named,
        "sasl.username": named,
        "security.protocol": _upper("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
        "ssl.ca.location": _path,
        "ssl.certificate.location": _path,
        "ssl.endpoint.identification.algorithm": one_of("https", "none"),
        "ssl.key.location": _path,
        "ssl.key.password": named,
    }
)
"""The reader of each property. `linger.ms` is allowed and has no effect: the outbox sends what waits together."""

_ALIASES: Final = {
    "compression.codec": "compression.type",
    "queue.buffering.max.ms": "linger.ms",
    "request.required.acks": "acks",
    "sasl.mechanisms": "sasl.mechanism",
}
_WRITTEN: Final = (
    *("key", "durable"),
    *(f"g.{each}" for each in sorted(_PROPERTIES)),
    *(f"t.{each}" for each in sorted(_TOPIC_PROPERTIES)),
)
_SECRETS: Final = frozenset(("sasl.password", "ssl.key.password"))
_FILES: Final = frozenset(("ssl.ca.location", "ssl.certificate.location", "ssl.key.location"))


class KafkaSocket(Struct, frozen=True):
    """Brokers, a topic, and how to get there."""

    brokers: tuple[Endpoint, ...]
    topic: str
    properties: Mapping[str, str]
    """By librdkafka's name, without `g.` and `t.`."""
    key: str | None
    """The parameter whose value is the key of a message."""
    durable: bool | None
    """None leaves it to the configuration."""
    address: str
    """Its one spelling, without passwords."""
    source: str
    """The same with passwords."""

    @property
    def secret(self) -> str | None:
        """Return the passwords it names, None when it names none."""
        found = [self.properties.get(name, "") for name in sorted(_SECRETS)]
        return "\n".join(found) if any(found) else None


def parse_kafka(address: str, *, trusted: bool) -> KafkaSocket:
    """Understand what follows `kafka:`; only a `trusted` socket may name files.

    raises BadSocketError: part `host`, `port`, `topic`, or an option's name. The error holds no password.
    """
    before, mark, query = address.partition("?")
    text = redact_socket(f"kafka:{address}")  # a password that misses its `?` is in the topic
    hosts, slash, topic = before.partition("/")
    if not slash or not _TOPIC.fullmatch(topic):
        why = "letters, digits, dots, dashes and underscores, at most 249" if topic else "missing"
        raise BadSocketError(text, "topic", f"{why}: write kafka:HOST:PORT/TOPIC")
    brokers = tuple(_broker(text, broker) for broker in hosts.split(","))
    if mark and not query:
        raise BadSocketError(text, "options", "there is nothing after the ?: leave it out")
    options = dict(_options(text, query)) if query else {}
    properties = {name[2:]: value for name, value in options.items() if name[1:2] == "."}
    _check(text, properties, trusted=trusted)
    shown = f"{','.join(broker.shown for broker in brokers)}/{topic}"
    return KafkaSocket(
        brokers,
        topic,
        MappingProxyType(properties),
        options.get("key"),
        options["durable"] == "true" if "durable" in options else None,
        shown + _join({name: value for name, value in options.items() if name[2:] not in _SECRETS}),
        shown + _join(options),
    )


def _broker(text: str, broker: str) -> Endpoint:
    found = split_endpoint(text, broker if re.search(r":[^:\]]*\Z", broker) else f"{broker}:{DEFAULT_PORT}")
    if found.rest:
        raise BadSocketError(text, "port", "brokers are HOST:PORT, between them commas")
    return found


def _options(text: str, query: str) -> Iterator[tuple[str, str]]:
    """Walk (name in its one spelling, checked value)."""
    seen: set[str] = set()
    for number, item in enumerate(query.split("&"), 1):
        written, equals, raw = item.partition("=")
        name, read = _option(text, number, unquote(written))
        value = unquote(raw, errors="surrogateescape") if equals else "true"
        if name[2:] in seen or name in seen:
            raise BadSocketError(text, name, "it is given twice")
        if re.search("[=?]", raw) and name[2:] not in _SECRETS:  # an & may be missing before another option
            raise BadSocketError(text, name, "write = and ? in it as %3D and %3F, and & between options")
        seen.add(name[2:] if name[1:2] == "." else name)
        try:
            yield name, read(value)
        except ValueError as error:
            raise BadSocketError(text, name, str(error)) from error


def _option(text: str, number: int, name: str) -> tuple[str, Option]:
    """Return an option's one spelling and its reader; a property of topics is written with `t.`.

    The error for an unknown one gives its place, from 1, not its name: without its `=` a password is part of the name.
    """
    if name == "key":
        return name, named
    if name == "durable":
        return name, flag
    kind, written = name[:2], _ALIASES.get(name[2:], name[2:])
    known = {"g.": _PROPERTIES, "t.": _TOPIC_PROPERTIES}.get(kind, {})
    if written not in known:
        near = get_close_matches(name, _WRITTEN, n=1)
        meant = f", perhaps {near[0]} is meant" if near else ""
        why = f"there is no such option{meant}; known are {', '.join(_WRITTEN)}"
        raise BadSocketError(text, f"option {number}", why)
    return (f"t.{written}" if written in _TOPIC_PROPERTIES else f"g.{written}"), known[written]


def _check(text: str, properties: Mapping[str, str], *, trusted: bool) -> None:
    """Check options that depend on each other."""
    named_files = sorted(_FILES & properties.keys())
    if named_files and not trusted:
        why = "files may be named only in the configuration, not over the management interface"
        raise BadSocketError(text, f"g.{named_files[0]}", why)
    if properties.get("enable.idempotence") == "true" and properties.get("acks", "all") != "all":
        raise BadSocketError(text, "t.acks", "g.enable.idempotence needs acks=all")
    protocol = properties.get("security.protocol", "PLAINTEXT")
    for name in ("sasl.username", "sasl.password"):
        if protocol.startswith("SASL") and name not in properties:
            raise BadSocketError(text, f"g.{name}", f"missing: {protocol} needs it")


def _join(options: Mapping[str, str]) -> str:
    pairs = (f"{name}={quote(options[name], safe='', errors='surrogateescape')}" for name in sorted(options))
    return "?" + "&".join(pairs) if options else ""
