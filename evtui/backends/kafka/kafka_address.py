"""The address of a Kafka source: `kafka://HOST:PORT[,HOST:PORT…]/TOPIC[?group=NAME&g.PROPERTY=VALUE…]`.

TLS and logins are properties of librdkafka, written as in a socket of the transport `kafka`.
"""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from evtui.codecs.sockets import split_udp
from evtui.core.errors import BadSocketError

GRAMMAR: Final = "write kafka://HOST:PORT[,HOST:PORT…]/TOPIC[?group=NAME&g.PROPERTY=VALUE]"

SCHEME: Final = "kafka"
"""What an address begins with, and the scheme of the sockets that name a topic."""

_BEGIN: Final = f"{SCHEME}://"
_HIDDEN: Final = f"{SCHEME}:…"
"""What errors show of an address that may hold a password."""

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")

_PROPERTIES: Final = (
    "client.id", "connections.max.idle.ms", "enable.ssl.certificate.verification", "sasl.mechanism", "sasl.password",
    "sasl.username", "security.protocol", "ssl.ca.location", "ssl.certificate.location",
    "ssl.endpoint.identification.algorithm", "ssl.key.location", "ssl.key.password",
)  # fmt: skip
"""The properties of the transport that a source has too."""

_SECRETS: Final = frozenset(("sasl.password", "ssl.key.password"))


class KafkaAddress(Struct, frozen=True):
    """A topic, and the brokers that are asked first."""

    brokers: tuple[tuple[str, int], ...]
    topic: str
    group: str | None = None
    """The consumers that share the work; None for one that sees all."""
    properties: tuple[tuple[str, str], ...] = ()
    """How to get there, by librdkafka's names, sorted; with passwords."""

    def __str__(self) -> str:
        """Write it without passwords."""
        group = [] if self.group is None else [f"group={self.group}"]
        told = [f"g.{name}={quote(value, safe='/')}" for name, value in self.properties if name not in _SECRETS]
        return self.place + ("?" + "&".join([*group, *told]) if group or told else "")

    @property
    def place(self) -> str:
        """Write brokers and topic."""
        return f"{_BEGIN}{','.join(self.servers)}/{self.topic}"

    @property
    def servers(self) -> list[str]:
        """Write the brokers."""
        return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.brokers]


def is_kafka(text: str) -> bool:
    """Say whether a text is meant as the address of a Kafka source."""
    return text.startswith(f"{SCHEME}:")


def parse_kafka_address(text: str) -> KafkaAddress:
    """Read an address.

    raises BadSocketError: which part is wrong and what would be right.
    """
    rest = text.removeprefix(_BEGIN)
    if rest == text:
        raise BadSocketError(_HIDDEN, "scheme", GRAMMAR)
    before, mark, query = rest.partition("?")
    where, slash, topic = before.partition("/")
    if "@" in before:
        raise BadSocketError(_HIDDEN, "user", f"a login is g.sasl.username=… and g.sasl.password=…: {GRAMMAR}")
    try:
        brokers = tuple(split_udp(each) for each in where.split(","))
    except BadSocketError as error:
        raise BadSocketError(_HIDDEN, error.part, f"{error.why}: {GRAMMAR}") from None
    if not slash or _NAME.fullmatch(topic) is None:
        raise BadSocketError(_HIDDEN, "topic", f"letters, digits, '.', '_' and '-': {GRAMMAR}")
    items = query.split("&") if mark else []
    groups = [item.partition("=")[2] for item in items if item.partition("=")[0] == "group"]
    others = [item for item in items if item.partition("=")[0] != "group"]
    if len(groups) > 1 or not all(map(_NAME.fullmatch, groups)) or not all(item.startswith("g.") for item in others):
        raise BadSocketError(_HIDDEN, "options", f"group=NAME, and g.PROPERTY=VALUE between &: {GRAMMAR}")
    return KafkaAddress(brokers, topic, next(iter(groups), None), _properties(others) if others else ())


def _properties(items: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read properties as the transport does. raises BadSocketError, without what may be a password."""
    from evtui.transports.kafka.grammar import parse_kafka  # on first use: few addresses have any

    try:
        found = parse_kafka(f"h:1/t?{'&'.join(items)}", trusted=True).properties
    except BadSocketError as error:
        raise BadSocketError(_HIDDEN, error.part, error.why) from None
    for name in found:
        if name not in _PROPERTIES:
            raise BadSocketError(_HIDDEN, f"g.{name}", f"a source has only g.{', g.'.join(_PROPERTIES)}")
    return tuple(sorted(found.items()))
