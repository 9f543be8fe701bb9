"""One file of a recording, which grows by whole batches: a write that fails leaves nothing of its batch.

What a write has returned from survives `kill -9`. A name that ends in `.gz` is compressed; each batch ends with a flush
of the compressor, so that all of it can be read while the file still grows.
"""

import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

GZIP_MAGIC: Final = b"\x1f\x8b"

_GZIP: Final = 16 + zlib.MAX_WBITS
_LEVEL: Final = 3
"""Of zlib: twice as fast as its default, for files that are a tenth larger."""


def is_gzip_name(path: Path) -> bool:
    """Say whether a file is to be compressed."""
    return path.name.endswith(".gz")


class RecordingFile:
    """A new file that only its owner can read. Every method blocks and may raise OSError."""

    def __init__(self, path: Path) -> None:
        """Make the file; it must not exist."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP) if is_gzip_name(path) else None
        self.size = 0
        """Bytes on the disk."""

    def write(self, batch: bytes) -> None:
        """Append a batch, wholly or not at all."""
        if self._compressor is None:
            self._append(batch)
            return
        # A compressor cannot take back what it was given: the copy does the work, and takes its place once it is done.
        compressor = self._compressor.copy()
        self._append(compressor.compress(batch) + compressor.flush(zlib.Z_SYNC_FLUSH))
        self._compressor = compressor

    def close(self) -> None:
        """End the file; what is missing of it then is only the end mark of its compression."""
        try:
            if self._compressor is not None:
                with suppress(OSError):
                    self._append(self._compressor.flush())
        finally:
            os.close(self._file)

    def _append(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
            raise
        self.size += len(data)
