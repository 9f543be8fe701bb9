"""The durable spool: notifications that wait, in an SQLite file (WAL), for a restart or after a `kill -9`.

When `add` returns, the notification is written to the operating system, which keeps it when the process dies.
`checkpoint`, called regularly in a thread, also brings it to the disk: a power failure loses at most what was added
since the last call.
"""

import json
import os
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evtui.core.errors import SpoolError
from evtui.core.transport import Notification
from evtui.core.values import Params, Socket
from evtui.storage.disk_reserve import DiskReserve
from evtui.storage.disk_space import RESERVE, DiskSpace
from evtui.storage.file_lock import take_lock

if TYPE_CHECKING:
    import sqlite3

WAL_PAGES: Final = 100_000
"""Pages of the write-ahead log after which a write does a checkpoint itself, when `checkpoint` was not called."""

REMOVE_BATCH: Final = 25
"""Notifications removed in one transaction: what it writes has to fit into the reserve."""

# Version 1 of the file calls the notifications "letters": a file of an earlier release has this table.
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS destinations (id INTEGER PRIMARY KEY, socket BLOB NOT NULL UNIQUE, source BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS letters (
    key INTEGER PRIMARY KEY AUTOINCREMENT, destination INTEGER NOT NULL, serial INTEGER NOT NULL,
    head TEXT NOT NULL, payload BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), serial INTEGER NOT NULL);
INSERT OR IGNORE INTO mark VALUES (1, 0);
CREATE INDEX IF NOT EXISTS by_destination ON letters (destination, key);
"""
_VERSION: Final = 1


class SqliteSpool:
    """A spool in one file. The file is opened and locked at its first use; reading does not create it, `add` does."""

    def __init__(self, path: Path, *, reserve: int = RESERVE) -> None:
        self._path = path
        self._lock = -1
        self._connection: sqlite3.Connection | None = None
        self._ids: dict[str, tuple[int, str]] = {}
        self._has_new_data = False
        self._space = DiskSpace(path, DiskReserve(path.with_name(f"{path.name}.reserve"), reserve))
        self._unremoved: list[int] = []
        """Keys of settled notifications that could not be removed yet."""

    @property
    def path(self) -> Path:
        """Return the path of the file."""
        return self._path

    def add(self, socket: Socket, source: str, notification: Notification) -> int:
        """Write a notification for a destination; returns its key, which is larger than all before.

        `source` as `Target.source`. raises SpoolError.
        """
        with self._translating_errors():
            connection = self._opened()
            head = json.dumps(
                [
                    notification.origin,
                    notification.at,
                    notification.event,
                    notification.params.values,
                    notification.params.names,
                ]
            )

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
            with self._translating_errors():
                connection = self._opened()
                while self._unremoved:
                    self._space.write(
                        connection,
                        partial(self._remove_some, connection, self._unremoved[:REMOVE_BATCH]),
                        reserved=True,
                    )
                    del self._unremoved[:REMOVE_BATCH]
        except SpoolError:
            if not failed_before:
                raise

    def _remove_some(self, connection: "sqlite3.Connection", keys: Sequence[int]) -> None:
        try:
            connection.execute("BEGIN")
            connection.execute(  # the largest key has the largest serial
                "UPDATE mark SET serial = max(serial, coalesce((SELECT serial FROM letters WHERE key = ?), 0))",
                (max(keys),),
            )
            connection.executemany("DELETE FROM letters WHERE key = ?", ((key,) for key in keys))
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:  # otherwise later additions would join it and never be committed
                connection.execute("ROLLBACK")
        self._has_new_data = True

    def load(self, socket: Socket) -> Sequence[tuple[int, Notification]]:
        """Return the notifications that wait for a destination, each with its key, oldest first.

        raises SpoolError.
        """
        if not self._exists():
            return ()
        with self._translating_errors():
            rows = self._opened().execute(
                "SELECT key, serial, head, payload FROM letters"
                " WHERE destination = (SELECT id FROM destinations WHERE socket = ?) ORDER BY key",
                (_bytes(str(socket)),),
            )
            removed = set(self._unremoved)
            return [
                (key, _notification(serial, json.loads(head), payload))
                for key, serial, head, payload in rows
                if key not in removed
            ]

    def destinations(self) -> Sequence[tuple[Socket, str]]:
        """List the destinations of the notifications that wait, each with its source, in the order of their first use.

        raises SpoolError.
        """
        if not self._exists():
            return ()
        with self._translating_errors():
            rows = self._opened().execute(
                "SELECT socket, source FROM destinations WHERE EXISTS"
                " (SELECT 1 FROM letters WHERE destination = destinations.id) ORDER BY id"
            )
            return [(_socket(socket), os.fsdecode(source)) for socket, source in rows]

    def last_serial(self) -> int:
        """Return the highest serial that was ever in the file, 0 when there was none.

        raises SpoolError.
        """
        if not self._exists():
            return 0
        with self._translating_errors():
            (serial,) = (
                self._opened()
                .execute("SELECT max((SELECT serial FROM mark), coalesce((SELECT max(serial) FROM letters), 0))")
                .fetchone()
            )
            return int(serial)

    def checkpoint(self) -> None:
        """Bring what was written to the disk. May run in another thread than `add` and `remove`.

        raises SpoolError.
        """
        if self._connection is None:
            return
        import sqlite3  # on first use, as everywhere here: most runs have no spool

        with self._translating_errors(), self._space.refreshed():
            if self._has_new_data:
                self._has_new_data = False
                with closing(sqlite3.connect(self._path, timeout=0)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close the file and release its lock."""
        with suppress(SpoolError):  # `remove` has raised it before
            self.remove(())
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._release()

    def _exists(self) -> bool:
        return self._connection is not None or self._path.exists()

    def _opened(self) -> "sqlite3.Connection":
        if self._connection is not None:
            return self._connection
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = take_lock(self._path)
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
            self._connection = connection = self._space.connect(self._connect)
        finally:
            if self._connection is None:
                self._release()
        return connection

    def _release(self) -> None:
        self._space.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _connect(self) -> "sqlite3.Connection":
        import sqlite3

        connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: "sqlite3.Connection") -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in {0, _VERSION}:
            raise SpoolError(
                str(self._path), f"the file has format version {version}, this evtui reads version {_VERSION}"
            )
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_VERSION}")

    def _destination(self, connection: "sqlite3.Connection", socket: str, source: str) -> int:
        known = self._ids.get(socket)
        if known is not None and known[1] == source:
            return known[0]
        (number,) = connection.execute(
            "INSERT INTO destinations (socket, source) VALUES (?, ?)"
            " ON CONFLICT (socket) DO UPDATE SET source = excluded.source RETURNING id",
            (_bytes(socket), _bytes(source)),
        ).fetchone()
        self._ids[socket] = int(number), source
        return int(number)

    @contextmanager
    def _translating_errors(self) -> Generator[None]:
        import sqlite3

        try:
            yield
        except sqlite3.Error as error:
            raise SpoolError(str(self._path), str(error)) from error
        except OSError as error:
            raise SpoolError(str(self._path), error.strerror or str(error)) from error


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _socket(text: bytes) -> Socket:
    scheme, _, address = os.fsdecode(text).partition(":")
    return Socket(scheme, address)


def _notification(serial: int, head: list[Any], payload: bytes) -> Notification:
    origin, at, event, values, names = head
    return Notification(origin, serial, at, event, Params(tuple(values), tuple(names)), payload)
