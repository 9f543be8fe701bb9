"""Disk space that is held in reserve: a file that is emptied for a moment when the disk is full."""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_STEP: Final = 65_536
"""Bytes less at each try, when the disk has not as much as was wanted."""


class DiskReserve:
    """A file of `size` bytes, or of fewer when the disk has no more space."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self.size = size
        self._file = -1
        self.held = 0
        """Bytes the file has now."""

    @property
    def least(self) -> int:
        """Return the bytes that must stay in reserve: half of `size`."""
        return self.size // 2

    def allocate(self, size: int | None = None) -> None:
        """Let the file grow to `size` bytes (None: to its full size), or as far as the disk allows.

        raises OSError: the file cannot be made.
        """
        if self._file < 0:
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        for wanted in range(size or self.size, self.held, -_STEP):
            with suppress(OSError):  # the disk has not as much space: try with less
                _allocate(self._file, wanted)
                self.held = wanted
                return
        os.ftruncate(self._file, self.held)

    @contextmanager
    def released(self) -> Generator[None]:
        """Empty the file for the length of the block, then allocate what the block left free.

        raises OSError.
        """
        if self._file >= 0:
            os.ftruncate(self._file, 0)
        self.held = 0
        try:
            yield
        finally:
            self.allocate()

    def close(self) -> None:
        """Close the file; it keeps its size, so that the space is still in reserve for the next run."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            self.held = 0


def _allocate(file: int, size: int) -> None:
    """Give the file so many bytes on the disk.

    raises OSError: the disk has not as much space.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    elif os.pwrite(file, bytes(size), 0) < size:  # macOS
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
