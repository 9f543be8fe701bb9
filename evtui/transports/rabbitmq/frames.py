"""The frames of a published message (AMQP 0-9-1, 2.3.5.2 and 4.2.6.1): method, properties, body.

All messages of a socket have the same method and mostly the same properties. These are packed once, so that a message
costs two packs and a part of a join. pamqp's frames are the plain version; the tests compare with them.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from evtui.core.transport import Notification

_FRAME = struct.Struct(">BHI")
_PUBLISH = struct.Struct(">HHH")
_HEADER = struct.Struct(">HHQH")
_TIMESTAMP = struct.Struct(">Q")
_END: Final = b"\xce"
_METHOD, _CONTENT, _BODY = 1, 2, 3
_BASIC: Final = 60
_BASIC_PUBLISH: Final = 40
_MANDATORY: Final = 1
# content-type, delivery-mode, message-id, timestamp, app-id: bits of the property flags, in the order of their values.
_FLAGS: Final = 1 << 15 | 1 << 12 | 1 << 7 | 1 << 6 | 1 << 3
_OVERHEAD: Final = _FRAME.size + len(_END)
_PIECE: Final = 1 << 17
"""Bytes of notifications after which a piece of a batch is written to the connection."""


class Publication:
    """Writes the messages of one socket on one channel."""

    def __init__(
        self,
        channel: int,
        frame_max: int,
        *,
        exchange: str,
        key: str,
        content_type: str,
        persistent: bool,
        mandatory: bool,
    ) -> None:
        method = _PUBLISH.pack(_BASIC, _BASIC_PUBLISH, 0) + _short(exchange) + _short(key)
        method += bytes((_MANDATORY if mandatory else 0,))
        self._method = _FRAME.pack(_METHOD, channel, len(method)) + method + _END
        self._before = _short(content_type) + bytes((2 if persistent else 1,))
        self._after = _short("evtui")
        self._fixed = _HEADER.size + len(self._before) + _TIMESTAMP.size + len(self._after) + 1
        self._channel = channel
        self._max_body = (frame_max or 1 << 20) - _OVERHEAD

    def pieces(self, notifications: Sequence[Notification]) -> Iterator[tuple[int, bytes]]:
        """Write the notifications in pieces; returns how many are in a piece, and its bytes."""
        parts: list[bytes] = []
        count = size = 0
        for notification in notifications:
            self._write(notification, parts)
            count += 1
            size += len(notification.payload)
            if size >= _PIECE:
                yield count, b"".join(parts)
                parts, count, size = [], 0, 0
        if count:
            yield count, b"".join(parts)

    def _write(self, notification: Notification, parts: list[bytes]) -> None:
        payload, name = notification.payload, notification.message_id.encode()
        size = len(payload)
        parts += (
            self._method,
            _FRAME.pack(_CONTENT, self._channel, self._fixed + len(name)),
            _HEADER.pack(_BASIC, 0, size, _FLAGS),
            self._before,
            bytes((len(name),)),
            name,
            _TIMESTAMP.pack(max(0, int(notification.at))),
            self._after,
            _END,
        )
        if size <= self._max_body:
            if size:
                parts += (_FRAME.pack(_BODY, self._channel, size), payload, _END)
            return
        for start in range(0, size, self._max_body):
            body = payload[start : start + self._max_body]
            parts += (_FRAME.pack(_BODY, self._channel, len(body)), body, _END)


def _short(text: str) -> bytes:
    data = text.encode()
    return bytes((len(data),)) + data
