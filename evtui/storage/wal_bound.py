"""Keeps the write-ahead log (WAL) of the spool small.

SQLite begins the log anew only when all of it was copied into the database file (a checkpoint), and nothing was written
and no other connection read meanwhile. Under steady writing that never happens by itself. So a thread copies until
little is left, and then copies the rest while nothing may be written, which is short. A program that holds the file
open for a read prevents this: then the log grows up to a bound, and what would make it larger is refused.
"""

import os
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from evtui.storage.wal_scan import FRAME_HEADER

if TYPE_CHECKING:
    import sqlite3

MAX_WAL: Final = 62_000_000
"""Bytes of the log after which nothing more is written to it: a write may need more than was reckoned, up to 64 MB."""

KEPT_FOR_REMOVALS: Final = 8_000_000
"""Bytes of these that only removals may use."""

BEGIN_ANEW: Final = 16_000_000
"""Bytes of the log from which on a checkpoint ends in a new log."""

LITTLE: Final = 1_000_000
"""Bytes that are copied fast enough to let a write wait for it."""

_FRAME: Final = 4096 + FRAME_HEADER
_MOST_PASSES: Final = 4
"""Copies in a row that try to leave little for the one during which nothing may be written."""


class WalBound:
    """The size of one log, and the checkpoints that bound it."""

    def __init__(self, path: Path, writing: Lock, checkpointing: Lock) -> None:
        """`writing` is held during each write of the process, `checkpointing` while `checkpoint` runs."""
        self._log = path.with_name(f"{path.name}-wal")
        self._writing = writing
        self._checkpointing = checkpointing
        self._size = 0
        self._added = 0
        """Bytes noted since the last checkpoint."""
        self._is_held = False
        """Whether another program holds the log: it is not tried again before the next checkpoint of the thread."""
        self._blocked = 0
        """Checkpoints in a row that a reader blocked: a single one may have met a read of this process."""

    @property
    def is_large(self) -> bool:
        """Say whether a checkpoint is due."""
        return self._added > BEGIN_ANEW

    @property
    def is_blocked(self) -> bool:
        """Say whether a reader kept the last checkpoint from beginning the log anew."""
        return self._blocked > 0

    def add(self, connection: "sqlite3.Connection", pages: int, *, is_removal: bool = False) -> bool:
        """Take note of a write of so many pages at most; returns False when it would make the log too large."""
        size = pages * _FRAME
        self._size += size
        self._added += size
        most = MAX_WAL if is_removal else MAX_WAL - KEPT_FOR_REMOVALS
        return self._size <= most or self._fits(connection, size, most)

    def checkpoint(self, connection: "sqlite3.Connection", file: int) -> bool:
        """Copy the log into the database file, in a thread; returns whether another program holds the log.

        `connection` is one of the thread, `file` a descriptor of the database file.
        """
        self._added = left = frames = before = 0
        for _ in range(_MOST_PASSES):
            before = self._added
            _, frames, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            left = (frames - copied) * _FRAME
            if left < LITTLE:
                break
        # SQLite tells how many frames there were when the copy began; more were written meanwhile.
        self._size = max(0, frames) * _FRAME + self._added - before
        if self._size <= BEGIN_ANEW and left < LITTLE:
            self._is_held = False
            self._blocked = 0
            return False
        os.fsync(file)  # SQLite would do it below, for all of the passes
        with self._writing:
            self._blocked = 0 if self._begin_anew(connection) else self._blocked + 1
        self._is_held = self._blocked > 1
        return self._is_held

    def _fits(self, connection: "sqlite3.Connection", size: int, most: int) -> bool:
        self._size = min(self._size, self._file_size() + size)  # what `add` notes is never too small, often too large
        if self._size <= most:
            return True
        if not self._is_held:
            with self._checkpointing:  # waits for the thread: so much is written that it does not keep up
                self._is_held = not self._begin_anew(connection)
            self._size += size
        return not self._is_held

    def _begin_anew(self, connection: "sqlite3.Connection") -> bool:
        """Copy the rest; the next write begins at the start of the file. It keeps its space, for that is faster."""
        mode = "TRUNCATE" if self._file_size() > MAX_WAL // 2 else "RESTART"
        blocked, frames, _ = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        self._size = max(0, frames) * _FRAME if blocked else 0
        return not blocked

    def _file_size(self) -> int:
        try:
            return self._log.stat().st_size
        except FileNotFoundError:
            return 0
