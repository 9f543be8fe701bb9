"""The frames of consumed messages (AMQP 0-9-1, 2.3.5 and 4.2): split, and put together to messages.

Only what is asked for is decoded. Text of strangers need not be UTF-8: it is kept as surrogate escapes, so that no
message can break the connection that has to bring it.
"""

import struct
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from evtui.core.errors import BadMessageError

METHOD: Final = 1
HEARTBEAT: Final = b"\x08\x00\x00\x00\x00\x00\x00\xce"

MAX_FRAME: Final = 1 << 24
"""Bytes of the longest frame that is waited for; brokers agree on 128 KiB."""

_HEADER, _BODY = 2, 3
_END: Final = 0xCE
_FRAME = struct.Struct(">BHI")
_DELIVER: Final = b"\x00\x3c\x00\x3c"  # class basic, method deliver
_TAG = struct.Struct(">Q?")
_CONTENT = struct.Struct(">HHQH")
_LONG = struct.Struct(">I")
_TIMESTAMP = struct.Struct(">Q")

# The properties in the order of their flags, from bit 15 down (basic class, 1.8): short text, table, octet, timestamp.
_KINDS: Final = "ssToossssLssss"
_MESSAGE_ID, _SENT = 8, 9


class ConsumedMessage(Struct, frozen=True):
    """One message as the broker delivered it."""

    tag: int
    """Its number on the channel, by which it is acknowledged."""
    redelivered: bool
    exchange: str
    key: str
    body: bytes
    message_id: str | None = None
    sent: int | None = None
    """The publisher's timestamp: seconds."""


class Frame(Struct, frozen=True):
    """One frame."""

    kind: int
    channel: int
    raw: bytes
    """All of it, from its type to its end mark."""

    @property
    def payload(self) -> bytes:
        """Return what it carries."""
        return self.raw[_FRAME.size : -1]


class Splitter:
    """Cuts a stream into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take what was read; returns the frames that are complete.

        raises BadMessageError: it is no AMQP.
        """
        data = self._rest + data if self._rest else data
        place, end = 0, len(data)
        while end - place >= _FRAME.size:
            kind, channel, size = _FRAME.unpack_from(data, place)
            after = place + _FRAME.size + size + 1
            if size > MAX_FRAME:
                raise BadMessageError(f"a frame of {size} bytes")
            if after > end:
                break
            if data[after - 1] != _END:
                raise BadMessageError("a frame does not end with its mark")
            yield Frame(kind, channel, data[place:after])
            place = after
        self._rest = data[place:]


class Assembler:
    """Puts the frames of one channel together to messages."""

    def __init__(self) -> None:
        self._head: tuple[int, bool, str, str] | None = None
        self._properties: tuple[str | None, int | None] = (None, None)
        self._missing = -1
        self._parts: list[bytes] = []

    def take(self, frame: Frame) -> ConsumedMessage | None:
        """Take a frame of a message; returns the message that is complete with it.

        raises BadMessageError: frames out of order, or cut short.
        """
        payload = frame.payload
        try:
            match frame.kind:
                case 1 if payload.startswith(_DELIVER) and self._head is None:
                    self._head = _read_deliver(payload)
                    return None
                case 2 if self._head is not None and self._missing < 0:
                    self._missing, message_id, sent = read_properties(payload)
                    self._properties = message_id, sent
                case 3 if self._missing > 0:
                    self._parts.append(payload)
                    self._missing -= len(payload)
                case _:
                    raise BadMessageError(f"a frame of type {frame.kind} out of order")
        except (struct.error, IndexError) as error:
            raise BadMessageError("a frame is cut short") from error
        return None if self._missing > 0 else self._finish()

    def _finish(self) -> ConsumedMessage:
        assert self._head is not None
        tag, redelivered, exchange, key = self._head
        message_id, sent = self._properties
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._head, self._missing, self._parts = None, -1, []
        return ConsumedMessage(tag, redelivered, exchange, key, body, message_id, sent)


def is_delivery(frame: Frame) -> bool:
    """Say whether a frame is part of a message that is delivered, and no reply."""
    return frame.kind in {_HEADER, _BODY} or frame.raw[_FRAME.size : _FRAME.size + 4] == _DELIVER


def _read_deliver(payload: bytes) -> tuple[int, bool, str, str]:
    _, place = _short(payload, 4)
    tag, redelivered = _TAG.unpack_from(payload, place)
    exchange, place = _short(payload, place + _TAG.size)
    key, _ = _short(payload, place)
    return tag, redelivered, exchange, key


def read_properties(payload: bytes) -> tuple[int, str | None, int | None]:
    """Read a content header: the size of the body, the message id and the timestamp.

    raises struct.error, IndexError: it is cut short.
    """
    _, _, size, flags = _CONTENT.unpack_from(payload)
    place = _CONTENT.size
    message_id: str | None = None
    for number, kind in enumerate(_KINDS):
        if not flags & 0x8000 >> number:
            continue
        match kind:
            case "s" if number == _MESSAGE_ID:
                message_id, place = _short(payload, place)
            case "s":
                place += 1 + payload[place]
            case "T":
                place += _LONG.size + int(_LONG.unpack_from(payload, place)[0])
            case "o":
                place += 1
            case _:
                return size, message_id, int(_TIMESTAMP.unpack_from(payload, place)[0])
        if number >= _SENT:
            break
    return size, message_id, None


def _short(payload: bytes, place: int) -> tuple[str, int]:
    end = place + 1 + payload[place]
    if end > len(payload):
        raise IndexError
    return payload[place + 1 : end].decode("utf-8", "surrogateescape"), end
