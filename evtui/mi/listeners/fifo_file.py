"""The FIFO that requests are written to: made, checked, locked against a second server, removed at the end."""

import fcntl
import os
import stat
from pathlib import Path

from evtui.mi.refusals import ListenError

_OPEN = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
"""For reading and writing, so that it never ends when a writer leaves; never through a link."""


class FifoFile:
    """An open FIFO of ours.

    raises ListenError: the path is something else or somebody else's, or another server reads it.
    """

    def __init__(self, path: Path, mode: int) -> None:
        self.path = path
        self.fd = _open(path)
        try:
            self._take(mode)
        except BaseException:
            os.close(self.fd)
            raise

    def read(self, size: int) -> bytes:
        """Read what is there, nothing when there is nothing."""
        try:
            return os.read(self.fd, size)
        except BlockingIOError:
            return b""

    def is_in_place(self) -> bool:
        """Say whether the path still leads here."""
        try:
            found = self.path.lstat()
        except OSError:
            return False
        ours = os.fstat(self.fd)
        return (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino)

    def close(self) -> None:
        """Close it, and remove it if it is still in its place."""
        if self.is_in_place():
            self.path.unlink(missing_ok=True)
        os.close(self.fd)

    def _take(self, mode: int) -> None:
        found = os.fstat(self.fd)
        if not stat.S_ISFIFO(found.st_mode):
            raise ListenError(f"fifo:{self.path}", "something that is not a FIFO is there")
        if found.st_uid != os.geteuid() or found.st_nlink != 1:
            raise ListenError(f"fifo:{self.path}", "the FIFO there is not ours alone")
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ListenError(f"fifo:{self.path}", "another server reads it") from error
        os.fchmod(self.fd, mode)


def _open(path: Path) -> int:
    try:
        try:
            os.mkfifo(path, 0o600)
        except FileExistsError:
            if not stat.S_ISFIFO(path.lstat().st_mode):
                raise ListenError(f"fifo:{path}", "something that is not a FIFO is there") from None
        return os.open(path, _OPEN)
    except (OSError, ValueError) as error:
        raise ListenError(f"fifo:{path}", getattr(error, "strerror", None) or str(error)) from error
