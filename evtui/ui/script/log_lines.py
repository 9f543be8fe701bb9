"""The lines of the script's log: time, level, route, place and text."""

from collections.abc import Sequence

from evtui.codecs.display_text import display_safe
from evtui.core.script_port import ScriptLogRecord
from evtui.ui.script.log_view import LogLine, LogView
from evtui.ui.script.place_text import place_text
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.columns import CellWriters, TableColumn, cell, fit, header, join
from evtui.ui.text.figures import clock_time, cut_end, fill

COLUMNS = (
    TableColumn("time", "time", 12, 3),
    TableColumn("level", "level", 6, 1),
    TableColumn("route", "route", 14, 2, grow=1, most=28),
    TableColumn("place", "place", 12, 4, grow=1, most=20),
    TableColumn("text", "text", 34, 0, grow=6),
)

_LEVELS: dict[int, tuple[Role, str]] = {
    -3: ("bad", "ALERT"), -2: ("bad", "CRIT"), -1: ("bad", "ERR"), 1: ("wait", "WARN"), 2: ("text", "NOTICE"),
    3: ("dim", "INFO"), 4: ("faint", "DBG"),
}  # fmt: skip


class LogLines:
    """The view of the log as lines."""

    def __init__(self, log: LogView, empty: Sequence[str]) -> None:
        self._log = log
        self.nothing = empty
        self.side = 0
        """Characters of each text that are scrolled out to the left."""

    def __len__(self) -> int:
        return len(self._log.view)

    def entry(self, index: int) -> LogLine | None:
        """Return the entry of a line."""
        return self._log.view[index] if 0 <= index < len(self) else None

    def key(self, index: int) -> object:
        """Return the key of a line: its number."""
        return self._log.view[index].number

    def find(self, key: object) -> int | None:
        """Return the index of a line by its number; numbers have no gaps."""
        view = self._log.view
        place = key - view[0].number if isinstance(key, int) and view else -1
        return place if 0 <= place < len(view) else None

    def line(self, index: int, width: int) -> Cells:
        """Write one line."""
        return log_line(self._log.view[index].record, width, self.side)

    def header(self, width: int) -> Cells | None:
        """Write the columns' titles."""
        return header(COLUMNS, fit(COLUMNS, width)) if self._log.view else None

    def empty(self) -> Sequence[str]:
        """Say what is shown here."""
        return self.nothing


def log_line(record: ScriptLogRecord, width: int, side: int = 0) -> Cells:
    """Write a record in columns; the first `side` characters of its text are left out."""
    role, level = _LEVELS.get(record.level, ("dim", str(record.level)))
    cells: CellWriters = {
        "time": lambda room: cell("dim", clock_time(record.at), room),
        "level": lambda room: cell(role, level, room),
        "route": lambda room: cell("name", display_safe(record.route, 128), room),
        "place": lambda room: cell("faint", place_text(record.place), room),
        "text": lambda room: _text(record, role, room, side),
    }
    return join(cells[column](room) for column, room in fit(COLUMNS, width).items())


def _text(record: ScriptLogRecord, role: Role, room: int, side: int) -> Cells:
    text = display_safe(record.text.rstrip("\r\n")[side : side + 4 * room + 8])
    return [(role if role in {"bad", "wait"} else "text", fill(cut_end(text, room), room))]
