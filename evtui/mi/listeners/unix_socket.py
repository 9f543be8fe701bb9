"""The UNIX socket of a listener: locked against a second server, a stale one replaced, mode 0600."""

import errno
import fcntl
import os
import socket
import stat
from pathlib import Path

from evtui.mi.listeners.listen_error import ListenError


class LockedUnixSocket:
    """A bound socket and the lock file beside it.

    raises ListenError: another server listens there, or the path is not a socket.
    """

    def __init__(self, path: Path, kind: socket.SocketKind = socket.SOCK_DGRAM) -> None:
        self._path = path
        try:
            self._lock = _lock(path.with_name(path.name + ".lock"), path)
            try:
                self.socket = _bind(path, kind)
            except BaseException:
                self._unlock()
                raise
        except OSError as error:
            raise ListenError(f"unix:{path}", error.strerror or str(error)) from error
        self._inode = path.lstat().st_ino

    def close(self) -> None:
        """Close the socket; remove it, if the path still leads to it, and the lock file."""
        self.socket.close()
        try:
            if self._path.lstat().st_ino == self._inode:
                self._path.unlink()
        except FileNotFoundError:
            pass  # it is removed already
        self._unlock()

    def _unlock(self) -> None:
        self._path.with_name(self._path.name + ".lock").unlink(missing_ok=True)
        os.close(self._lock)


def _lock(path: Path, place: Path) -> int:
    """Create and lock the lock file; try again when its last owner removed it between our open and our lock."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(fd)
            raise ListenError(f"unix:{place}", "another server listens there", taken=True) from error
        except OSError as error:
            os.close(fd)
            raise ListenError(f"unix:{place}", f"{path} cannot be locked: {error.strerror or error}") from error
        if _leads_to(path, fd):
            return fd
        os.close(fd)


def _leads_to(path: Path, fd: int) -> bool:
    try:
        return path.lstat().st_ino == os.fstat(fd).st_ino
    except FileNotFoundError:
        return False


def _bind(path: Path, kind: socket.SocketKind) -> socket.socket:
    _remove_stale(path, kind)
    bound = socket.socket(socket.AF_UNIX, kind)
    before = os.umask(0o177)
    try:
        bound.bind(os.fsencode(path))
    except BaseException:
        bound.close()
        raise
    finally:
        os.umask(before)
    return bound


def _remove_stale(path: Path, kind: socket.SocketKind) -> None:
    """Remove a socket on which no server listens."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise ListenError(f"unix:{path}", "the path exists and is not a socket")
    with socket.socket(socket.AF_UNIX, kind) as probe:
        if (code := probe.connect_ex(os.fsencode(path))) != errno.ECONNREFUSED:
            taken = code in {0, errno.EPROTOTYPE}
            why = "another server listens there" if taken else os.strerror(code)
            raise ListenError(f"unix:{path}", why, taken=taken)
    path.unlink()
