"""Replies that did not come in time: their reply FIFOs and sockets stay open for a server that goes on later.

OpenSIPS logs an error for each reply that it cannot deliver, for example after it was stopped for a while.
"""

import fcntl
import os
import select
import socket
from collections import deque
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final, TypeAlias

from msgspec import Struct

from evtui.backends.remote.exchange.waits import Waits

Place: TypeAlias = tuple[int, ...] | socket.socket
"""Where a reply may come: one of several reply FIFOs (their descriptors), or a socket."""

MOST_KEPT: Final = 64
_PIPE_BYTES: Final = 1 << 20
"""What a reply FIFO holds, so that a server does not wait for a reader; Linux allows every user as much."""
_SET_PIPE_BYTES: Final = 1031
"""`F_SETPIPE_SZ`, which the standard library does not name everywhere."""


class _Late(Struct, frozen=True):
    fds: tuple[int, ...]
    """The reply comes to one of them."""
    sock: socket.socket | None
    kept: ExitStack


class LateReplies:
    """Keeps where replies may still come, at most 64 of them; `close` gives them up."""

    def __init__(self) -> None:
        self._late: deque[_Late] = deque()

    def __len__(self) -> int:
        return len(self._late)

    def keep(self, place: Place, kept: ExitStack) -> None:
        """Keep reply FIFOs (their descriptors) or a socket open; `kept` closes and removes them."""
        if isinstance(place, socket.socket):
            self._late.append(_Late((place.fileno(),), place, kept))
        else:
            for fd in place:
                with suppress(OSError):
                    fcntl.fcntl(fd, _SET_PIPE_BYTES, _PIPE_BYTES)
            self._late.append(_Late(place, None, kept))
        if len(self._late) > MOST_KEPT:
            self._late.popleft().kept.close()

    def collect(self) -> None:
        """Read what has come meanwhile, without waiting, and close what is complete."""
        for _ in range(len(self._late)):
            late = self._late.popleft()
            if _has_come(late):
                late.kept.close()
            else:
                self._late.append(late)

    def close(self) -> None:
        """Give up all replies that have not come."""
        while self._late:
            self._late.popleft().kept.close()


@contextmanager
def kept_when_cut_short(waits: Waits, late: LateReplies | None, place: Place, stack: ExitStack) -> Generator[None]:
    """Leave reply FIFOs or a socket open when the wait for a reply is cut short."""
    try:
        yield
    except waits.cut_short:
        if late is not None:
            late.keep(place, stack.pop_all())
        raise


def _has_come(late: _Late) -> bool:
    """Say whether a reply is complete: a datagram, or the end of what was written into a FIFO."""
    poll = select.poll()
    for fd in late.fds:
        poll.register(fd, select.POLLIN)
    while ready := poll.poll(0):  # not before the server has opened the FIFO
        try:
            if late.sock is not None or not os.read(ready[0][0], _PIPE_BYTES):
                return True
        except BlockingIOError:
            return False
    return False
