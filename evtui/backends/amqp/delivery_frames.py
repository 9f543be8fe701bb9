"""The frames of consumed messages, put together to messages (AMQP 0-9-1, 2.3.5). Only what is needed is decoded."""

import struct
from typing import Final

from msgspec import Struct

from evtui.core.errors import BadMessageError
from evtui.transports.rabbitmq.incoming_frames import (
    BASIC_DELIVER,
    BODY,
    HEADER,
    METHOD,
    Frame,
    read_properties,
    read_short,
)

_TAG = struct.Struct(">Q?")
_CONSUMER_TAG_AT: Final = 4

MAX_BODY: Final = 16 << 20
"""Bytes of the longest body that is kept, as RabbitMQ 4 limits it. Of a longer one only its size is kept."""


class ConsumedMessage(Struct, frozen=True):
    """One message as the broker delivered it."""

    tag: int
    """Its number on the channel, by which it is acknowledged."""
    redelivered: bool
    exchange: str
    key: str
    body: bytes
    """Empty when it has more than `MAX_BODY` bytes."""
    message_id: str | None = None
    sent: int | None = None
    """The publisher's timestamp: seconds."""
    too_long: int = 0
    """Bytes of a body that was left out because it is too long, else 0."""


class MessageAssembler:
    """Puts the frames of one channel together to messages."""

    def __init__(self) -> None:
        self._head: tuple[int, bool, str, str] | None = None
        self._properties: tuple[str | None, int | None] = (None, None)
        self._size = 0
        self._missing = -1
        self._parts: list[bytes] = []

    def take(self, frame: Frame) -> ConsumedMessage | None:
        """Take a frame of a message; returns the message when it is complete.

        raises BadMessageError: frames out of order, or cut short.
        """
        payload = frame.payload
        try:
            if frame.kind == METHOD and self._head is None and frame.method == BASIC_DELIVER:
                self._head = _read_deliver(payload)
                return None
            if frame.kind == HEADER and self._head is not None and self._missing < 0:
                self._size, message_id, sent = read_properties(payload)
                self._missing = self._size
                self._properties = message_id, sent
            elif frame.kind == BODY and 0 < len(payload) <= self._missing:
                if self._size <= MAX_BODY:
                    self._parts.append(payload)
                self._missing -= len(payload)
            else:
                raise BadMessageError(f"a frame of type {frame.kind} out of order")
        except (struct.error, IndexError) as error:
            raise BadMessageError("a frame is cut short") from error
        return None if self._missing > 0 else self._finish()

    def _finish(self) -> ConsumedMessage:
        assert self._head is not None
        tag, redelivered, exchange, key = self._head
        message_id, sent = self._properties
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        too_long = self._size if self._size > MAX_BODY else 0
        self._head, self._missing, self._parts = None, -1, []
        return ConsumedMessage(tag, redelivered, exchange, key, body, message_id, sent, too_long)


def is_delivery(frame: Frame) -> bool:
    """Say whether a frame is part of a delivered message, and not a reply."""
    return frame.kind in {HEADER, BODY} or frame.method == BASIC_DELIVER


def _read_deliver(payload: bytes) -> tuple[int, bool, str, str]:
    _, place = read_short(payload, _CONSUMER_TAG_AT)
    tag, redelivered = _TAG.unpack_from(payload, place)
    exchange, place = read_short(payload, place + _TAG.size)
    key, _ = read_short(payload, place)
    return tag, redelivered, exchange, key
