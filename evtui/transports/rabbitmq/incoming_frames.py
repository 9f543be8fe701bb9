"""Frames that a broker sends (AMQP 0-9-1, 2.3.5 and 4.2): cut out of the byte stream, read field by field.

Text of strangers need not be UTF-8: it is kept as surrogate escapes, so that no message breaks its connection.
"""

import struct
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from evtui.core.errors import BadMessageError

METHOD: Final = 1
HEADER: Final = 2
BODY: Final = 3
"""Types of frames."""

CONNECTION_TUNE: Final = (10, 30)
CHANNEL_CLOSE: Final = (20, 40)
BASIC_CANCEL: Final = (60, 30)
BASIC_RETURN: Final = (60, 50)
BASIC_DELIVER: Final = (60, 60)
BASIC_ACK: Final = (60, 80)
BASIC_NACK: Final = (60, 120)
"""Methods by class and number."""

HEARTBEAT: Final = b"\x08\x00\x00\x00\x00\x00\x00\xce"

LOGIN_FRAME: Final = 8192
"""Bytes of the longest frame before the broker has said how long frames may be (RabbitMQ's own limit there)."""

MAX_FRAME: Final = 1 << 24
"""Bytes of the longest frame after that, also when the broker names more, or no limit; brokers agree on 128 KiB."""

_END: Final = 0xCE
_FRAME_TYPES: Final = (METHOD, HEADER, BODY, 8)
_FRAME = struct.Struct(">BHI")
_IDS = struct.Struct(">HH")
_CONTENT = struct.Struct(">HHQH")
_LONG = struct.Struct(">I")
_TIMESTAMP = struct.Struct(">Q")

# The properties in the order of their flags, from bit 15 down (basic class, 1.8): short text, table, octet, timestamp.
_KINDS: Final = "ssToossssLssss"
_MESSAGE_ID, _SENT = 8, 9


class Frame(Struct, frozen=True):
    """One frame."""

    kind: int
    channel: int
    raw: bytes
    """All of it, from its type to its end mark."""

    @property
    def payload(self) -> bytes:
        """Return the bytes between the frame's header and its end mark."""
        return self.raw[_FRAME.size : -1]

    @property
    def method(self) -> tuple[int, int] | None:
        """Return class and number of the method; None for a frame of another type.

        raises struct.error: it is cut short.
        """
        if self.kind != METHOD:
            return None
        found: tuple[int, int] = _IDS.unpack_from(self.raw, _FRAME.size)
        return found


class FrameSplitter:
    """Cuts a stream into frames. It keeps at most one frame that is not complete, and copies each byte a few times."""

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self.limit = limit
        """Bytes that the payload of a frame may have."""
        self._rest = bytearray()
        self._needed = 0
        """How many bytes the next frame has, as far as that is known."""

    @property
    def rest(self) -> bytes:
        """Return the bytes that are not part of a whole frame yet."""
        return bytes(self._rest)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take what was read; returns the frames that are complete.

        raises BadMessageError: it is not AMQP, or a frame is longer than the limit; nothing of it is waited for.
        """
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return
            data = bytes(self._rest)
            self._rest.clear()
        place, end, self._needed = 0, len(data), 0
        try:
            while end - place >= _FRAME.size:
                kind, channel, size = _FRAME.unpack_from(data, place)
                if size > self.limit:
                    raise BadMessageError(_too_long(data[place : place + 16], kind, size, self.limit))
                after = place + _FRAME.size + size + 1
                if after > end:
                    self._needed = after - place
                    break
                if data[after - 1] != _END:
                    raise BadMessageError("a frame does not end with its mark")
                yield Frame(kind, channel, data[place:after])
                place = after
        finally:
            self._rest += data[place:]


def _too_long(start: bytes, kind: int, size: int, limit: int) -> str:
    if kind not in _FRAME_TYPES:
        return f"{start!r}, which begins no frame"
    return f"a frame of {size:,} bytes, more than {limit:,}"


def read_tune(frame: Frame) -> int:
    """Read how many bytes a frame may have from the broker's proposal, at most `MAX_FRAME`.

    raises struct.error: it is cut short.
    """
    (proposed,) = _LONG.unpack_from(frame.payload, 6)
    return min(proposed or MAX_FRAME, MAX_FRAME)


def read_close(frame: Frame) -> tuple[int, str]:
    """Read why the broker closes a channel: code and text.

    raises IndexError: it is cut short.
    """
    payload = frame.payload
    text, _ = read_short(payload, 6)
    return int.from_bytes(payload[4:6]), text or f"the broker closed the channel ({int.from_bytes(payload[4:6])})"


def read_return(frame: Frame) -> tuple[tuple[str, str], str]:
    """Read a returned message's method: exchange and routing key, then code and reason as text.

    raises IndexError: it is cut short.
    """
    payload = frame.payload
    text, place = read_short(payload, 6)
    exchange, place = read_short(payload, place)
    key, _ = read_short(payload, place)
    return (exchange, key), f"{int.from_bytes(payload[4:6])} {text}"


def read_confirm(frame: Frame) -> tuple[int, bool]:
    """Read an ack or a nack: the delivery tag, and whether all messages before it are meant too.

    raises struct.error, IndexError: it is cut short.
    """
    payload = frame.payload
    (tag,) = _TIMESTAMP.unpack_from(payload, _IDS.size)
    return int(tag), bool(payload[_IDS.size + _TIMESTAMP.size] & 1)


def read_properties(payload: bytes) -> tuple[int, str | None, int | None]:
    """Read a content header: the size of the body, the message id and the timestamp in seconds.

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
                message_id, place = read_short(payload, place)
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


def read_short(payload: bytes, place: int) -> tuple[str, int]:
    """Read a short text; returns it and the place after it.

    raises IndexError: it is cut short.
    """
    end = place + 1 + payload[place]
    if end > len(payload):
        raise IndexError
    return payload[place + 1 : end].decode("utf-8", "surrogateescape"), end
