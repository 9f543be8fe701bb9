"""Disk space for the writes of the spool, also when the disk is full.

On a full disk SQLite's write-ahead log (WAL) cannot grow. It cannot be copied into the database file either (a
checkpoint), when the file has to grow for that. Without more, even a notification that was delivered could not be
removed. So a part of the disk is held in reserve, and the database file may grow, between two checkpoints, by at most
half of the reserve. When the reserve is released there is enough space for a checkpoint, and then for removals.
"""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from evtui.storage.disk_reserve import DiskReserve

if TYPE_CHECKING:
    import sqlite3

RESERVE: Final = 4 * 1024 * 1024
"""Bytes held in reserve; the database file grows by at most half of them between two checkpoints."""

_FIRST_PAGES: Final = 16
"""Pages the database file may always have, also when nothing is in reserve: those of the schema."""

GROWTH_WHILE_HELD: Final = 64 * 1024 * 1024
"""Bytes by which the database file may grow while another program prevents checkpoints."""

HELD: Final = "its log cannot be emptied, because another program reads the file: end that program"

_T = TypeVar("_T")


class DiskSpace:
    """Finds disk space for the writes of one connection."""

    def __init__(self, path: Path, reserve: DiskReserve) -> None:
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._reserve = reserve
        self.checkpointing = Lock()
        """Held by each checkpoint."""
        self.writing = Lock()
        """Held by each write and read, and by another thread for as long as nothing may be written or read."""
        self.is_held = False
        """Whether the last checkpoint was prevented by a program that reads the file."""
        self._exhausted: set[bool] = set()
        """The kinds of writes (`reserved` or not) that found no space; they are not tried again before a refresh."""

    def connect(self, connect: Callable[[], "sqlite3.Connection"]) -> "sqlite3.Connection":
        """Allocate the reserve and connect; what `connect` writes may use the reserve.

        raises sqlite3.Error, OSError.
        """
        import sqlite3  # on first use, as everywhere here: most runs have no spool

        self._exhausted.clear()
        self._reserve.allocate()
        try:
            connection = connect()
        except sqlite3.OperationalError as error:
            if not is_full(error):
                raise
            with self._reserve.released():
                connection = connect()
                self._checkpoint(connection)
        self._limit_growth(connection)
        return connection

    def write(self, connection: "sqlite3.Connection", write: Callable[[], _T], *, reserved: bool = False) -> _T:
        """Write; when the disk is full, free some space and write again. Only a `reserved` write uses the reserve.

        raises sqlite3.Error, OSError.
        """
        import sqlite3

        try:
            with self.writing:
                return write()
        except sqlite3.OperationalError as error:
            if not is_full(error):
                raise
            if reserved in self._exhausted:
                raise self._reason(error) from error
        self._exhausted.add(reserved)
        with self.checkpointing:
            again = self._write_reserved if reserved else self._write_unreserved
            try:
                result = again(connection, write)
            except sqlite3.OperationalError as error:
                raise self._reason(error) from error
        self._exhausted.clear()
        return result

    def _reason(self, error: "sqlite3.OperationalError") -> "sqlite3.OperationalError":
        """Say what is in the way: not always the disk."""
        import sqlite3

        return sqlite3.OperationalError(HELD) if is_full(error) and self.is_held else error

    @contextmanager
    def refreshed(self) -> Generator[None]:
        """Allocate the whole reserve again as far as possible; the block may do a checkpoint in another thread.

        raises OSError.
        """
        with self.checkpointing:
            self._reserve.allocate()
            self._exhausted.clear()
            yield

    def close(self) -> None:
        """Close the file of the reserve."""
        self._reserve.close()

    def _write_unreserved(self, connection: "sqlite3.Connection", write: Callable[[], _T]) -> _T:
        import sqlite3

        # Another thread may have done a checkpoint: then there is space already. The cheapest step comes first.
        for make_space in (self._limit_growth, self._checkpoint, self._checkpoint_with_reserve):
            try:
                make_space(connection)
                return write()
            except sqlite3.OperationalError as error:
                if not is_full(error):
                    raise
        self._truncate_wal(connection)
        return write()

    def _checkpoint_with_reserve(self, connection: "sqlite3.Connection") -> None:
        self._write_reserved(connection, lambda: None)

    def _write_reserved(self, connection: "sqlite3.Connection", write: Callable[[], _T]) -> _T:
        try:
            with self._reserve.released():
                self._checkpoint(connection)
                try:
                    return write()
                finally:
                    self._checkpoint(connection)
        finally:
            self._limit_growth(connection)
            if self._reserve.held < self._reserve.least:
                self._truncate_wal(connection)

    def _checkpoint(self, connection: "sqlite3.Connection") -> None:
        """Copy the WAL into the database file and write it from its begin; it keeps its space on the disk."""
        blocked, _, _ = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        self.is_held = bool(blocked)
        self._limit_growth(connection)

    def _truncate_wal(self, connection: "sqlite3.Connection") -> None:
        """Give the space of the WAL to the reserve, except for a part that the WAL needs to go on."""
        with self._reserve.released():
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._reserve.allocate(self._reserve.least)
            with suppress(OSError, AttributeError), self._wal.open("r+b") as wal:  # macOS has no posix_fallocate
                # SQLite reads zeros as an empty WAL.
                os.posix_fallocate(wal.fileno(), 0, self._reserve.size // 4)
        self._limit_growth(connection)

    def _limit_growth(self, connection: "sqlite3.Connection") -> None:
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        # No checkpoint is possible while the log is held: then its own bound is the only one.
        spare = GROWTH_WHILE_HELD if self.is_held else max(0, self._reserve.held - self._reserve.least)
        pages = (self._path.stat().st_size + spare) // page
        connection.execute(f"PRAGMA max_page_count = {max(_FIRST_PAGES, pages)}").fetchall()


def is_full(error: "sqlite3.OperationalError") -> bool:
    """Say whether the disk was full. SQLite reports a quota, or a WAL index that cannot grow, as an IO error."""
    import sqlite3

    # An error of Python's own, such as a text that is not UTF-8, has no code.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
