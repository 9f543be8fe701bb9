"""The state file: all saved subscriptions, in JSON. Each writing replaces the whole file; its journal has what changed
since.

The member names in the file are those of version 1 and do not change: `orders` are the saved subscriptions.
"""

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from evtui.core.errors import EvtuiError
from evtui.core.transport import SavedSubscription
from evtui.storage.json_text import escaped_subscription, unescaped_subscription
from evtui.storage.private_file import replace_private_file
from evtui.storage.state_journal import KeptChanges, Moment, journal_path, read_journal

_VERSION: Final = 1

_log = logging.getLogger(__name__)


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
        msgspec.json.encode(_File(_VERSION, wall, tuple(map(escaped_subscription, subscriptions)))), indent=1
    )
    try:
        replace_private_file(path, text)
    except OSError as error:
        raise StateError(path, error.strerror or str(error)) from error


def read_state(path: Path, wall: float, monotonic: float = -math.inf) -> Sequence[SavedSubscription]:
    """Read the subscriptions, each with the seconds it has left now; blocks. `monotonic` left out: only `wall` tells.

    Expired ones are left out; a file that does not exist has none. raises StateError.
    """
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
        journal = read_journal(path, file.saved, Moment(wall, monotonic))
        saved = list(map(unescaped_subscription, file.orders))
    except FileNotFoundError:
        if journal_path(path).exists():
            _log.warning("state %s: the file is gone: nothing is subscribed again, its journal alone is not used", path)
        return ()
    except OSError as error:
        raise StateError(path, error.strerror or str(error)) from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise StateError(path, f"it is not a state file: {error}") from error
    if file.version != _VERSION:
        raise StateError(path, f"the file has format version {file.version}, this evtui reads version {_VERSION}")
    passed = max(0.0, wall - file.saved) if journal.passed is None else journal.passed
    return [each for each in _merged(saved, passed, journal) if each.left is None or each.left > 0]


def _merged(saved: Sequence[SavedSubscription], passed: float, journal: KeptChanges) -> Sequence[SavedSubscription]:
    """Apply the changes in their order; a subscription that was only refreshed keeps its place."""
    kept = {(each.event, each.source, each.is_wildcard): _aged(each, passed) for each in saved}
    for since, change in journal.changes:
        key = change.event, change.source, change.is_wildcard
        if change.saved is None:
            kept.pop(key, None)
        else:
            kept[key] = _aged(change.saved, since)
    return list(kept.values())


def _aged(saved: SavedSubscription, passed: float) -> SavedSubscription:
    return saved if saved.left is None else replace(saved, left=saved.left - passed)
