"""The bytes of a file of a recording from any place on, compressed or not.

Compressed bytes can only be read from the start. So while a file is read the first time, copies of the decompressor are
kept at some places, and reading begins at the nearest one before. There are at most `MAX_RESUMES` of them, however long
the file is: when there are more, every second one is dropped.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from evtui.core.errors import RecordingError
from evtui.storage.recording.recording_file import GZIP_MAGIC

if TYPE_CHECKING:
    from zlib import _Decompress  # pyright: ignore[reportPrivateUsage] - zlib gives its class no public name

_GZIP: Final = 16 + zlib.MAX_WBITS
_READ: Final = 64 * 1024
BLOCK: Final = 256 * 1024
"""Bytes that are given at once, at most; a small file that decompresses to a large one takes no more."""

MAX_RESUMES: Final = 128
"""Copies of the decompressor that are kept, of some 50 KiB each."""

_FIRST_SPACING: Final = 2 * 1024 * 1024
"""Bytes between two of them, until there are too many."""


class _Resume(NamedTuple):
    offset: int
    """Bytes of the recording before it."""
    place: int
    """Where reading the file goes on."""
    decompressor: "_Decompress"


class RecordedBytes:
    """The bytes of one file, which may be all of a recording. Several threads may read it."""

    def __init__(self, path: Path, missing: str = "", max_resumes: int | None = None) -> None:
        """Look at the file. `missing` names the files before it that are not there.

        raises RecordingError: it cannot be read.
        """
        self.path = path
        self.missing = missing
        self._max_resumes = MAX_RESUMES if max_resumes is None else max_resumes
        try:
            with path.open("rb") as file:
                self.is_compressed = file.read(2) == GZIP_MAGIC
                self.size = file.seek(0, 2)
        except OSError as error:
            raise RecordingError(str(path), error.strerror or str(error)) from error
        self.reached = 0
        """Bytes of the file that were read at least once, from its start."""
        self._lock = Lock()
        self._resumes: list[_Resume] = []
        self._spacing = _FIRST_SPACING

    @property
    def parts(self) -> "tuple[RecordedBytes, ...]":
        """Return the files of the recording: this one."""
        return (self,)

    def blocks(self, offset: int = 0) -> Iterator[bytes]:
        """Read on from an offset in the recording.

        raises RecordingError: the file cannot be read, or its compression is damaged.
        """
        try:
            with self.path.open("rb") as file:
                yield from self._inflated(file, offset) if self.is_compressed else self._plain(file, offset)
        except OSError as error:
            raise RecordingError(str(self.path), error.strerror or str(error)) from error
        except zlib.error as error:
            raise RecordingError(str(self.path), f"its compression is damaged: {error}") from error

    def _plain(self, file: BinaryIO, offset: int) -> Iterator[bytes]:
        file.seek(offset)
        while block := file.read(BLOCK):
            self.reached = max(self.reached, file.tell())
            yield block

    def _inflated(self, file: BinaryIO, offset: int) -> Iterator[bytes]:
        found, decompressor = self._resume(file, offset)
        while data := file.read(_READ):
            while data:
                block = decompressor.decompress(data, BLOCK)
                if skipped := min(len(block), max(0, offset - found)):
                    found, block = found + skipped, block[skipped:]
                found += len(block)
                if block:
                    yield block
                data = decompressor.unconsumed_tail
                if decompressor.eof:
                    data = decompressor.unused_data
                    decompressor = zlib.decompressobj(_GZIP)
            self._keep(found, file.tell(), decompressor)

    def _resume(self, file: BinaryIO, offset: int) -> tuple[int, "_Decompress"]:
        with self._lock:
            before = [each for each in self._resumes if each.offset <= offset]
        if not before:
            return 0, zlib.decompressobj(_GZIP)
        last = before[-1]
        file.seek(last.place)
        return last.offset, last.decompressor.copy()

    def _keep(self, offset: int, place: int, decompressor: "_Decompress") -> None:
        self.reached = max(self.reached, place)
        with self._lock:
            last = self._resumes[-1].offset if self._resumes else 0
            if offset - last < self._spacing:
                return
            self._resumes.append(_Resume(offset, place, decompressor.copy()))
            if len(self._resumes) > self._max_resumes:
                self._resumes, self._spacing = self._resumes[1::2], self._spacing * 2
