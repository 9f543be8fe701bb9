"""The log of a script: the newest lines are kept for the console, and all go to the log of the program."""

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from evtui.core.line_limit import LineLimit, more_lines
from evtui.core.ports import Clock
from evtui.core.script_port import ScriptLogPart, ScriptLogRecord, ScriptPlace

MAX_CHARACTERS: Final = 1 << 24
"""Characters of all records that are kept."""

_LEVELS: Final = {
    -3: logging.CRITICAL,
    -2: logging.CRITICAL,
    -1: logging.ERROR,
    1: logging.WARNING,
    2: logging.INFO,
    3: logging.INFO,
    4: logging.DEBUG,
}
"""The levels of xlog, and their levels in the log of the program."""

_log = logging.getLogger("evtui.script")


class ScriptLog:
    """Keeps the newest records; the oldest goes when there is one too many, or when they are too long together.

    A place that writes too many lines in a second is cut off: one line then says how many more there were.
    """

    def __init__(self, max_records: int, clock: Clock, on_omitted: Callable[[], None] = lambda: None) -> None:
        """`clock`: monotonic seconds.

        `on_omitted` is called when a line is left out and none was before: `tell_omitted` is wanted soon.
        """
        self._records: deque[ScriptLogRecord] = deque()
        self._max_records = max_records
        self._characters = 0
        self._written = 0
        self._limit = LineLimit(clock)
        self._last: dict[ScriptPlace | None, ScriptLogRecord] = {}
        self.limited = True
        """False: every line is kept and written."""
        self.on_record: Callable[[ScriptLogRecord], None] = lambda _record: None
        """Called with each record at once."""
        self._on_omitted = on_omitted

    @property
    def omitted(self) -> int:
        """Lines that were left out since the start."""
        return self._limit.omitted

    def append(self, record: ScriptLogRecord) -> None:
        """Keep a record and write it to the log of the program, unless its place has written too many."""
        if not self.limited or self._limit.allows(record.place, len(record.text)):
            self._keep(record)
            return
        first = not self._last
        self._last[record.place] = msgspec.structs.replace(record, text="")
        if first:
            self._on_omitted()

    def tell_omitted(self) -> None:
        """Write for each place how many lines were left out since the last call."""
        last, self._last = self._last, {}
        omitted = self._limit.take_omitted()
        for place, record in last.items():
            self._keep(msgspec.structs.replace(record, text=more_lines(omitted[place])))

    def _keep(self, record: ScriptLogRecord) -> None:
        self._records.append(record)
        self._characters += len(record.text)
        while len(self._records) > self._max_records or (self._characters > MAX_CHARACTERS and len(self._records) > 1):
            self._characters -= len(self._records.popleft().text)
        self._written += 1
        self.on_record(record)
        level = _LEVELS.get(record.level, logging.ERROR)
        if _log.isEnabledFor(level):
            place = f"{record.place.file}:{record.place.line}: " if record.place is not None else ""
            _log.log(level, "%s%s", place, record.text)

    def read(self, cursor: int, limit: int) -> ScriptLogPart:
        """Return the newest records after a cursor, at most `limit`."""
        new = max(0, self._written - max(0, cursor))
        count = min(new, len(self._records), max(0, limit))
        records = [self._records[place] for place in range(len(self._records) - count, len(self._records))]
        return ScriptLogPart(records, self._written, new - count)
