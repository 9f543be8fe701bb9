"""The lock of a file that only one evtui uses at a time; the system releases it when its process ends."""

import errno
import fcntl
import os
from pathlib import Path


def take_lock(path: Path) -> int:
    """Lock a file by a second one beside it, `NAME.lock`; returns a descriptor, and closing it releases the lock.

    The file itself cannot be locked: it may be replaced by a new one, or not exist yet.
    raises OSError: another process has the lock, or the lock file cannot be made or is a symbolic link.
    """
    lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            raise BlockingIOError(errno.EAGAIN, "another evtui uses it") from error
        raise
    return lock
