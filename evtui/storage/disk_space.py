"""Room for what the spool writes, on a disk that is full too.

On a full disk SQLite's log cannot grow, and cannot be moved into the file when that has to grow for it: then not even
a notification that was delivered could be forgotten. So the file never gets more pages ahead of its size on the disk
than half of what is held in reserve beside it: given up, that is enough to move the log, and then to write removals.
"""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from evtui.storage.disk_reserve import Reserve

if TYPE_CHECKING:
    import sqlite3

RESERVE: Final = 4 * 1024 * 1024
"""Bytes held in reserve: the file grows by half as many at most between two times the log is moved."""

_FIRST_PAGES: Final = 16
"""Pages the file may have though nothing is in reserve: those of the schema."""

_T = TypeVar("_T")


class Room:
    """Makes room for the writes of one connection."""

    def __init__(self, path: Path, reserve: Reserve) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._reserve = reserve
        self._moving = Lock()
        self._hopeless: set[bool] = set()
        """Whether no room was found, with the reserve and without; looked for again once it is refreshed."""

    def connect(self, connect: Callable[[], "sqlite3.Connection"]) -> "sqlite3.Connection":
        """Take the reserve and connect; what has to be written for that may use it.

        raises sqlite3.Error, OSError.
        """
        import sqlite3  # on first use, as everywhere here: most runs spool nothing

        self._hopeless.clear()
        self._reserve.take()
        try:
            connection = connect()
        except sqlite3.OperationalError as error:
            if not _is_full(error):
                raise
            with self._reserve.given_up():
                connection = connect()
                self._move_log(connection)
        self._limit_growth(connection)
        return connection

    def write(self, connection: "sqlite3.Connection", write: Callable[[], _T], *, reserved: bool = False) -> _T:
        """Write; where there is no room make some, and write again. Only what is `reserved` may use the reserve.

        raises sqlite3.Error, OSError.
        """
        import sqlite3

        try:
            return write()
        except sqlite3.OperationalError as error:
            if not _is_full(error) or reserved in self._hopeless:
                raise
        self._hopeless.add(reserved)
        with self._moving:
            again = self._write_reserved if reserved else self._write_unreserved
            result = again(connection, write)
        self._hopeless.clear()
        return result

    @contextmanager
    def refreshed(self) -> Generator[None]:
        """Have the whole reserve again, if there is room for it now; the block may move the log in another thread.

        raises OSError.
        """
        with self._moving:
            self._reserve.take()
            self._hopeless.clear()
            yield

    def close(self) -> None:
        """Let go of the reserve's file."""
        self._reserve.close()

    def _write_unreserved(self, connection: "sqlite3.Connection", write: Callable[[], _T]) -> _T:
        import sqlite3

        # The thread may have moved the log, and then there is room already. What costs more comes later.
        for make in (self._limit_growth, self._move_log, self._move_with_reserve):
            try:
                make(connection)
                return write()
            except sqlite3.OperationalError as error:
                if not _is_full(error):
                    raise
        self._shorten_log(connection)
        return write()

    def _move_with_reserve(self, connection: "sqlite3.Connection") -> None:
        self._write_reserved(connection, lambda: None)

    def _write_reserved(self, connection: "sqlite3.Connection", write: Callable[[], _T]) -> _T:
        try:
            with self._reserve.given_up():
                self._move_log(connection)
                try:
                    return write()
                finally:
                    self._move_log(connection)
        finally:
            self._limit_growth(connection)
            if self._reserve.held < self._reserve.least:
                self._shorten_log(connection)

    def _move_log(self, connection: "sqlite3.Connection") -> None:
        """Move the log into the file and start it anew; what it had on the disk stays its own."""
        connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        self._limit_growth(connection)

    def _shorten_log(self, connection: "sqlite3.Connection") -> None:
        """Give what the log had on the disk to the reserve, but for what it needs to go on."""
        with self._reserve.given_up():
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._reserve.take(self._reserve.least)
            with suppress(OSError, AttributeError), self._log.open("r+b") as log:  # macOS cannot
                # Zeros are an empty log.
                os.posix_fallocate(log.fileno(), 0, self._reserve.size // 4)
        self._limit_growth(connection)

    def _limit_growth(self, connection: "sqlite3.Connection") -> None:
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        spare = max(0, self._reserve.held - self._reserve.least)
        pages = (self._path.stat().st_size + spare) // page
        connection.execute(f"PRAGMA max_page_count = {max(_FIRST_PAGES, pages)}").fetchall()


def _is_full(error: "sqlite3.OperationalError") -> bool:
    """Say whether there was no room: also a quota, and a log's index that cannot grow, which are told as IO errors."""
    import sqlite3

    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
