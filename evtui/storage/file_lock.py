"""The lock of a file that one evtui uses at a time; the system lets go of it when its process ends, however it ends."""

import errno
import fcntl
import os
from pathlib import Path


def take_lock(path: Path) -> int:
    """Lock a file by another beside it, `NAME.lock`; returns the descriptor, whose closing lets go.

    The file itself cannot be it: it is replaced, or is not there yet. raises OSError: it is another's, cannot be made,
    or is a symbolic link.
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
