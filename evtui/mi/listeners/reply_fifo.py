"""The FIFOs that clients make for their replies: opened once, written, closed; never waited for beyond a limit."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

import anyio

TRIES: Final = 5
"""The first and four more, as the reference: clients write their request before they open their FIFO."""

PAUSE: Final = 0.08
"""Seconds between two tries."""

_OPEN = os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_NOT_YET = frozenset({errno.ENXIO, errno.ENOENT})
_NAME_MAX = 255
_PATH_MAX = 4095


class ReplyFifos:
    """The directory where they are. `patience` is how many seconds a reader may take for one reply."""

    def __init__(self, directory: Path, patience: float) -> None:
        self._directory = os.fsencode(directory)
        self._patience = patience

    def allows(self, name: bytes) -> bool:
        """Say whether a client may use this name: no part of a path but a plain name."""
        return (
            0 < len(name) <= _NAME_MAX
            and not any(sign in name for sign in (b".", b"/", b"\\", b"\0"))
            and len(self._directory) + 1 + len(name) <= _PATH_MAX
        )

    async def open(self, name: bytes) -> int | None:
        """Open a FIFO for writing; None when there is none, nobody reads it, or it is something else."""
        path = os.path.join(self._directory, name)  # noqa: PTH118 - names are bytes, a Path cannot hold them
        for attempt in range(TRIES):
            if attempt:
                await anyio.sleep(PAUSE)
            try:
                return _checked(os.open(path, _OPEN))
            except OSError as error:
                if error.errno not in _NOT_YET:
                    return None
        return None

    async def write(self, fd: int, reply: bytes) -> bool:
        """Write all of a reply and close; says whether it was read."""
        try:
            with anyio.move_on_after(self._patience):
                return await _write_all(fd, reply)
            return False
        finally:
            os.close(fd)


def _checked(fd: int) -> int | None:
    found = os.fstat(fd)
    if stat.S_ISFIFO(found.st_mode) and found.st_nlink == 1:
        return fd
    os.close(fd)
    return None


async def _write_all(fd: int, reply: bytes) -> bool:
    rest = memoryview(reply)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:
            await anyio.wait_writable(fd)
        except OSError:
            return False
    return True
