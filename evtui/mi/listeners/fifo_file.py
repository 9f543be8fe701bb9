"""The FIFO that clients write to: made, checked, locked against a second server, removed at the end."""

import fcntl
import os
import stat
from pathlib import Path

from evtui.mi.listeners.listen_error import ListenError

_OPEN = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
"""Open for reading and writing, so that it does not end when the last writer closes it; follow no link."""


class FifoFile:
    """An open FIFO that belongs to this process.

    raises ListenError: the path is not a FIFO, belongs to another user, or another server reads it.
    """

    def __init__(self, path: Path, mode: int) -> None:
        self.path = path
        self.fd = _open(path)
        try:
            self._check_and_lock(mode)
        except BaseException:
            os.close(self.fd)
            raise

    def read(self, size: int) -> bytes:
        """Read the bytes that have arrived; empty when there are none."""
        try:
            return os.read(self.fd, size)
        except BlockingIOError:
            return b""

    def is_in_place(self) -> bool:
        """Return whether the path still leads to this FIFO."""
        try:
            found = self.path.lstat()
        except OSError:
            return False
        opened = os.fstat(self.fd)
        return (found.st_dev, found.st_ino) == (opened.st_dev, opened.st_ino)

    def close(self) -> None:
        """Close the FIFO, and remove it if the path still leads to it."""
        if self.is_in_place():
            self.path.unlink(missing_ok=True)
        os.close(self.fd)

    def _check_and_lock(self, mode: int) -> None:
        found = os.fstat(self.fd)
        if not stat.S_ISFIFO(found.st_mode):
            raise ListenError(f"fifo:{self.path}", "the path exists and is not a FIFO")
        if found.st_uid != os.geteuid() or found.st_nlink != 1:
            raise ListenError(f"fifo:{self.path}", "the FIFO there belongs to another user or has a second hard link")
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ListenError(f"fifo:{self.path}", "another server reads it", taken=True) from error
        except OSError as error:
            raise ListenError(f"fifo:{self.path}", f"it cannot be locked: {error.strerror or error}") from error
        os.fchmod(self.fd, mode)


def _open(path: Path) -> int:
    try:
        try:
            os.mkfifo(path, 0o600)
        except FileExistsError:
            if not stat.S_ISFIFO(path.lstat().st_mode):
                raise ListenError(f"fifo:{path}", "the path exists and is not a FIFO") from None
        return os.open(path, _OPEN)
    except (OSError, ValueError) as error:
        raise ListenError(f"fifo:{path}", getattr(error, "strerror", None) or str(error)) from error
