"""The state file: all saved subscriptions, in JSON. Each writing replaces the whole file.

The member names in the file are those of version 1 and do not change: `orders` are the saved subscriptions.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

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
    """Wall seconds of the writing: `SavedSubscription.left` counts from here."""
    orders: tuple[SavedSubscription, ...]


def write_state(path: Path, subscriptions: Sequence[SavedSubscription], wall: float) -> None:
    """Write the subscriptions to the disk, then replace the old file. `wall` is now, in wall seconds. Blocks.

    raises StateError.
    """
    text = msgspec.json.format(
        msgspec.json.encode(_File(_VERSION, wall, tuple(map(_escaped, subscriptions)))), indent=1
    )
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
    """Read the subscriptions, each with the seconds it has left at `wall`. Blocks.

    Expired ones are left out; a file that does not exist has none. raises StateError.
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
        raise StateError(path, f"the file has format version {file.version}, this evtui reads version {_VERSION}")
    passed = max(0.0, wall - file.saved)
    aged = (_aged(_unescaped(saved), passed) for saved in file.orders)
    return [saved for saved in aged if saved.left is None or saved.left > 0]


def _aged(saved: SavedSubscription, passed: float) -> SavedSubscription:
    return saved if saved.left is None else replace(saved, left=saved.left - passed)


def _escaped(saved: SavedSubscription) -> SavedSubscription:
    return replace(saved, event=_escape(saved.event), source=_escape(saved.source))


def _unescaped(saved: SavedSubscription) -> SavedSubscription:
    return replace(saved, event=_unescape(saved.event), source=_unescape(saved.source))


_MARK: Final = "\0"
"""The first character of an escaped text."""


def _escape(text: str) -> str:
    """Write bytes that are not UTF-8 as Latin-1 behind a mark: JSON holds text only."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _MARK + text.encode("utf-8", "surrogateescape").decode("latin-1")
    return text


def _unescape(text: str) -> str:
    return text[1:].encode("latin-1").decode("utf-8", "surrogateescape") if text.startswith(_MARK) else text
