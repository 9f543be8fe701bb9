"""The state file: the subscriptions there are, written whole and in place of the old one."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from evtui.core.errors import EvtuiError
from evtui.core.transport import SavedSubscription

_VERSION: Final = 1


class StateError(EvtuiError):
    """A state file that cannot be read or written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"state {path}: {why}")
        self.path = path
        self.why = why


class _File(Struct, frozen=True):
    version: int
    saved: float
    """Wall seconds: what an order has left counts from here."""
    orders: tuple[SavedSubscription, ...]


def write_state(path: Path, orders: Sequence[SavedSubscription], wall: float) -> None:
    """Write the orders, to the disk and then in place of the old file. Blocks.

    raises StateError.
    """
    text = msgspec.json.format(msgspec.json.encode(_File(_VERSION, wall, tuple(map(_plain, orders)))), indent=1)
    draft = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except OSError as error:
        raise StateError(path, error.strerror or str(error)) from error


def read_state(path: Path, wall: float) -> Sequence[SavedSubscription]:
    """Read the orders, each with what it has left now; a file that is not there has none. Blocks.

    Orders whose time ran out are left out. raises StateError.
    """
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StateError(path, error.strerror or str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StateError(path, f"it is no state file: {error}") from error
    if file.version != _VERSION:
        raise StateError(path, f"it is of version {file.version}, this evtui knows {_VERSION}")
    passed = max(0.0, wall - file.saved)
    aged = (order if order.left is None else _aged(order, passed) for order in map(_restored, file.orders))
    return [order for order in aged if order.left is None or order.left > 0]


def _aged(order: SavedSubscription, passed: float) -> SavedSubscription:
    return msgspec.structs.replace(order, left=(order.left or 0.0) - passed)


def _plain(order: SavedSubscription) -> SavedSubscription:
    """Write bytes that are not UTF-8 as Latin-1 behind a mark: JSON holds text only."""
    return msgspec.structs.replace(order, event=_marked(order.event), source=_marked(order.source))


def _restored(order: SavedSubscription) -> SavedSubscription:
    return msgspec.structs.replace(order, event=_unmarked(order.event), source=_unmarked(order.source))


_MARK: Final = "\0"


def _marked(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return _MARK + text.encode("utf-8", "surrogateescape").decode("latin-1")
    return text


def _unmarked(text: str) -> str:
    return text[1:].encode("latin-1").decode("utf-8", "surrogateescape") if text.startswith(_MARK) else text
