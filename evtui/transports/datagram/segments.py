"""Many payloads of one size, to each of many addresses, in one system call: UDP segmentation offload of Linux.

The system gets the payloads as one, with the size of a segment (`UDP_SEGMENT`, udp(7)). It looks up the way once and
cuts them into datagrams as late as it can: on the loopback device a datagram costs a quarter. A receiver gets the same
datagrams; a capture on this machine may show those of one call as one packet.
"""

import ctypes
import errno
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final

from evtui.transports.datagram.sendmmsg import ManyDatagrams

LARGEST: Final = 1_232
"""Bytes of a segment that fits each link of IPv6: the system refuses larger ones than fit the link."""
MOST: Final = 64
"""Segments of one packet, as older systems bound them."""
_MOST_BYTES: Final = 65_000

_SOL_UDP: Final = 17
_UDP_SEGMENT: Final = 103

UNFIT: Final = frozenset({errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.EOPNOTSUPP, errno.ENOPROTOOPT})
"""What the system says of a way that takes no segments."""


class _SegmentSize(ctypes.Structure):
    """A `cmsghdr` with the size of a segment."""

    _fields_: ClassVar = [
        ("len", ctypes.c_size_t), ("level", ctypes.c_int), ("type", ctypes.c_int), ("size", ctypes.c_uint16),
    ]  # fmt: skip


class SegmentedDatagrams:
    """Sends payloads of one size to fixed addresses."""

    def __init__(self, send: Callable[..., int], transport: socket.socket, addresses: Sequence[bytes]) -> None:
        """The arguments are those of `ManyDatagrams`."""
        self._many = ManyDatagrams(send, transport, addresses)
        self._control = control = _SegmentSize()
        control.len = _SegmentSize.size.offset + ctypes.sizeof(ctypes.c_uint16)
        control.level, control.type = _SOL_UDP, _UDP_SEGMENT
        for header in self._many.headers:
            header.hdr.control, header.hdr.controllen = ctypes.addressof(control), ctypes.sizeof(control)

    def __call__(self, payloads: Sequence[bytes]) -> list[tuple[int, int]]:
        """Send the payloads of a run (`runs`) to every address; returns (place, errno) of those that got none."""
        self._control.size = len(payloads[0])
        return self._many(b"".join(payloads))


def has_segments(transport: socket.socket) -> bool:
    """Say whether the system can cut a UDP packet into segments: Linux since 4.18."""
    try:
        transport.getsockopt(_SOL_UDP, _UDP_SEGMENT)
    except OSError:
        return False
    return True


def runs(payloads: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Cut payloads into runs, each given by its first and the first behind it.

    The payloads of a run have the same size, only the last may be smaller.
    """
    first, size, total, is_last = 0, len(payloads[0]), 0, True
    for place, payload in enumerate(payloads):
        length = len(payload)
        fits = not is_last and 0 < length <= size and total + length <= _MOST_BYTES and place - first < MOST
        if not fits and place:
            yield first, place
        if not fits:
            first, size, total = place, length, 0
        total += length
        is_last = not 0 < length <= LARGEST or length < size
    yield first, len(payloads)
