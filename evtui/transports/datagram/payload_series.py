"""Several payloads to one address in one system call, UDP or UNIX: `sendmmsg` of Linux, through ctypes."""

import ctypes
import errno
import socket
import struct
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from evtui.transports.datagram.sendmmsg import Iovec, MessageHeader

_MOST: Final = 64
_MOST_BYTES: Final = 1 << 16


class PayloadSeries:
    """Sends payloads to a fixed address: headers are built once, each call only sets the payloads."""

    def __init__(self, send: Callable[..., int], transport: socket.socket, address: bytes) -> None:
        """`address` is as `unix_sockaddr` makes it, of the socket's family."""
        self._send = send
        self._fileno = transport.fileno
        self._name = ctypes.create_string_buffer(address)
        self._bytes = ctypes.create_string_buffer(_MOST_BYTES)
        self._start = ctypes.addressof(self._bytes)
        self._view = memoryview(self._bytes).cast("B")
        self._iovecs = (Iovec * _MOST)()
        self._headers = (MessageHeader * _MOST)()
        place = ctypes.addressof(self._iovecs)
        for header in self._headers:
            header.hdr.name, header.hdr.namelen = ctypes.addressof(self._name), len(address)
            header.hdr.iov, header.hdr.iovlen = place, 1
            place += ctypes.sizeof(Iovec)
        self._calls = ctypes.addressof(self._headers)

    def __call__(self, payloads: Sequence[bytes]) -> list[tuple[int, int]]:
        """Send them in order, as long as the receiver has room; returns (place, errno) of those that were not sent.

        Those behind the first that found no room have its EAGAIN, too.
        """
        failed: list[tuple[int, int]] = []
        done, count = 0, len(payloads)
        self._set(payloads)
        while done < count:
            start = self._calls + done * ctypes.sizeof(MessageHeader)
            sent = self._send(self._fileno(), start, count - done, socket.MSG_DONTWAIT)
            if sent > 0:
                done += sent
            elif (number := ctypes.get_errno()) == errno.EAGAIN:
                return [*failed, *[(place, number) for place in range(done, count)]]
            elif number != errno.EINTR:
                failed.append((done, number))
                done += 1
        return failed

    def fits(self, payloads: Sequence[bytes]) -> bool:
        """Say whether one call takes them."""
        return len(payloads) <= _MOST and sum(map(len, payloads)) <= _MOST_BYTES

    def _set(self, payloads: Sequence[bytes]) -> None:
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
