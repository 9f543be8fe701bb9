"""The FIFOs that clients make for their replies. Each is opened, written and closed, within a time limit.

A client whose FIFO is missing, or that does not read it, keeps only itself waiting, and only once: the replies to its
other requests that wait are tried without a pause.
"""

import errno
import os
import select
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from typing import Any, Final, Literal

import anyio

from evtui.mi.listeners.client_queues import ClientQueue
from evtui.mi.listeners.reply_waits import ReplyWaits

OPEN_TIME: Final = 0.4
"""Seconds to try for, as OpenSIPS: clients write their request before they open their FIFO."""

TURNS: Final = 6
"""Attempts with only a turn of the event loop between: most clients are about to open."""

FIRST_PAUSE: Final = 0.001
"""Seconds of the first pause behind those. Each later pause is twice as long."""

PAUSE: Final = 0.08
"""Seconds of the longest pause between two attempts."""

_OPEN = os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_MAY_COME = frozenset({errno.ENXIO, errno.ENOENT})
_NOT_YET: Final = "not yet"
_NAME_MAX = 255
_PATH_MAX = 4095


class ReplyFifos:
    """The directory of the reply FIFOs. A client has `time_limit` seconds to read one reply."""

    def __init__(self, directory: Path, time_limit: float) -> None:
        self._directory = os.fsencode(directory)
        self._time_limit = time_limit
        self._waits = ReplyWaits()

    def allows(self, name: bytes) -> bool:
        """Return whether a client may use this name: a plain name without a dot or a slash."""
        return (
            0 < len(name) <= _NAME_MAX
            and not any(char in name for char in (b".", b"/", b"\\", b"\0"))
            and len(self._directory) + 1 + len(name) <= _PATH_MAX
        )

    async def open(self, name: bytes, queue: ClientQueue[Any]) -> int | None:
        """Open a FIFO for writing; None when it does not exist, has no reader, or is something else.

        `queue` is that of the client: its other requests are not kept waiting when this one was in vain.
        """
        path = self._path(name)
        fd = _open(path)
        if fd is _NOT_YET:
            with self._waits.waiting(queue, OPEN_TIME):
                for pause in _pauses():
                    await anyio.sleep(pause)
                    if (fd := _open(path)) is not _NOT_YET:
                        break
        if isinstance(fd, int):
            return fd
        queue.reads_replies = False
        return None

    def try_open(self, name: bytes) -> int | None:
        """Open a FIFO for writing; None when it is not ready, or something else."""
        fd = _open(self._path(name))
        return fd if isinstance(fd, int) else None

    def try_write(self, fd: int, reply: bytes) -> bool:
        """Write a reply and close the FIFO; returns whether it was written, all of it or nothing."""
        try:
            return len(reply) <= select.PIPE_BUF and os.write(fd, reply) == len(reply)
        except OSError:  # it is full, or its reader is gone
            return False
        finally:
            os.close(fd)

    def try_open_and_write(self, name: bytes, reply: bytes) -> bool:
        """Do both; returns whether the reply was written."""
        fd = self.try_open(name)
        return fd is not None and self.try_write(fd, reply)

    async def write(self, fd: int, reply: bytes, queue: ClientQueue[Any]) -> bool:
        """Write all of a reply and close the FIFO; returns whether the client read it."""
        rest = memoryview(reply)
        try:
            rest = _write(fd, rest)
            if rest:
                with self._waits.waiting(queue, self._time_limit, len(reply)):
                    while rest:
                        await anyio.wait_writable(fd)
                        rest = _write(fd, rest)
        except OSError:  # the reader is gone: the rest is lost
            pass
        finally:
            os.close(fd)
        queue.reads_replies = not rest
        return not rest

    def _path(self, name: bytes) -> bytes:
        return os.path.join(self._directory, name)  # noqa: PTH118 - names are bytes, a Path cannot hold them


def _pauses() -> Iterator[float]:
    yield from repeat(0.0, TURNS)
    pause = FIRST_PAUSE
    while True:
        yield min(pause, PAUSE)
        pause *= 2


def _open(path: bytes) -> int | Literal["not yet"] | None:
    try:
        fd = os.open(path, _OPEN)
    except OSError as error:
        return _NOT_YET if error.errno in _MAY_COME else None
    found = os.fstat(fd)
    if stat.S_ISFIFO(found.st_mode) and found.st_nlink == 1:
        return fd
    os.close(fd)
    return None


def _write(fd: int, rest: memoryview) -> memoryview:
    """Write as much as the FIFO takes now; returns the rest."""
    with suppress(BlockingIOError):
        while rest:
            rest = rest[os.write(fd, rest) :]
    return rest
