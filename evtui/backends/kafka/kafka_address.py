"""The address of a Kafka source: `kafka://HOST:PORT[,HOST:PORT…]/TOPIC[?group=NAME]`."""

import re
from typing import Final

from msgspec import Struct

from evtui.codecs.sockets import split_udp
from evtui.core.errors import BadSocketError

GRAMMAR: Final = "write kafka://HOST:PORT[,HOST:PORT…]/TOPIC[?group=NAME]"

SCHEME: Final = "kafka"
"""What an address begins with, and the scheme of the sockets that name a topic."""

_BEGIN: Final = f"{SCHEME}://"
_HIDDEN: Final = f"{SCHEME}:…"
"""What errors show of an address that may hold a password."""

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")


class KafkaAddress(Struct, frozen=True):
    """A topic, and the brokers that are asked first."""

    brokers: tuple[tuple[str, int], ...]
    topic: str
    group: str | None = None
    """The consumers that share the work; None for one that sees all."""

    def __str__(self) -> str:
        return f"{self.place}{'' if self.group is None else f'?group={self.group}'}"

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
    where, slash, path = rest.partition("/")
    if "@" in rest:
        raise BadSocketError(_HIDDEN, "user", f"a source takes no login: {GRAMMAR}")
    try:
        brokers = tuple(split_udp(each) for each in where.split(","))
    except BadSocketError as error:
        raise BadSocketError(_HIDDEN, error.part, f"{error.why}: {GRAMMAR}") from None
    topic, mark, query = path.partition("?")
    if not slash or _NAME.fullmatch(topic) is None:
        raise BadSocketError(_HIDDEN, "topic", f"letters, digits, '.', '_' and '-': {GRAMMAR}")
    name, _, group = query.partition("=")
    if mark and (name != "group" or _NAME.fullmatch(group) is None):
        raise BadSocketError(_HIDDEN, "options", f"group=NAME is the only one: {GRAMMAR}")
    return KafkaAddress(brokers, topic, group if mark else None)
