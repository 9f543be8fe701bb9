"""The log of a script: the newest lines are kept for the console, and all go to the log of the program."""

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from evtui.core.script_port import ScriptLogPart, ScriptLogRecord

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
    """Keeps the newest records; the oldest goes when there is one too many."""

    def __init__(self, max_records: int) -> None:
        self._records: deque[ScriptLogRecord] = deque(maxlen=max_records)
        self._written = 0
        self.on_record: Callable[[ScriptLogRecord], None] = lambda _record: None
        """Called with each record at once."""

    def append(self, record: ScriptLogRecord) -> None:
        """Keep a record and write it to the log of the program."""
        self._records.append(record)
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
