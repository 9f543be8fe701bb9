"""The files of one recording: FILE is written, FILE.1 is the one before it, FILE.2 the one before that.

A file that is there already is a recording and becomes FILE.1, or nothing is changed: evtui overwrites no other file.
"""

import re
import zlib
from pathlib import Path
from typing import Final

from msgspec import Struct

from evtui.core.errors import RecordingError
from evtui.storage.recording.recording_file import GZIP_MAGIC, RecordingFile, is_gzip_name

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")
_START: Final = b'{"type":"header"'
_LOOKED_AT: Final = 4096
"""Bytes of a file that are looked at."""


class RotatedFiles:
    """Opens the next file of a recording and keeps at most `files` of them. Every method blocks."""

    def __init__(self, path: Path, files: int) -> None:
        self.path = path
        self._files = files

    def open_next(self) -> RecordingFile:
        """Move the files that are there one further, drop the oldest beyond the number that is kept, make a new one.

        raises RecordingError: a file is in the way, or cannot be made.
        """
        try:
            self._make_room(0)
            return RecordingFile(self.path)
        except OSError as error:
            raise RecordingError(str(self.path), error.strerror or str(error)) from error

    def _make_room(self, number: int) -> None:
        """Move file `number` one further, if it is there."""
        path = self._numbered(number)
        if not (path.is_symlink() or path.exists()):
            return
        if not is_recording(path):
            raise RecordingError(str(path), "the file is not a recording, and stays as it is: name another one")
        if number + 1 >= self._files:
            path.unlink()
            return
        self._make_room(number + 1)
        path.rename(self._numbered(number + 1))

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


class RotatedPart(Struct, frozen=True):
    """One file of a recording that was written with rotation."""

    path: Path
    missing: str = ""
    """The names of the files before it that are not there; empty when none is missing."""


def rotated_parts(path: Path) -> tuple[RotatedPart, ...]:
    """Find the files of the recording that ends with a file, oldest first; those before it may be compressed later.

    They are named `FILE.NUMBER` or `FILE.NUMBER.gz`; a file that does not begin like a recording is none of them.
    Blocks. raises OSError.
    """
    numbered: dict[int, Path] = {}
    for found in path.parent.iterdir():
        digits = found.name.removeprefix(f"{path.name}.").removesuffix(".gz")
        if not found.name.startswith(f"{path.name}.") or not _NUMBER.fullmatch(digits) or not is_recording(found):
            continue
        if int(digits) not in numbered or not is_gzip_name(found):
            numbered[int(digits)] = found
    parts: list[RotatedPart] = []
    before: int | None = None
    for number, file in [*sorted(numbered.items(), reverse=True), (0, path)]:
        parts.append(RotatedPart(file, "" if before is None else _missing(path, before, number)))
        before = number
    return tuple(parts)


def _missing(path: Path, older: int, number: int) -> str:
    """Name the files between two numbers."""
    match older - number - 1:
        case 0:
            return ""
        case 1:
            return f"{path.name}.{number + 1}"
        case _:
            return f"{path.name}.{older - 1} to {path.name}.{number + 1}"


def is_recording(path: Path) -> bool:
    """Say whether a file begins like a recording; an empty one does. raises OSError."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    if start.startswith(GZIP_MAGIC):
        try:
            start = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(start, len(_START))
        except zlib.error:
            return False
    return start.startswith(_START) or not start
