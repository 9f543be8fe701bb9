"""Several payloads on a connected socket in one system call, UDP or UNIX: `sendmmsg` of Linux, through ctypes."""

import ctypes
import socket
import struct
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from evtui.transports.datagram.sendmmsg import Iovec, MessageHeader

_MOST: Final = 64
_MOST_BYTES: Final = 1 << 16
_HEADER: Final = ctypes.sizeof(MessageHeader)


class PayloadSeries:
    """Sends payloads on connected sockets: headers are built once, each call only sets the payloads."""

    def __init__(self, send: Callable[..., int]) -> None:
        """`send` is `sendmmsg`."""
        self._send = send
        self._bytes = ctypes.create_string_buffer(_MOST_BYTES)
        self._start = ctypes.addressof(self._bytes)
        self._view = memoryview(self._bytes).cast("B")
        self._iovecs = (Iovec * _MOST)()
        self._headers = (MessageHeader * _MOST)()
        self._count = 0
        place = ctypes.addressof(self._iovecs)
        for header in self._headers:
            header.hdr.iov, header.hdr.iovlen = place, 1
            place += ctypes.sizeof(Iovec)
        self._calls = ctypes.addressof(self._headers)

    def send_from(self, first: int, fileno: int) -> int:
        """Send those that were set, from one of them on; returns how many were sent, or the negative errno."""
        sent = self._send(fileno, self._calls + first * _HEADER, self._count - first, socket.MSG_DONTWAIT)
        return sent if sent >= 0 else -ctypes.get_errno()

    def fits(self, payloads: Sequence[bytes]) -> bool:
        """Say whether one call takes them."""
        return len(payloads) <= _MOST and sum(map(len, payloads)) <= _MOST_BYTES

    def set(self, payloads: Sequence[bytes]) -> None:
        """Set the payloads that are sent next."""
        self._count = len(payloads)
        data, place = b"".join(payloads), self._start
        self._view[: len(data)] = data
        values: list[int] = []
        for payload in payloads:
            length = len(payload)
            values += (place, length)
            place += length
        _places(len(payloads)).pack_into(self._iovecs, 0, *values)


@cache
def _places(count: int) -> struct.Struct:
    """Return the form of so many `struct iovec`: a pointer and a size each, as wide as this system has them."""
    return struct.Struct("@" + count * "PN")
