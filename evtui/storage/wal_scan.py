"""What a write-ahead log (WAL) of SQLite holds, whether SQLite will use it or not.

When SQLite opens a database it takes the log up to the first frame that is damaged and drops the rest without a word.
So the log is looked at before: a commit behind the last frame that SQLite took was lost.
"""

import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

FRAME_HEADER: Final = 24
"""Bytes before each page in the log."""

_HEADER: Final = struct.Struct(">IIII8sII")
"""Magic, version, page size, checkpoint number, two salts, two checksums."""
_FRAME: Final = struct.Struct(">II8s")
"""Page number, size of the database after a commit (else 0), two salts."""
_MAGICS: Final = {0x377F0682: "<", 0x377F0683: ">"}
"""With the byte order of the checksums."""
_INDEX: Final = struct.Struct("=I12xI12x8s")
"""Version, number of frames, two salts; in the byte order of the machine."""
_INDEX_VERSION: Final = 3007000
_WORD: Final = 0xFFFF_FFFF

LogState: TypeAlias = Literal["none", "empty", "whole", "damaged"]


class WalScan(NamedTuple):
    """A log as it lies on the disk."""

    state: LogState
    """There is no file, it has no frame, its header can be read, or not."""
    commits: Sequence[int] = ()
    """The numbers of the frames that end a transaction, the first is 1; also those of damaged frames."""
    indexed: int = 0
    """The last frame of a transaction by the index in shared memory, which a process that was killed left behind."""

    def is_cut_behind(self, frame: int) -> bool:
        """Say whether there was a transaction behind a frame."""
        return max(self.indexed, *self.commits[-1:], frame) > frame


def scan_wal(path: Path, index: Path) -> WalScan:
    """Look at a log and its index, which no process has open; blocks. raises OSError: one cannot be read."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return WalScan("none")
    with path.open("rb", buffering=0) as file:
        header = os.pread(file.fileno(), _HEADER.size, 0)
        start = os.pread(file.fileno(), FRAME_HEADER, _HEADER.size)
        if not any(header) and not any(start):  # also a file of zeros: space kept in reserve
            return WalScan("empty")
        if (page := _page_size(header)) is None:
            return WalScan("damaged")
        commits: list[int] = []
        for number, place in enumerate(range(_HEADER.size, size - FRAME_HEADER - page + 1, FRAME_HEADER + page), 1):
            _, commit, salts = _FRAME.unpack(os.pread(file.fileno(), _FRAME.size, place))
            if commit and _is_of_this_log(salts, header[16:24]):
                commits.append(number)
    return WalScan("whole", commits, _indexed_frames(index, header[16:24]))


def _indexed_frames(index: Path, salts: bytes) -> int:
    """Read the number of frames in an index of the same log; 0 when it has none, or is of another one."""
    try:
        content = index.read_bytes()[: _INDEX.size]
    except FileNotFoundError:
        return 0
    if len(content) < _INDEX.size:
        return 0
    version, frames, index_salts = _INDEX.unpack(content)
    return int(frames) if version == _INDEX_VERSION and index_salts == salts else 0


def _is_of_this_log(salts: bytes, expected: bytes) -> bool:
    """Compare two salts. Frames of an older log have two others; damage changes one of them at most."""
    return salts[:4] == expected[:4] or salts[4:] == expected[4:]


def _page_size(header: bytes) -> int | None:
    """Check a header; None when it is damaged."""
    if len(header) < _HEADER.size:
        return None
    magic, _, page, _, _, first, second = _HEADER.unpack(header)
    if magic not in _MAGICS or not 512 <= page <= 65536:
        return None
    one = two = 0
    words = struct.unpack(f"{_MAGICS[magic]}6I", header[:24])
    for left, right in zip(words[::2], words[1::2], strict=True):
        one = (one + left + two) & _WORD
        two = (two + right + one) & _WORD
    return page if (one, two) == (first, second) else None
