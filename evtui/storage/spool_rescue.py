"""Reads what can still be read of a damaged spool into a new file.

The new file is complete under another name before the damaged one loses its name. A kill at any moment leaves the
damaged file where it was, or a complete new file for `finish_rescue`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from evtui.storage.spool_rows import LARGEST, any_text

if TYPE_CHECKING:
    import sqlite3

PROBES: Final = 5_000
"""Keys that are asked for one by one behind a damaged page; then as many two by two, four by four, and so on."""
MOST_PROBES: Final = 8 * PROBES

NewFile: TypeAlias = "Callable[[Path], sqlite3.Connection]"
"""Makes an empty spool."""

_LETTERS: Final = "key, destination, serial, head, payload"
_SET_ASIDE: Final = "why, key, destination, serial, head, payload, socket, source"


def rescue(path: Path, damaged: Path, new_file: NewFile) -> int:
    """Rename a damaged spool to `damaged` and make a new one of what can be read; returns how many notifications wait.

    raises sqlite3.Error, OSError: the new file cannot be written; the damaged one is where it was.
    """
    draft = path.with_name(f"{path.name}.rescuing")
    for ending in ("", "-wal", "-shm"):
        draft.with_name(draft.name + ending).unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    with closing(new_file(draft)) as new:
        new.execute("BEGIN")
        count = _copy(path, new)
        new.execute("COMMIT")
    draft.replace(rescued(path))
    _exchange(path, damaged)
    return count


def rescued(path: Path) -> Path:
    """Return where the new file is until it gets its name."""
    return path.with_name(f"{path.name}.rescued")


def finish_rescue(path: Path, damaged: Path) -> bool:
    """Give the new file its name, when evtui was killed before it could; say whether there was one."""
    if not rescued(path).exists():
        return False
    _exchange(path, damaged)
    return True


def _exchange(path: Path, damaged: Path) -> None:
    # The log keeps its place beside the damaged file, so that other programs can still look at both.
    for ending in ("-wal", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).replace(damaged.with_name(damaged.name + ending))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    rescued(path).replace(path)


def _copy(path: Path, new: "sqlite3.Connection") -> int:
    import sqlite3

    count = 0
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as old:
        old.text_factory = any_text
        with suppress(sqlite3.DatabaseError, UnicodeDecodeError):
            old.execute("PRAGMA writable_schema = ON")  # then one damaged table or index does not hide the others
        for row in _rows(old, "destinations", "id, socket, source"):
            _insert(new, "destinations (id, socket, source)", row)
        for row in _rows(old, "letters", _LETTERS):
            count += _insert(new, f"letters ({_LETTERS})", row)
        for row in _rows(old, "set_aside", f"id, {_SET_ASIDE}"):
            _insert(new, f"set_aside ({_SET_ASIDE})", row[1:])
        for row in _rows(old, "mark", "id, serial"):
            if isinstance(row[1], int):
                new.execute("UPDATE mark SET serial = max(serial, ?) WHERE id = 1", row[1:])
    return count


def _insert(new: "sqlite3.Connection", table: str, row: tuple[Any, ...]) -> int:
    """Write a row; returns 0 when it breaks a rule of the table, so that it was damaged."""
    import sqlite3

    places = ", ".join("?" * len(row))
    try:
        return new.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", row).rowcount  # noqa: S608 - own names
    except (sqlite3.IntegrityError, sqlite3.InterfaceError, OverflowError):
        return 0


def _rows(old: "sqlite3.Connection", table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Walk a table by its key, the first column; over a damaged page key by key.

    The columns are read by their places: a damaged definition may give them other names, or no key.

    raises sqlite3.Error: the file cannot be read, for another reason than damage.
    """
    import sqlite3

    select = f"SELECT rowid, * FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid"  # noqa: S608 - own names
    at, last = -1, _last_key(old, table)
    width = columns.count(",") + 2
    if not _is_there(old, table):
        return
    for probe in range(MOST_PROBES):
        try:
            with closing(old.execute(select, (at,))) as cursor:
                for key, *row in cursor:
                    if at < key <= last and len(row) + 1 == width:  # a damaged page may show any number
                        yield (key, *row[1:])
                        at = key
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_ERROR:  # what defines the table makes no sense
                return
            if code not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR}:
                raise
            at += 1 << probe // PROBES
        else:
            return
        if at > last:
            return


def _is_there(old: "sqlite3.Connection", table: str) -> bool:
    """Say whether there is such a table, and what defines it can be read."""
    import sqlite3

    try:
        old.execute(f"SELECT * FROM {table} LIMIT 0").fetchall()  # noqa: S608 - own names
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return False
    return True


def _last_key(old: "sqlite3.Connection", table: str) -> int:
    """Return the largest key that a table has or had, as far as the file still tells."""
    import sqlite3

    found: list[int] = []
    for query in (
        f"SELECT max(seq) FROM sqlite_sequence WHERE name = '{table}'",  # noqa: S608 - own names
        f"SELECT max(rowid) FROM {table} NOT INDEXED",  # noqa: S608
    ):
        with suppress(sqlite3.DatabaseError, UnicodeDecodeError):
            (last,) = old.execute(query).fetchone()
            if isinstance(last, int) and 0 <= last <= LARGEST:
                found.append(last)
    return max(found, default=LARGEST)
