"""Opens the SQLite file of a spool, whatever happened to it since: empty, damaged in parts, or no database any more.

What is found is reported in `findings` and in the log. A damaged file is kept under another name, and what can still be
read of it is in the new one.
"""

import logging
import os
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evtui.core.errors import SpoolError
from evtui.core.ports import Clock
from evtui.storage.spool_rescue import finish_rescue, rescue, rescued
from evtui.storage.spool_rows import LARGEST, SCHEMA, VERSION, any_text
from evtui.storage.wal_scan import WalScan, scan_wal

if TYPE_CHECKING:
    import sqlite3

_TABLES: Final = ("destinations", "letters", "mark")
_FAR_VERSION: Final = 1000
"""No release will have so many versions of the file: a larger number is damage."""

_log = logging.getLogger(__name__)


class SpoolFile:
    """One file, its write-ahead log, and what was found wrong with them."""

    def __init__(self, path: Path, wall: Clock) -> None:
        self._path = path
        self._wall = wall
        self.findings: list[str] = []
        self._is_new = False

    def exists(self) -> bool:
        """Say whether there is a file, also one that was read out of a damaged one and has not its name yet."""
        return self._path.exists() or rescued(self._path).exists()

    def create(self) -> None:
        """Make the file if there is none.

        raises OSError, SpoolError: there is something else.
        """
        if self._path.exists() and not self._path.is_file():
            raise SpoolError(str(self._path), "the path exists and is not a file: name another one")
        if not self._path.exists() or rescued(self._path).exists():
            damaged = self._free_name(self._path)
            if finish_rescue(self._path, damaged):
                self._find(f"the file was damaged: renamed to {damaged}; what could be read of it waits")
        if not self._path.exists():
            flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
            os.close(os.open(self._path, flags, 0o600))
            self._is_new = True

    def connect(self) -> "sqlite3.Connection":
        """Open the file, which exists; mend it if it is damaged.

        raises sqlite3.Error, OSError, SpoolError: a later release wrote it.
        """
        import sqlite3  # on first use, as everywhere here: most runs have no spool

        log = self._looked_at_log()
        try:
            connection = _open(self._path)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if not _is_damage(error):
                raise
            return self._rescued(str(error))
        try:
            why = self._why_damaged(connection, log)
            if why is None:
                self._prepare(connection)
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
        return self._rescued(why)

    def _looked_at_log(self) -> WalScan:
        """Look at the log before SQLite opens it, and drops what it does not understand."""
        log_path, index = _beside(self._path, "-wal"), _beside(self._path, "-shm")
        log, is_empty = scan_wal(log_path, index), self._path.stat().st_size == 0
        if log.state == "damaged" or (is_empty and log.state == "whole"):
            self._copy_of(log_path)
            self._find(
                "the file is empty, though its log is not: what waited is lost"
                if is_empty
                else "its log cannot be read: what was added or removed since the last checkpoint is lost"
            )
        elif is_empty and not self._is_new:
            self._find("the file is empty: nothing waited, or what waited is lost")
        elif log.state == "none" and index.exists():
            self._find("its log is gone: what was added or removed since the last checkpoint is lost")
        return log

    def _why_damaged(self, connection: "sqlite3.Connection", log: WalScan) -> str | None:
        """Say why the content cannot be used as it is; None when it can."""
        import sqlite3

        try:
            self._check_log(connection, log)
            if (why := self._check_version(connection)) is not None:
                return why
            (first,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if first != "ok":
                return str(first).replace("\n", " ")
            if _version(connection) == VERSION:
                for table in sorted(set(_TABLES) - _tables(connection)):
                    self._find(f"its table {table} is missing: what was in it is lost")
            connection.executescript(SCHEMA)
            for table in (*_TABLES, "sqlite_sequence"):
                if _columns(connection, table) != _own_columns()[table]:
                    return f"the definition of its table {table} is not that of evtui"
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if not _is_damage(error) and "no such column" not in str(error):
                raise
            return str(error)
        return None

    def _check_log(self, connection: "sqlite3.Connection", log: WalScan) -> None:
        """Tell what SQLite dropped of the log."""
        frames = _frames_of_log(connection)
        if frames is not None and log.is_cut_behind(frames):
            self._copy_of(_beside(self._path, "-wal"))
            self._find(f"its log is damaged: what was added or removed behind its part {frames:,} is lost")

    def _check_version(self, connection: "sqlite3.Connection") -> str | None:
        version = _version(connection)
        if VERSION < version < _FAR_VERSION:
            why = f"the file has format version {version}, this evtui reads version {VERSION}"
            raise SpoolError(str(self._path), why)
        if version == 0 and (others := _tables(connection) - {*_TABLES, "set_aside", "sqlite_sequence"}):
            why = f"it is the database of another program: it has the table {min(others)}"
            raise SpoolError(str(self._path), why)
        return None if version in {0, VERSION} else f"its format version is {version}"

    def _prepare(self, connection: "sqlite3.Connection") -> None:
        connection.executescript(SCHEMA)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        (last,) = connection.execute("SELECT max(serial) FROM mark WHERE typeof(serial) = 'integer'").fetchone()
        if last is None or not 0 <= last <= LARGEST:
            self._find(f"its last serial is {last!r}: the serials of an earlier run may come again")
            connection.execute("INSERT OR REPLACE INTO mark VALUES (1, 0)")
        # A key that large leaves no room for another: SQLite would say that the disk is full.
        connection.execute(
            "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(key), 0) FROM letters WHERE key <= :largest)"
            " WHERE name = 'letters' AND (typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND :largest)",
            {"largest": LARGEST},
        )

    def _rescued(self, why: str) -> "sqlite3.Connection":
        damaged = self._free_name(self._path)
        kept = rescue(self._path, damaged, _new)
        self._find(f"the file is damaged ({why}): renamed to {damaged}; {kept:,} notifications could be read and wait")
        connection = _open(self._path)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _copy_of(self, path: Path) -> None:
        """Keep a copy of a file that SQLite is about to overwrite, if there is space."""
        import shutil

        with suppress(OSError):
            copy = self._free_name(path)
            descriptor = os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as target, path.open("rb") as source:
                shutil.copyfileobj(source, target)
            self._find(f"a copy of its damaged log is {copy}")

    def _free_name(self, path: Path) -> Path:
        stamp = datetime.fromtimestamp(self._wall(), UTC).strftime("%Y%m%dT%H%M%SZ")
        name = path.with_name(f"{path.name}.damaged-{stamp}")
        number = 1
        while name.exists():
            number += 1
            name = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
        return name

    def _find(self, what: str) -> None:
        self.findings.append(f"spool {self._path}: {what}")
        _log.error("%s", self.findings[-1])


def _open(path: Path) -> "sqlite3.Connection":
    import sqlite3

    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    connection.text_factory = any_text
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # see `WalBound`
    except BaseException:
        connection.close()
        raise
    return connection


def _new(path: Path) -> "sqlite3.Connection":
    connection = _open(path)
    connection.executescript(SCHEMA)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    return connection


def _version(connection: "sqlite3.Connection") -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _tables(connection: "sqlite3.Connection") -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _columns(connection: "sqlite3.Connection", table: str) -> tuple[tuple[Any, ...], ...]:
    """Return name, type and part in the key of each column; of SQLite's own table the text that defines it."""
    if table == "sqlite_sequence":
        return tuple(connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchall())
    found = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return tuple((name, kind, part) for _, name, kind, _, _, part in found)


@cache
def _own_columns() -> Mapping[str, tuple[tuple[Any, ...], ...]]:
    """Return the columns that evtui gives to its tables."""
    import sqlite3

    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        return {table: _columns(connection, table) for table in (*_TABLES, "sqlite_sequence")}


def _frames_of_log(connection: "sqlite3.Connection") -> int | None:
    """Return how many frames of the log SQLite took; None when another connection prevents to ask."""
    _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return None if frames < 0 else int(frames)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}{ending}")


def _is_damage(error: Exception) -> bool:
    """Say whether an error means damage: also one whose text repeats a damaged part that is not UTF-8."""
    import sqlite3

    return isinstance(error, UnicodeDecodeError) or (getattr(error, "sqlite_errorcode", 0) & 0xFF) in {
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CORRUPT,
    }
