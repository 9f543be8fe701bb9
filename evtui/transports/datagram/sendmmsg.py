"""Many datagrams of one payload, UDP or UNIX, in one system call: `sendmmsg` of Linux, through ctypes.

`just bench raise` compares it with a plain `sendto` loop at 100 subscribers. The plain loop stays in
`transport.py`, for other systems and as the plain version that the tests compare with.
"""

import ctypes
import errno
import socket
import struct
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ClassVar


class Iovec(ctypes.Structure):
    """A `struct iovec`."""

    _fields_: ClassVar = [("base", ctypes.c_char_p), ("len", ctypes.c_size_t)]


class _Msghdr(ctypes.Structure):
    _fields_: ClassVar = [
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class MessageHeader(ctypes.Structure):
    """A `struct mmsghdr`."""

    _fields_: ClassVar = [("hdr", _Msghdr), ("len", ctypes.c_uint)]


@cache
def library() -> Callable[..., int] | None:
    """Return the C library's `sendmmsg`, or None where there is none."""
    function: Any = getattr(ctypes.CDLL(None, use_errno=True), "sendmmsg", None)
    if function is None:
        return None
    function.restype = ctypes.c_int
    function.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
    send: Callable[..., int] = function
    return send


class ManyDatagrams:
    """Sends one payload to fixed addresses: headers are built once, each call only sets the payload."""

    def __init__(self, send: Callable[..., int], transport: socket.socket, addresses: Sequence[bytes]) -> None:
        """`addresses` are as `sockaddr` or `unix_sockaddr` makes them, all of the socket's family."""
        self._send = send
        self._fileno = (
            transport.fileno
        )  # at each send: it is -1 once closed, and the old number may belong to another file
        self._count = len(addresses)
        self._names = ctypes.create_string_buffer(b"".join(addresses))
        self._iovec = Iovec()
        self.headers = (MessageHeader * self._count)()
        place, iovec = ctypes.addressof(self._names), ctypes.addressof(self._iovec)
        for header, address in zip(self.headers, addresses, strict=True):
            header.hdr.name, header.hdr.namelen = place, len(address)
            header.hdr.iov, header.hdr.iovlen = iovec, 1
            place += len(address)
        self._start = ctypes.addressof(self.headers)

    def __call__(self, payload: bytes) -> list[tuple[int, int]]:
        """Send the payload to every address; returns (place, errno) of those that failed."""
        iovec = self._iovec
        iovec.base = payload
        iovec.len = len(payload)
        done = self._send(self._fileno(), self._start, self._count, socket.MSG_DONTWAIT)
        return [] if done == self._count else self._send_rest(max(0, done))

    def _send_rest(self, done: int) -> list[tuple[int, int]]:
        """Send what a short count left: only a new call tells the error of the first datagram that was not sent."""
        failed: list[tuple[int, int]] = []
        while done < self._count:
            start = self._start + done * ctypes.sizeof(MessageHeader)
            sent = self._send(self._fileno(), start, self._count - done, socket.MSG_DONTWAIT)
            if sent > 0:
                done += sent
            elif (number := ctypes.get_errno()) != errno.EINTR:
                failed.append((done, number))
                done += 1
        return failed


def sockaddr(address: tuple[str, int] | tuple[str, int, int, int]) -> bytes:
    """Make a `struct sockaddr_in` or `sockaddr_in6` of a numeric address: family and scope in host byte order."""
    if len(address) == 2:
        host, port = address
        family = struct.pack("=H", socket.AF_INET)
        return family + struct.pack("!H", port) + socket.inet_pton(socket.AF_INET, host) + bytes(8)
    host, port, flow, scope = address
    family = struct.pack("=H", socket.AF_INET6)
    ip = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return family + struct.pack("!HI", port, flow) + ip + struct.pack("=I", scope)


def unix_sockaddr(path: bytes) -> bytes:
    """Make a `struct sockaddr_un`, as long as its path; the path was checked to fit."""
    return struct.pack("=H", socket.AF_UNIX) + path + b"\0"
