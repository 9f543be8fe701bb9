"""The FIFOs that clients make for their replies. Each is opened, written and closed, within a time limit."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

import anyio

ATTEMPTS: Final = 5
"""How often to try, as the reference: clients write their request before they open their FIFO."""

PAUSE: Final = 0.08
"""Seconds between two attempts."""

_OPEN = os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_NOT_YET = frozenset({errno.ENXIO, errno.ENOENT})
_NAME_MAX = 255
_PATH_MAX = 4095


class ReplyFifos:
    """The directory of the reply FIFOs. A client has `time_limit` seconds to read one reply."""

    def __init__(self, directory: Path, time_limit: float) -> None:
        self._directory = os.fsencode(directory)
        self._time_limit = time_limit

    def allows(self, name: bytes) -> bool:
        """Return whether a client may use this name: a plain name without a dot or a slash."""
        return (
            0 < len(name) <= _NAME_MAX
            and not any(char in name for char in (b".", b"/", b"\\", b"\0"))
            and len(self._directory) + 1 + len(name) <= _PATH_MAX
        )

    async def open(self, name: bytes) -> int | None:
        """Open a FIFO for writing; None when it does not exist, has no reader, or is something else."""
        path = os.path.join(self._directory, name)  # noqa: PTH118 - names are bytes, a Path cannot hold them
        for attempt in range(ATTEMPTS):
            if attempt:
                await anyio.sleep(PAUSE)
            try:
                return _checked(os.open(path, _OPEN))
            except OSError as error:
                if error.errno not in _NOT_YET:
                    return None
        return None

    async def write(self, fd: int, reply: bytes) -> bool:
        """Write all of a reply and close the FIFO; returns whether the client read it."""
        try:
            with anyio.move_on_after(self._time_limit):
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
