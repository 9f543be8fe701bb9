"""The rows of the spool: how a notification is written in one, and which rows are damaged."""

import json
from typing import Any, Final, TypeAlias

from evtui.core.errors import BadParamsError
from evtui.core.transport import Notification
from evtui.core.values import Params, Socket

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS destinations (id INTEGER PRIMARY KEY, socket BLOB NOT NULL UNIQUE, source BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS letters (
    key INTEGER PRIMARY KEY AUTOINCREMENT, destination INTEGER NOT NULL, serial INTEGER NOT NULL,
    head TEXT NOT NULL, payload BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), serial INTEGER NOT NULL);
INSERT OR IGNORE INTO mark VALUES (1, 0);
CREATE INDEX IF NOT EXISTS by_destination ON letters (destination, key);
CREATE TABLE IF NOT EXISTS set_aside (
    id INTEGER PRIMARY KEY, why TEXT, key, destination, serial, head, payload, socket, source
);
"""
"""Version 1 of the file calls the notifications "letters": a file of an earlier release has that table."""

VERSION: Final = 1

LARGEST: Final = 2**53
"""The largest serial and key: far beyond what a server can count to, and exact in every JSON reader."""

Row: TypeAlias = tuple[Any, Any, Any, Any]
"""Serial, head as bytes, the SQL type of the head, payload."""

ROW_COLUMNS: Final = "serial, CAST(head AS BLOB), typeof(head), payload"


class DamagedRowError(ValueError):
    """A row that no notification was written in; the text says why."""


def head_of(notification: Notification) -> str:
    """Write what a notification has besides its serial and payload."""
    params = notification.params
    return json.dumps([notification.origin, notification.at, notification.event, params.values, params.names])


def read_row(row: Row) -> Notification:
    """Read a notification.

    raises DamagedRowError.
    """
    serial, head, kind, payload = row
    if not isinstance(serial, int) or not 0 <= serial <= LARGEST:
        raise DamagedRowError(f"its serial is {serial!r:.40}")
    if not isinstance(payload, bytes):
        raise DamagedRowError("its payload is not stored as bytes")
    if kind != "text" or not isinstance(head, bytes):
        raise DamagedRowError("its head is not text")
    try:
        origin, at, event, values, names = json.loads(head.decode())
    except (ValueError, TypeError, RecursionError) as error:
        raise DamagedRowError(f"its head cannot be read: {error}") from None
    if not (isinstance(origin, str) and origin.isascii() and origin.isprintable() and isinstance(event, str)):
        raise DamagedRowError("its head has no origin or event")
    if isinstance(at, bool) or not isinstance(at, int | float) or not abs(at) < LARGEST:
        raise DamagedRowError("its head has no time")
    return Notification(origin, serial, at, event, _params(values, names), payload)


def read_socket(text: object) -> Socket | None:
    """Read the socket of a destination; None when it is damaged."""
    if not isinstance(text, bytes):
        return None
    scheme, colon, address = decoded(text).partition(":")
    return Socket(scheme, address) if colon else None


def any_text(text: bytes) -> str | bytes:
    """Read a text of SQLite; one that is not UTF-8 stays as bytes: it is found damaged, and nothing of it is lost."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text


def encoded(text: str) -> bytes:
    """Write a socket or source, with whatever surrogates it has."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def decoded(text: bytes) -> str:
    """Read a socket or source that `encoded` wrote."""
    try:
        return text.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return text.decode("utf-8", "surrogateescape")


def _params(values: object, names: object) -> Params:
    if not isinstance(values, list) or not isinstance(names, list):
        raise DamagedRowError("its head has no parameters")
    try:
        return Params(tuple(values), tuple(names))  # pyright: ignore[reportUnknownArgumentType] - it checks them
    except BadParamsError as error:
        raise DamagedRowError(f"the parameters in its head: {error.why}") from None
