"""The durable spool: notifications that wait, in an SQLite file (WAL), for a restart or after a `kill -9`.

When `add` returns, the notification is written to the operating system, which keeps it when the process dies.
`checkpoint`, called regularly in a thread, also brings it to the disk: a power failure loses at most what was added
since the last call.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evtui.core.errors import SpoolError
from evtui.core.ports import Clock
from evtui.core.transport import Notification
from evtui.core.values import Socket
from evtui.storage.disk_reserve import DiskReserve
from evtui.storage.disk_space import RESERVE, DiskSpace
from evtui.storage.file_lock import take_lock
from evtui.storage.spool_errors import as_spool_errors, held_error
from evtui.storage.spool_file import SpoolFile
from evtui.storage.spool_rows import (
    LARGEST,
    ROW_COLUMNS,
    DamagedRowError,
    decoded,
    encoded,
    head_of,
    read_row,
    read_socket,
)
from evtui.storage.spool_set_aside import move_rows, reason_in_short, transaction
from evtui.storage.wal_bound import WalBound

if TYPE_CHECKING:
    import sqlite3

REMOVE_BATCH: Final = 25
"""Notifications removed in one transaction: what it writes has to fit into the reserve."""

_PAGES: Final = 6
"""Pages of the log that adding or removing a small notification takes at most, usually."""

_PAYLOAD_OF_A_PAGE: Final = 4000
"""Bytes of a large payload in one page."""

_log = logging.getLogger(__name__)


class SqliteSpool:
    """A spool in one file. The file is opened and locked at its first use; reading does not create it, `add` does.

    A row in which no notification can be read is moved to the table `set_aside`, counted and logged.
    """

    def __init__(self, path: Path, *, wall: Clock, reserve: int = RESERVE) -> None:
        self._path = path
        self._file = SpoolFile(path, wall)
        self._lock = -1
        self._connection: sqlite3.Connection | None = None
        self._ids: dict[str, tuple[int, str]] = {}
        self._has_new_data = False
        self._space = DiskSpace(path, DiskReserve(path.with_name(f"{path.name}.reserve"), reserve))
        self._wal = WalBound(path, self._space.writing, self._space.checkpointing)
        self._descriptor = -1
        self.set_aside = 0
        """Damaged rows in the table `set_aside`."""
        self._large: dict[int, int] = {}
        """Pages that a payload takes besides those of a small notification, by key; of most it is none."""
        self._unremoved: list[int] = []
        """Keys of settled notifications that could not be removed yet."""

    @property
    def path(self) -> Path:
        """Return the path of the file."""
        return self._path

    @property
    def findings(self) -> Sequence[str]:
        """Tell what was wrong with the file when it was opened; the log has it too."""
        return self._file.findings

    @property
    def needs_checkpoint(self) -> bool:
        """Say whether a checkpoint is due at once, because much was written."""
        return self._wal.is_large

    def claim(self) -> None:
        """Lock the file, and open it if there is one. Without one there is only the lock.

        raises SpoolError: another process uses it, it cannot be written, or a later release wrote it.
        """
        with as_spool_errors(self._path):
            if self._file.exists():
                self._opened()
            else:
                self._locked()

    def add(self, socket: Socket, source: str, notification: Notification) -> int:
        """Write a notification for a destination; returns its key, which is larger than all before.

        `source` as `Target.source`. raises SpoolError.
        """
        with as_spool_errors(self._path):
            connection = self._opened()
            more_pages = len(notification.payload) // _PAYLOAD_OF_A_PAGE
            if not self._wal.add(connection, _PAGES + more_pages):
                raise held_error(self._path)
            head = head_of(notification)

            def insert() -> int:
                added = connection.execute(
                    "INSERT INTO letters (destination, serial, head, payload) VALUES (?, ?, ?, ?)",
                    (
                        self._destination(connection, str(socket), source),
                        notification.serial,
                        head,
                        notification.payload,
                    ),
                )
                return int(added.lastrowid or 0)

            key = self._space.write(connection, insert)
            self._has_new_data = True
            if more_pages:
                self._large[key] = more_pages
            return key

    def remove(self, keys: Sequence[int]) -> None:
        """Remove settled notifications. From now on `load` leaves them out, also when the removal cannot be written.

        A removal that cannot be written is tried again at each later call.
        raises SpoolError: it cannot be written; raised once, not again until a removal was written.
        """
        failed_before, self._unremoved = bool(self._unremoved), [*self._unremoved, *keys]
        if not self._unremoved:
            return
        try:
            with as_spool_errors(self._path):
                connection = self._opened()
                while self._unremoved:
                    some = self._unremoved[:REMOVE_BATCH]
                    if not self._wal.add(connection, self._pages_of(some), is_removal=True):
                        raise held_error(self._path)
                    self._space.write(connection, partial(self._remove_some, connection, some), reserved=True)
                    del self._unremoved[:REMOVE_BATCH]
                    for key in some if self._large else ():
                        self._large.pop(key, None)
        except SpoolError:
            if not failed_before:
                raise

    def _pages_of(self, keys: Sequence[int]) -> int:
        """Return the pages that a removal writes at most: some builds of SQLite overwrite what they remove."""
        return _PAGES * len(keys) + (sum(self._large.get(key, 0) for key in keys) if self._large else 0)

    def _remove_some(self, connection: "sqlite3.Connection", keys: Sequence[int]) -> None:
        with transaction(connection):
            connection.execute(  # the largest key has the largest serial
                "UPDATE mark SET serial = max(serial, coalesce((SELECT serial FROM letters WHERE key = ?), 0))",
                (max(keys),),
            )
            connection.executemany("DELETE FROM letters WHERE key = ?", ((key,) for key in keys))
        self._has_new_data = True

    def load(self, socket: Socket) -> Sequence[tuple[int, Notification]]:
        """Return the notifications that wait for a destination, each with its key, oldest first.

        Damaged ones are set aside. raises SpoolError.
        """
        if not self._file.exists():
            return ()
        with as_spool_errors(self._path):
            connection = self._opened()
            rows = self._read(
                f"SELECT key, {ROW_COLUMNS} FROM letters"  # noqa: S608 - a constant
                " WHERE destination = (SELECT id FROM destinations WHERE socket = ?) ORDER BY key",
                encoded(str(socket)),
            )
            kept: list[tuple[int, Notification]] = []
            damaged: dict[int, str] = {}
            removed = set(self._unremoved)
            for key, *row in rows:
                try:
                    notification = read_row(tuple(row))
                except DamagedRowError as error:
                    damaged[key] = str(error)
                else:
                    if more_pages := len(notification.payload) // _PAYLOAD_OF_A_PAGE:
                        self._large[key] = more_pages
                    if key not in removed:
                        kept.append((key, notification))
            self._set_aside(connection, damaged)
            return kept

    def destinations(self) -> Sequence[tuple[Socket, str]]:
        """List the destinations of the notifications that wait, each with its source, in the order of their first use.

        raises SpoolError.
        """
        if not self._file.exists():
            return ()
        with as_spool_errors(self._path):
            self._opened()
            rows = self._read(
                "SELECT socket, source FROM destinations WHERE EXISTS"
                " (SELECT 1 FROM letters WHERE destination = destinations.id) ORDER BY id"
            )
            return [(socket, decoded(source)) for text, source in rows if (socket := read_socket(text)) is not None]

    def last_serial(self) -> int:
        """Return the highest serial that was ever in the file, 0 when there was none.

        raises SpoolError.
        """
        if not self._file.exists():
            return 0
        with as_spool_errors(self._path):
            self._opened()
            ((mark,),) = self._read("SELECT serial FROM mark")
            ((serial,),) = self._read(
                "SELECT max(serial) FROM letters WHERE typeof(serial) = 'integer' AND serial BETWEEN 0 AND ?", LARGEST
            )
            return max(int(mark), int(serial or 0))

    def _read(self, query: str, *parameters: object) -> Sequence[tuple[Any, ...]]:
        """Read all rows at once: a query that is not at its end would hold the log."""
        assert self._connection is not None
        with self._space.writing, closing(self._connection.execute(query, parameters)) as rows:
            return rows.fetchall()

    def _set_aside(self, connection: "sqlite3.Connection", damaged: Mapping[int, str]) -> None:
        """Move damaged rows to the table `set_aside`, each with the reason."""
        if not damaged:
            return

        import sqlite3

        what = reason_in_short(damaged)
        try:
            self._space.write(connection, partial(move_rows, connection, damaged))
        except sqlite3.Error as error:
            _log.error("spool %s: not delivered, and not set aside yet (%s): %s", self._path, error, what)
            return
        self.set_aside += len(damaged)
        _log.error("spool %s: set aside in its table set_aside: %s", self._path, what)

    def checkpoint(self) -> None:
        """Bring what was written to the disk. May run in another thread than `add` and `remove`.

        raises SpoolError.
        """
        if self._connection is None:
            return
        import sqlite3  # on first use, as everywhere here: most runs have no spool

        with as_spool_errors(self._path), self._space.refreshed():
            self._check_place()
            if self._has_new_data or self._space.is_held:
                self._has_new_data = self._space.is_held = False
                with closing(sqlite3.connect(self._path, timeout=0)) as connection:
                    is_held = self._wal.checkpoint(connection, self._descriptor)
                if self._wal.is_blocked:
                    self._has_new_data = True  # the next checkpoint tries again, whether more is written or not
                if is_held:
                    raise held_error(self._path)

    def _check_place(self) -> None:
        """Find out that the file was removed or replaced: SQLite goes on with a file that cannot be opened again."""
        with suppress(FileNotFoundError):
            if os.path.samestat(self._path.stat(), os.fstat(self._descriptor)):
                return
        why = "the file was removed or replaced while evtui uses it: what waits is lost when evtui ends; start it again"
        raise SpoolError(str(self._path), why)

    def close(self) -> None:
        """Close the file and release its lock."""
        with suppress(SpoolError):  # `remove` has raised it before
            self.remove(())
        self._release()

    def _locked(self) -> None:
        if self._lock < 0:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = take_lock(self._path)

    def _opened(self) -> "sqlite3.Connection":
        if self._connection is not None:
            return self._connection
        self._locked()
        try:
            self._file.create()
            self._connection = connection = self._space.connect(self._file.connect)
            # Closed after the connection: closing any descriptor of the file drops the locks that SQLite has on it.
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            self._check(connection)
        except BaseException:
            self._release()
            raise
        return connection

    def _check(self, connection: "sqlite3.Connection") -> None:
        """Set aside what belongs to no destination, before a new one may get its number."""
        ((self.set_aside,),) = self._read("SELECT count(*) FROM set_aside")
        numbers = [
            number
            for number, socket, source in self._read("SELECT id, socket, source FROM destinations")
            if read_socket(socket) is not None and isinstance(source, bytes)
        ]
        known = ",".join(map(str, numbers))
        lost = self._read(f"SELECT key FROM letters WHERE destination NOT IN ({known})")  # noqa: S608 - numbers
        far = self._read("SELECT key FROM letters WHERE key NOT BETWEEN 1 AND ?", LARGEST)
        why = dict.fromkeys((key for (key,) in lost), "its destination is gone or damaged")
        self._set_aside(connection, why | {key: f"its key is {key}" for (key,) in far})

    def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._space.close()
        for descriptor in (self._descriptor, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._lock = -1

    def _destination(self, connection: "sqlite3.Connection", socket: str, source: str) -> int:
        known = self._ids.get(socket)
        if known is not None and known[1] == source:
            return known[0]
        (number,) = connection.execute(
            "INSERT INTO destinations (socket, source) VALUES (?, ?)"
            " ON CONFLICT (socket) DO UPDATE SET source = excluded.source RETURNING id",
            (encoded(socket), encoded(source)),
        ).fetchone()
        self._ids[socket] = int(number), source
        return int(number)
