"""Bounds what a broker can make aiokafka hold: the length of a reply, and what a compressed batch unpacks to.

aiokafka has no names for either. Its client makes its connections by one function, and its batches unpack by another;
both are replaced, here and nowhere else. `tests/functional/attached/test_kafka_bounds.py` fails when a newer aiokafka
does not use them any more.
"""

import sys
import zlib
from collections import deque
from contextvars import ContextVar
from typing import Any, Final

import aiokafka.client
from aiokafka.errors import KafkaError

from evtui.transports.kafka.client import CheckedConnection, client_error_reason

LONGEST_REPLY: Final = 16 << 20
"""Bytes of the longest reply after the login. A broker sends one message at least, however long it is."""

LONGEST_BATCH: Final = 64 << 20
"""Bytes that a compressed batch unpacks to at most."""

REASONS: Final[ContextVar[deque[str]]] = ContextVar("reasons")
"""Where it is noted why connections were not made by the consumer of a context; aiokafka only logs that."""

_DECODER: Final = "gzip_decode"
_GZIP: Final = 31


class BatchTooLongError(KafkaError):  # type: ignore[misc]  # the library has no types
    """A batch unpacks to more than it may."""

    def __init__(self) -> None:
        super().__init__(f"a compressed batch unpacks to more than {LONGEST_BATCH:,} bytes")


def bound_library() -> None:
    """Let aiokafka connect and unpack with bounds, all consumers of this process."""
    aiokafka.client.create_conn = connect_checked
    for name, module in tuple(sys.modules.items()):
        if name.startswith("aiokafka.record.") and hasattr(module, _DECODER):
            setattr(module, _DECODER, unpack_gzip)


async def connect_checked(host: str, port: int, **options: Any) -> Any:
    """Connect as `aiokafka.conn.create_conn`, by a connection that checks each length before it waits for the rest.

    raises KafkaError, OSError, DeliveryError.
    """
    connection: Any = CheckedConnection(host, port, **options)
    try:
        await connection.open(LONGEST_REPLY)
    except (KafkaError, OSError) as error:
        if (reasons := REASONS.get(None)) is not None:
            reasons.append(f"{host}:{port}: {client_error_reason(error)}")
        raise
    return connection


def unpack_gzip(packed: Any) -> bytes:
    """Unpack as `aiokafka.codec.gzip_decode`. raises BatchTooLongError, zlib.error."""
    parts: list[bytes] = []
    rest, left = bytes(packed), LONGEST_BATCH
    while rest:
        member = zlib.decompressobj(_GZIP)
        parts.append(member.decompress(rest, left + 1))
        left -= len(parts[-1])
        if left < 0:
            raise BatchTooLongError
        if not member.eof:
            raise zlib.error("a compressed batch ends too soon")
        rest = member.unused_data.lstrip(b"\0")
    return b"".join(parts)
