"""The journal of a state file: what changed since the whole file was written, a line for each change.

The first line says which writing of the state file it follows and when that was. A journal of an older writing counts
for nothing: what it says is in the file. A change that is in the journal survives `kill -9`, and a power failure once
`append` has returned.
"""

import logging
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct, field

from evtui.core.transport import SavedSubscription, SubscriptionChange
from evtui.storage.json_text import escape, escaped_subscription, unescape, unescaped_subscription

_VERSION: Final = 1
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

_log = logging.getLogger(__name__)


class Moment(NamedTuple):
    """A moment on both clocks. `monotonic` counts between two processes if the machine was not started between."""

    wall: float
    monotonic: float


class _Header(Struct, frozen=True):
    version: int
    saved: float
    """Wall seconds of the state file, as they stand in it."""
    monotonic: float
    """Monotonic seconds of the same moment."""
    boot: str
    """Names the start of the machine that `monotonic` counts from; empty when it is not known."""


class _Line(Struct, frozen=True, omit_defaults=True):
    after: float
    """Seconds between the writing of the state file and this change."""
    event: str
    source: str
    is_wildcard: bool = field(default=False, name="standing")
    saved: SavedSubscription | None = None


class KeptChanges(NamedTuple):
    """What a journal says: the changes, and the seconds that passed since its state file was written."""

    changes: Sequence[tuple[float, SubscriptionChange]]
    """Each with the seconds that have passed since."""
    passed: float | None
    """None when only wall time tells: there is no journal, or the machine was started since."""


class StateJournal:
    """Writes the journal of a state file. Every method blocks and may raise OSError."""

    def __init__(self, state: Path) -> None:
        self._path = journal_path(state)
        self._base = Moment(0.0, 0.0)
        self._size = 0
        self.lines = 0
        """Changes that it holds."""

    def start(self, base: Moment) -> None:
        """Begin an empty journal for a state file that was written at `base`."""
        draft = self._path.with_name(f"{self._path.name}.new")
        header = _line(_Header(_VERSION, base.wall, base.monotonic, _boot()))
        with _opened(draft, os.O_CREAT | os.O_TRUNC) as file:
            _write(file, header)
            os.fsync(file)
        draft.replace(self._path)
        self._base, self._size, self.lines = base, len(header), 0

    def append(self, changes: Sequence[SubscriptionChange], monotonic: float, *, sync: bool = True) -> None:
        """Append changes that are described as of now, in monotonic seconds; with `sync` bring them to the disk."""
        after = monotonic - self._base.monotonic
        text = b"".join(_line(_escaped(change, after)) for change in changes)
        with _opened(self._path, os.O_APPEND) as file:
            try:
                _write(file, text)
                if sync:
                    os.fsync(file)
            except OSError:
                os.ftruncate(file, self._size)  # what comes next must not join half a line
                raise
        self._size += len(text)
        self.lines += len(changes)


def journal_path(state: Path) -> Path:
    """Return where the journal of a state file is."""
    return state.with_name(f"{state.name}.journal")


def read_journal(state: Path, saved: float, now: Moment) -> KeptChanges:
    """Read the changes since the state file was written at `saved`, in its wall seconds; blocks.

    A torn last line and lines that cannot be read are ignored and logged. raises OSError.
    """
    path = journal_path(state)
    try:
        header_line, *lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return KeptChanges((), None)
    try:
        header = msgspec.json.decode(header_line, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _log.error("%s: it is not a journal of a state file: its changes are lost: %s", path, error)
        return KeptChanges((), None)
    if header.version != _VERSION or header.saved != saved:
        _log.info("%s: it is older than the state file: ignored", path)
        return KeptChanges((), None)
    is_same_boot = header.boot == _boot() != "" and header.monotonic <= now.monotonic
    passed = now.monotonic - header.monotonic if is_same_boot else max(0.0, now.wall - saved)
    changes = [(max(0.0, passed - line.after), _unescaped(line)) for line in _decoded(path, lines)]
    return KeptChanges(changes, passed)


def _decoded(path: Path, lines: Sequence[bytes]) -> Iterator[_Line]:
    for number, line in enumerate(lines, 2):
        if line and number == len(lines) + 1:
            _log.warning("%s: its last line was not written to its end: ignored", path)
        elif line:
            try:
                yield msgspec.json.decode(line, type=_Line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                _log.error("%s: line %d is damaged and ignored: %s", path, number, error)


def _escaped(change: SubscriptionChange, after: float) -> _Line:
    saved = None if change.saved is None else escaped_subscription(change.saved)
    return _Line(after, escape(change.event), escape(change.source), change.is_wildcard, saved)


def _unescaped(line: _Line) -> SubscriptionChange:
    saved = None if line.saved is None else unescaped_subscription(line.saved)
    return SubscriptionChange(unescape(line.event), unescape(line.source), line.is_wildcard, saved)


def _line(value: Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"


@contextmanager
def _opened(path: Path, flags: int) -> Generator[int]:
    file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _write(file: int, text: bytes) -> None:
    rest = memoryview(text)
    while rest:
        rest = rest[os.write(file, rest) :]


def _boot() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:  # not Linux
        return ""
