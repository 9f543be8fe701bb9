"""The durable spool: notifications that wait, in an SQLite file (WAL), for a restart or after a `kill -9`.

A notification is in the file when `add` returns: written to the system, which keeps it when the process dies.
`checkpoint`,
called now and then in a thread, also brings it to the disk, so that a power failure costs at most what came since.
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
from evtui.storage.disk_reserve import Reserve
from evtui.storage.disk_space import RESERVE, Room
from evtui.storage.file_lock import take_lock

if TYPE_CHECKING:
    import sqlite3

WAL_PAGES: Final = 100_000
"""Pages after which a write moves the log into the file itself, should nobody call `checkpoint`."""

STEP: Final = 25
"""Notifications removed at once: what that writes has to fit into the reserve."""

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
    """A spool in one file; the file is made, and a lock taken on it, when the first letter comes or it exists."""

    def __init__(self, path: Path, *, reserve: int = RESERVE) -> None:
        self._path = path
        self._lock = -1
        self._connection: sqlite3.Connection | None = None
        self._ids: dict[str, tuple[int, str]] = {}
        self._written = False
        self._room = Room(path, Reserve(path.with_name(f"{path.name}.reserve"), reserve))
        self._owed: list[int] = []
        """Notifications that came to their end, but could not be removed yet."""

    @property
    def path(self) -> Path:
        """Say where it is."""
        return self._path

    def add(self, socket: Socket, source: str, notification: Notification) -> int:
        """Keep a notification for a destination; returns its key, larger than all before.

        raises SpoolError.
        """
        with self._telling():
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

            key = self._room.write(connection, insert)
            self._written = True
            return key

    def remove(self, keys: Sequence[int]) -> None:
        """Forget notifications that came to their end: they are not loaded any more, whether or not it can be written
        now.

        What could not be is tried again with every later removal. raises SpoolError: it cannot; said once until it can.
        """
        known, self._owed = bool(self._owed), [*self._owed, *keys]
        if not self._owed:
            return
        try:
            with self._telling():
                connection = self._opened()
                while self._owed:
                    self._room.write(
                        connection, partial(self._remove_some, connection, self._owed[:STEP]), reserved=True
                    )
                    del self._owed[:STEP]
        except SpoolError:
            if not known:
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
            if connection.in_transaction:  # else what is added from now on would never be written
                connection.execute("ROLLBACK")
        self._written = True

    def load(self, socket: Socket) -> Sequence[tuple[int, Notification]]:
        """Return what waits for a destination with its keys, oldest first.

        raises SpoolError.
        """
        if not self._exists():
            return ()
        with self._telling():
            rows = self._opened().execute(
                "SELECT key, serial, head, payload FROM letters"
                " WHERE destination = (SELECT id FROM destinations WHERE socket = ?) ORDER BY key",
                (_bytes(str(socket)),),
            )
            owed = set(self._owed)
            return [
                (key, _notification(serial, json.loads(head), payload))
                for key, serial, head, payload in rows
                if key not in owed
            ]

    def destinations(self) -> Sequence[tuple[Socket, str]]:
        """List the destinations that something waits for, each with its source, in the order they were first used.

        raises SpoolError.
        """
        if not self._exists():
            return ()
        with self._telling():
            rows = self._opened().execute(
                "SELECT socket, source FROM destinations WHERE EXISTS"
                " (SELECT 1 FROM letters WHERE destination = destinations.id) ORDER BY id"
            )
            return [(_socket(socket), os.fsdecode(source)) for socket, source in rows]

    def last_serial(self) -> int:
        """Return the highest serial there ever was in it, 0 when there was none.

        raises SpoolError.
        """
        if not self._exists():
            return 0
        with self._telling():
            (serial,) = (
                self._opened()
                .execute("SELECT max((SELECT serial FROM mark), coalesce((SELECT max(serial) FROM letters), 0))")
                .fetchone()
            )
            return int(serial)

    def checkpoint(self) -> None:
        """Bring what was written to the disk; for a thread, beside `add` and `remove` in theirs.

        raises SpoolError.
        """
        if self._connection is None:
            return
        import sqlite3  # on first use, as everywhere here: most runs spool nothing

        with self._telling(), self._room.refreshed():
            if self._written:
                self._written = False
                with closing(sqlite3.connect(self._path, timeout=0)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close the file and let go of the lock."""
        with suppress(SpoolError):  # said already
            self.remove(())
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._let_go()

    def _exists(self) -> bool:
        return self._connection is not None or self._path.exists()

    def _opened(self) -> "sqlite3.Connection":
        if self._connection is not None:
            return self._connection
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = take_lock(self._path)
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
            self._connection = connection = self._room.connect(self._connect)
        finally:
            if self._connection is None:
                self._let_go()
        return connection

    def _let_go(self) -> None:
        self._room.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _connect(self) -> "sqlite3.Connection":
        import sqlite3

        connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in {0, _VERSION}:
            connection.close()
            raise SpoolError(str(self._path), f"it is of version {version}, this evtui knows {_VERSION}")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        return connection

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
    def _telling(self) -> Generator[None]:
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
