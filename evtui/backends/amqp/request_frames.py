"""The requests of a consumer and the answers to them (AMQP 0-9-1, 1.4 to 1.8), as frames of one channel.

The client library refuses names that brokers take, so that these few are written here.
"""

import struct
from typing import Final

from evtui.backends.amqp.delivery_frames import METHOD, Frame

CHANNEL: Final = 1
"""The only channel of a consumer's connection."""

OPEN_OK: Final = (20, 11)
CLOSE: Final = (20, 40)
CLOSE_OK: Final = (20, 41)
CANCEL: Final = (60, 30)

_FRAME = struct.Struct(">BHI")
_IDS = struct.Struct(">HH")
_ACK = struct.Struct(">QB")
_QOS = struct.Struct(">IHB")
_NO_TABLE: Final = b"\0\0\0\0"
_RESERVED: Final = b"\0\0"
_PASSIVE, _DURABLE, _EXCLUSIVE, _AUTO_DELETE = 1, 2, 4, 8


def open_channel() -> bytes:
    """Ask for the channel."""
    return _method(20, 10, b"\0")


def close_ok() -> bytes:
    """Agree to the broker's closing of the channel."""
    return _method(*CLOSE_OK)


def find_exchange(name: str) -> bytes:
    """Ask whether an exchange is there: its type does not matter."""
    return _method(40, 10, _RESERVED, _short(name), _short(""), bytes((_PASSIVE,)), _NO_TABLE)


def find_queue(name: str) -> bytes:
    """Ask whether a queue is there."""
    return _method(50, 10, _RESERVED, _short(name), bytes((_PASSIVE,)), _NO_TABLE)


def make_queue(name: str, *, durable: bool) -> bytes:
    """Make a queue that stays; no name makes one that is ours alone and goes with the connection."""
    flags = _DURABLE * durable if name else _EXCLUSIVE | _AUTO_DELETE
    return _method(50, 10, _RESERVED, _short(name), bytes((flags,)), _NO_TABLE)


def bind(queue: str, exchange: str, key: str) -> bytes:
    """Bind a queue to an exchange."""
    return _method(50, 20, _RESERVED, _short(queue), _short(exchange), _short(key), b"\0", _NO_TABLE)


def limit(prefetch: int) -> bytes:
    """Let at most so many messages be on their way."""
    return _method(60, 10, _QOS.pack(0, prefetch, 0))


def consume(queue: str) -> bytes:
    """Ask for a queue's messages, each to be acknowledged."""
    return _method(60, 20, _RESERVED, _short(queue), _short("evtui"), b"\0", _NO_TABLE)


def ack(tag: int) -> bytes:
    """Acknowledge all messages up to a tag."""
    return _method(60, 80, _ACK.pack(tag, 1))


def method_of(frame: Frame) -> tuple[int, int] | None:
    """Name the method of a frame by class and number; None when it is none.

    raises struct.error: it is cut short.
    """
    if frame.kind != METHOD:
        return None
    found: tuple[int, int] = _IDS.unpack_from(frame.payload)
    return found


def read_close(frame: Frame) -> tuple[int, str]:
    """Read why the broker closes the channel: code and text.

    raises struct.error, IndexError: it is cut short.
    """
    payload = frame.payload
    return int.from_bytes(payload[4:6]), read_name(payload, 6)


def read_queue(frame: Frame) -> str:
    """Read the name of a declared queue.

    raises IndexError: it is cut short.
    """
    return read_name(frame.payload, 4)


def read_name(payload: bytes, place: int) -> str:
    """Read a short text.

    raises IndexError: it is cut short.
    """
    return payload[place + 1 : place + 1 + payload[place]].decode("utf-8", "surrogateescape")


def _method(group: int, number: int, *arguments: bytes) -> bytes:
    payload = _IDS.pack(group, number) + b"".join(arguments)
    return _FRAME.pack(METHOD, CHANNEL, len(payload)) + payload + b"\xce"


def _short(text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    return bytes((len(data),)) + data
