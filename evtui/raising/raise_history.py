"""The raises that were sent, kept across starts: a file of JSON lines in the state directory, newest last.

Several consoles and commands may write it. Each writer takes a lock, appends one line, and cuts the file when it holds
twice as many as are kept. A line that cannot be read is damage: the file is set aside as it is, and a new one is
written of the lines that can be read. Passwords are not written (`redacted`).
"""

import os
import re
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from evtui.codecs.quickline import format_pair, quote_word, written_line
from evtui.core.errors import EvtuiError
from evtui.core.redact import redact_text
from evtui.storage.file_lock import take_lock
from evtui.storage.json_text import escape, unescape
from evtui.storage.private_file import replace_private_file

MAX_ENTRIES: Final = 500
"""Raises that are kept; the oldest are forgotten first."""
MAX_ENTRY: Final = 16 * 1024
"""Bytes of the longest raise that is kept."""
MAX_BYTES: Final = 4 * MAX_ENTRIES * MAX_ENTRY
"""Bytes of the largest file that is read. A larger one was not written by evtui."""

_FILE: Final = "raise-history.jsonl"
_SECRET_NAME: Final = re.compile(r"pass(?:word|wd|phrase)?|secret|token|api_?key|credential|auth", re.IGNORECASE)
_STARS: Final = "***"
_ATTEMPTS: Final = 20
_PAUSE: Final = 0.05
"""Seconds between two attempts to get the lock."""


class HistoryError(EvtuiError):
    """The history cannot be read or written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"history of raises {path}: {why}")
        self.path = path
        self.why = why


class SentRaise(Struct, frozen=True):
    """A raise that was sent: its event and its parameters as a quick line."""

    event: str
    line: str = ""
    at: float = 0.0
    """Wall seconds."""
    redacted: bool = False
    """Whether a password was left out: `***` stands in its place."""


class KeptHistory(Struct, frozen=True):
    """What the file holds, oldest first."""

    raises: tuple[SentRaise, ...] = ()
    damage: str = ""
    """What was found damaged and where it was set aside; empty when nothing was."""


class RaiseHistory:
    """The history in a state directory. Every method blocks."""

    def __init__(self, state: Path) -> None:
        """Take the state directory; it is made when it is needed."""
        self.path = state / _FILE

    def read(self) -> KeptHistory:
        """Read what is kept. A damaged file is set aside first.

        raises HistoryError: the file cannot be read.
        """
        try:
            if not self.path.exists():
                return KeptHistory()
            raw, whole = self._read_bytes()
            kept, bad = _parse(raw)
            if not bad and whole:
                return KeptHistory(kept[-MAX_ENTRIES:])
            with self._locked():
                raw, whole = self._read_bytes()
                kept, bad = _parse(raw)
                return KeptHistory(kept[-MAX_ENTRIES:], self._set_aside(kept, bad) if bad or not whole else "")
        except OSError as error:
            raise HistoryError(self.path, error.strerror or str(error)) from error

    def add(self, sent: SentRaise) -> None:
        """Append a raise, without its passwords. One that is the newest already, or too long, is left out.

        raises HistoryError: the file cannot be written.
        """
        safe = redacted(sent)
        line = msgspec.json.encode(_escaped(safe)) + b"\n"
        if len(line) > MAX_ENTRY:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                self._append(safe, line)
        except OSError as error:
            raise HistoryError(self.path, error.strerror or str(error)) from error

    def _append(self, sent: SentRaise, line: bytes) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            raw = file.read(MAX_BYTES)
            kept, bad = _parse(raw)
            if kept and (kept[-1].event, kept[-1].line) == (sent.event, sent.line) and not bad:
                return
            file.seek(0, os.SEEK_END)
            # A line that a crash cut is ended first: only it is damaged then, and not this one, too.
            file.write(line if raw.endswith(b"\n") or not raw else b"\n" + line)
        if len(kept) >= 2 * MAX_ENTRIES and not bad:
            self._replace([*kept, sent][-MAX_ENTRIES:])

    def _read_bytes(self) -> tuple[bytes, bool]:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
        return raw[:MAX_BYTES], len(raw) <= MAX_BYTES

    def _set_aside(self, kept: Sequence[SentRaise], bad: int) -> str:
        """Keep the damaged file under another name, and write a new one of what could be read."""
        for number in range(1, 1000):
            aside = self.path.with_name(f"{self.path.stem}-damaged-{number}.jsonl")
            try:
                aside.hardlink_to(self.path)
            except FileExistsError:
                continue
            self._replace(kept[-MAX_ENTRIES:])
            return f"{bad:,} lines of the history of raises cannot be read: the file is kept as {aside}"
        raise FileExistsError(17, "there are 999 damaged files already: remove them")

    def _replace(self, kept: Sequence[SentRaise]) -> None:
        replace_private_file(self.path, b"".join(msgspec.json.encode(_escaped(each)) + b"\n" for each in kept))

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Hold the lock of the file. raises OSError: another process holds it for a second."""
        lock = self._take_lock()
        try:
            yield
        finally:
            os.close(lock)

    def _take_lock(self) -> int:
        for _ in range(_ATTEMPTS - 1):
            try:
                return take_lock(self.path)
            except BlockingIOError:
                time.sleep(_PAUSE)
        return take_lock(self.path)


def redacted(sent: SentRaise) -> SentRaise:
    """Return a raise without passwords: values of names such as `password` and `token`, and logins in texts.

    raises BadParamsError: its line cannot be read.
    """
    words: list[str] = []
    is_whole = True
    for pair in written_line(sent.line):
        is_secret = pair.name is not None and _SECRET_NAME.search(pair.name) is not None
        shown = _STARS if is_secret else redact_text(pair.text)
        is_whole = is_whole and shown == pair.text
        words.append(quote_word(*(pair.parts() if shown == pair.text else format_pair(pair.name, shown))))
    return sent if is_whole else SentRaise(sent.event, " ".join(words), sent.at, redacted=True)


def _parse(raw: bytes) -> tuple[tuple[SentRaise, ...], int]:
    """Read the lines; returns the raises, and how many lines cannot be read."""
    kept: list[SentRaise] = []
    bad = 0
    for line in raw.splitlines():
        try:
            kept.append(_unescaped(msgspec.json.decode(line, type=SentRaise)))
        except (msgspec.DecodeError, UnicodeError):
            bad += 1
    return tuple(kept), bad


def _escaped(sent: SentRaise) -> SentRaise:
    """Write the texts so that JSON can hold them: they may hold bytes that are not UTF-8."""
    return replace(sent, event=escape(sent.event), line=escape(sent.line))


def _unescaped(sent: SentRaise) -> SentRaise:
    return replace(sent, event=unescape(sent.event), line=unescape(sent.line))
