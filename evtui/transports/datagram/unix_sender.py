"""The sender of a UNIX datagram socket whose queue was full: it sends what waits as soon as its reader makes room.

It has a system socket of its own, connected to the path: the kernel then tells when the reader's queue has room, and
what a reader leaves unread takes no room from other destinations.
"""

import errno
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import anyio

from evtui.core.errors import DeliveryError
from evtui.core.transport import Notification, OutboxPolicy, Settle
from evtui.transports.system_errors import reason_of

POLICY: Final = OutboxPolicy(
    max_count=8_192, max_bytes=2 << 20, overflow="drop-oldest", max_age=5.0, backoff=0.05, max_backoff=1.0, timeout=None
)
"""What waits for one destination. A reader that has not read for `max_age` seconds loses what is as old."""

PATIENCE: Final = 0.5
"""Seconds to wait for room; then the attempt has failed, so that what has become too old is dropped."""

FLUSHED: Final = 16
"""Notifications that a raise sends at most before its own one is queued."""

_BUSY = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})


class UnixSender:
    """Sends to one path; satisfies `core.transport.Sender`."""

    window = 512
    confirms = False

    def __init__(self, path: bytes) -> None:
        self._path = path
        self._socket: socket.socket | None = None
        self._batch: Sequence[Notification] = ()
        self._settle: Settle | None = None
        self._next = 0
        """The place in the batch of the first notification that was not sent."""

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Send the notifications in order; one whose receiver is gone has failed.

        raises DeliveryError: EAGAIN, the reader makes no room.
        """
        self._batch, self._settle, self._next = batch, settle, 0
        try:
            while (busy := self._go_on(len(batch))) is not None:
                await self._wait_for_room(busy)
        finally:
            self._batch, self._settle = (), None

    def flush(self) -> None:
        """Send some of the batch under way now, as far as there is room: a raise must not wait for the event loop."""
        self._go_on(FLUSHED)

    def _go_on(self, most: int) -> OSError | None:
        """Send at most so many of the batch; returns why there is no room."""
        batch, settle, first = self._batch, self._settle, self._next
        if settle is None:
            return None
        end = min(first + most, len(batch))
        for place in range(first, end):
            error = self._try(batch[place].payload)
            if error is None:
                continue
            self._next = place
            settle.all_delivered(first, place)
            if error.errno in _BUSY:
                return error
            self._next = first = place + 1
            settle(place, reason_of(error))
        self._next = end
        settle.all_delivered(first, end)
        return None

    async def aclose(self) -> None:
        """Close the system socket."""
        self._close()

    def _try(self, payload: bytes) -> OSError | None:
        """Send one datagram; returns why it was not sent. Whether the receiver has come back is asked for once."""
        was_open = self._socket is not None
        error = self._try_once(payload)
        return self._try_once(payload) if was_open and error is not None and self._socket is None else error

    def _try_once(self, payload: bytes) -> OSError | None:
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
                self._socket.connect(self._path)
            self._socket.send(payload)
        except OSError as error:
            if error.errno not in _BUSY and error.errno != errno.EMSGSIZE:
                self._close()
            return error
        return None

    async def _wait_for_room(self, busy: OSError) -> None:
        if self._socket is not None:
            with anyio.move_on_after(PATIENCE):
                await anyio.wait_writable(self._socket)
                return
        raise DeliveryError(reason_of(busy))

    def _close(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
            self._socket = None
