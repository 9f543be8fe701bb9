"""The table `set_aside` of the spool: rows that were found damaged, with what is still in them."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def move_rows(connection: "sqlite3.Connection", damaged: Mapping[int, str]) -> None:
    """Move the rows of these keys to the table, each with the reason.

    raises sqlite3.Error: nothing has changed.
    """
    with transaction(connection):
        for key, why in damaged.items():
            connection.execute(
                "INSERT INTO set_aside (why, key, destination, serial, head, payload, socket, source)"
                " SELECT ?, key, destination, serial, head, payload, socket, source"
                " FROM letters LEFT JOIN destinations ON destination = destinations.id WHERE key = ?",
                (why, key),
            )
            connection.execute("DELETE FROM letters WHERE key = ?", (key,))


def reason_in_short(damaged: Mapping[int, str]) -> str:
    """Tell how many rows are damaged, and why the first is."""
    first = next(iter(damaged.values()))
    return (
        f"a damaged notification: {first}" if len(damaged) == 1 else f"{len(damaged):,} damaged ones: {first}, \u2026"
    )


@contextmanager
def transaction(connection: "sqlite3.Connection") -> Generator[None]:
    """Commit at the end of the block, or undo it: what comes later must not join it and never be committed."""
    try:
        connection.execute("BEGIN")
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
