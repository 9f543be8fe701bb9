"""Room on the disk that nobody else can take: a file that is given up for a moment when there is no other room left."""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_STEP: Final = 65_536
"""Bytes by which it is tried with less."""


class Reserve:
    """A file of so many bytes, or of fewer where the disk has no more."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self.size = size
        self._file = -1
        self.held = 0
        """Bytes that are in reserve."""

    @property
    def least(self) -> int:
        """Return the bytes it should have at least: a half."""
        return self.size // 2

    def take(self, size: int | None = None) -> None:
        """Have the room, all or so many bytes of it, or as many as there are.

        raises OSError: the file cannot be made.
        """
        if self._file < 0:
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        for wanted in range(size or self.size, self.held, -_STEP):
            with suppress(OSError):  # there is no room for so much
                _allocate(self._file, wanted)
                self.held = wanted
                return
        os.ftruncate(self._file, self.held)

    @contextmanager
    def given_up(self) -> Generator[None]:
        """Let the block have the room, then take what it left of it.

        raises OSError.
        """
        if self._file >= 0:
            os.ftruncate(self._file, 0)
        self.held = 0
        try:
            yield
        finally:
            self.take()

    def close(self) -> None:
        """Let go of the file; the room stays in reserve for the next run."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            self.held = 0


def _allocate(file: int, size: int) -> None:
    """Have so many bytes on the disk.

    raises OSError: there is no room for them.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    elif os.pwrite(file, bytes(size), 0) < size:  # macOS
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
