"""Where the states of a recording are, so that any moment is reached by reading little.

It is made by reading the files once, in a thread, while the recording is shown already. Each line is checked to be JSON
with a type and a time; what cannot be read ends the recording there. The places are at most `MAX_PLACES`, however long
the file is.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from evtui.backends.recording.recorded_bytes import RecordedBytes
from evtui.backends.recording.recorded_lines import Damage, DamagedError, RecordedLine, read_lines
from evtui.backends.recording.recorded_set import PartEnd, RecordedSource
from evtui.codecs.recording.line_json import decode_line
from evtui.codecs.recording.line_records import to_mark
from evtui.codecs.recording.line_types import LineType, MarkLine, tag_of
from evtui.core.errors import BadMessageError
from evtui.core.record_marks import MarksByRecord, apply_mark
from evtui.core.recording_port import Hole

MAX_PLACES: Final = 8192
"""Places that are kept."""

MAX_MARKED: Final = 50_000
"""Marked records that are known; of more marks, those behind are left out."""

_NOT_RECORDS: Final = frozenset(("header", "state", "subscriptions", "plan", "mark", "gap", "end"))


class _Start(Struct, frozen=True):
    """What every line begins with."""

    type: LineType
    time: float


_STARTS: Final = msgspec.json.Decoder(_Start)


class StatePlace(Struct, frozen=True):
    """A state line."""

    time: float
    """Wall seconds: the latest of all lines until here."""
    records: int
    """Records before it."""
    line: int
    offset: int
    part: int = 0
    """The number of its file, oldest first."""


class RecordingIndex:
    """The places of the states. One thread reads the file, and others ask meanwhile."""

    def __init__(self) -> None:
        self.places: list[StatePlace] = []
        self.begin: float | None = None
        """Wall seconds of the first line; None while it is not read."""
        self.end: float = 0.0
        """Wall seconds of the last line so far."""
        self.records = 0
        """Records so far."""
        self.marks: MarksByRecord = {}
        """The marks so far."""
        self.damage: Damage | None = None
        self.progress: float | None = 0.0
        """Which part of the bytes was read; None when that is all of them."""
        self.holes: list[Hole] = []
        """What is missing between two files, oldest first."""
        self._before = PartEnd()
        self._part = 0
        self._every = 1
        self._states = 0
        self._lines = 0

    def read(self, source: RecordedSource, is_cancelled: Callable[[], bool]) -> None:
        """Read all lines; blocks. A file that is damaged is a hole, unless it is the last one."""
        for self._part, part in enumerate(source.parts):
            self.damage, self._lines = None, 0
            if not self._read_part(source, part, is_cancelled):
                return
            self._before.damage = self.damage
        if self.damage is None and not self._before.is_ended and self.begin is not None:
            self.damage = Damage(self._lines + 1, "there is no end: the program was killed, or still records")
        self.progress = None

    def _read_part(self, source: RecordedSource, part: RecordedBytes, is_cancelled: Callable[[], bool]) -> bool:
        """Read a file; returns whether the reading goes on."""
        try:
            for line in read_lines(part):
                self._take(line, part)
                if line.number % 1000 == 0:
                    self.progress = source.reached / max(source.size, source.reached)
                    if is_cancelled():
                        return False
        except DamagedError as error:
            self.damage = error.damage
        return True

    def before(self, time: float) -> StatePlace | None:
        """Return the last place until a time."""
        return self._last(bisect_right(self.places, time, key=lambda place: place.time))

    def before_record(self, number: int) -> StatePlace | None:
        """Return the last place that has at most so many records before it."""
        return self._last(bisect_right(self.places, number, key=lambda place: place.records))

    def _last(self, behind: int) -> StatePlace | None:
        return self.places[behind - 1] if behind else None

    def _take(self, line: RecordedLine, part: RecordedBytes) -> None:
        try:
            start = _start(line.text)
        except BadMessageError as error:
            raise DamagedError(Damage(line.number, str(error))) from error
        self._lines = line.number
        if line.number == 1:
            if start.type != "header":
                raise DamagedError(Damage(1, "it is not the header of a recording"))
            self.begin = start.time if self.begin is None else self.begin
            if (hole := self._before.hole_before(part, start.time)) is not None:
                self.holes.append(hole)
            self._before.begin(part)
        self.end = max(self.end, start.time)
        self._before.take(start.time, is_end=start.type == "end")
        if start.type == "mark":
            self._mark(line)
        elif start.type == "state":
            self._add(StatePlace(self.end, self.records, line.number, line.offset, self._part))
        elif start.type not in _NOT_RECORDS:
            self.records += 1

    def _mark(self, line: RecordedLine) -> None:
        try:
            read = decode_line(line.text)
        except BadMessageError as error:
            raise DamagedError(Damage(line.number, str(error))) from error
        if isinstance(read, MarkLine) and (not read.by or len(self.marks) < MAX_MARKED):
            apply_mark(self.marks, to_mark(read))

    def _add(self, place: StatePlace) -> None:
        self._states += 1
        if self._states % self._every:
            return
        self.places.append(place)
        if len(self.places) > MAX_PLACES:
            self.places, self._every = self.places[::2], self._every * 2


def _start(text: bytes) -> _Start:
    """Read the start of a line, and check that the rest is JSON. raises BadMessageError."""
    try:
        return _STARTS.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        line = decode_line(text)  # bytes that are not UTF-8, or it is wrong
        return _Start(tag_of(line), line.time)
