"""The lines of the catalogue: one for each event with its counters, and one for each module."""

from collections.abc import Sequence

from msgspec.structs import replace
from rich.cells import cell_len

from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.core.ports import EventState
from evtui.ui.events.events_view import DYNAMIC, CatalogueEntry, EventModule, EventsView, event_key, is_used, raises_of
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.columns import GAP, CellWriters, TableColumn, cell, fit, header, join
from evtui.ui.text.figures import clock_time, count, fill, rate, sparkline

COLUMNS = (
    TableColumn("name", "event", 18, 0, grow=1),
    TableColumn("subs", "subs", 4, 1, right=True),
    TableColumn("total", "total", 5, 2, right=True),
    TableColumn("rate", "ev/s", 7, 3, right=True),
    TableColumn("spark", "", 6, 4, grow=2, most=24),
    TableColumn("last", "last at", 8, 5, right=True),
)

_INDENT = 2
"""Cells by which an event stands behind the line of its module."""

_NAME_CHARACTERS = 128


class EventsLines:
    """The catalogue as lines."""

    def __init__(self, view: EventsView) -> None:
        self._view = view
        self._measured: tuple[object, int, int] = (None, 0, 0)

    def __len__(self) -> int:
        return len(self._view.entries)

    def entry(self, index: int) -> CatalogueEntry | None:
        """Return the module or the event of a line."""
        return self._view.entries[index] if 0 <= index < len(self) else None

    def key(self, index: int) -> object:
        """Return the key of a line: its module or its event."""
        return _key(self._view.entries[index])

    def find(self, key: object) -> int | None:
        """Return the line of a module or an event."""
        return next((place for place, entry in enumerate(self._view.entries) if _key(entry) == key), None)

    def line(self, index: int, width: int) -> Cells:
        """Write one line."""
        entry = self._view.entries[index]
        return _module_line(entry, width) if isinstance(entry, EventModule) else self._event_line(entry, width)

    def header(self, width: int) -> Cells:
        """Write the columns' titles."""
        columns = self._columns(width)
        return header(columns, fit(columns, width))

    def empty(self) -> Sequence[str]:
        """Say how to publish an event."""
        return self._view.next_steps.events()

    def _columns(self, width: int) -> list[TableColumn]:
        """Give the names and the totals the room that they need: other columns are left out before a name is cut."""
        _, widest, total = self._measure()
        _, subs = COLUMNS[:2]
        room = width - subs.width - total - 2 * GAP
        needed = {"name": max(1, min(widest, max(room, COLUMNS[0].width))), "total": total}
        columns = [replace(column, width=needed.get(column.name, column.width)) for column in COLUMNS]
        if self._view.counts_received:
            columns[2] = replace(columns[2], title="seen")
        return columns

    def _measure(self) -> tuple[object, int, int]:
        entries = self._view.entries
        if self._measured[0] is not entries:
            states = [entry for entry in entries if isinstance(entry, EventState)]
            names = (self._indent(state) + cell_len(_shown_name(state)) for state in states)
            totals = (len(_number(raises_of(state))) for state in states)
            self._measured = entries, max(names, default=0), max(COLUMNS[2].width, *totals, 0)
        return self._measured

    def _indent(self, state: EventState) -> int:
        is_below = self._view.order in {"module", "server"} or (self._view.order == "activity" and not is_used(state))
        return _INDENT * is_below

    def _event_line(self, state: EventState, width: int) -> Cells:
        name = state.event.name
        total = raises_of(state)
        tone: Role = "text" if state.subscribers or total else "dim"
        speed = self._view.rate(name, state.server)
        cells: CellWriters = {
            "name": lambda room: cell(tone, " " * self._indent(state) + _shown_name(state), room),
            "subs": lambda room: cell(
                "accent" if state.subscribers else "faint",
                UNTOLD if state.is_unlisted else _number(state.subscribers),
                room,
                right=True,
            ),
            "total": lambda room: cell(tone, _number(total) if state.is_watched else UNTOLD, room, right=True),
            "rate": lambda room: cell("text", rate(speed) if speed else "", room, right=True),
            "spark": lambda room: cell("accent", sparkline(self._view.history(name, room, state.server)), room),
            "last": lambda room: cell("dim", clock_time(state.last_at)[:8] if state.last_at else "", room, right=True),
        }
        return join(cells[column](room) for column, room in fit(self._columns(width), width).items())


def _number(number: int | None) -> str:
    return "·" if number == 0 else count(number)


def _shown_name(state: EventState) -> str:
    return display_safe(state.event.name, _NAME_CHARACTERS)


def _key(entry: CatalogueEntry) -> tuple[str, str]:
    return ("module", entry.name) if isinstance(entry, EventModule) else event_key(entry)


def _module_line(module: EventModule, width: int) -> Cells:
    sign = " " if not module.unused else "▸" if module.folded else "▾"
    used = module.events - module.unused
    text = f"{sign} {display_safe(module.name, 64)} {module.events}"
    note = ""
    if module.name == DYNAMIC:
        note = "published at run time"
    elif module.unused:
        note = f"{module.unused} not used" if used else "not used"
    return [
        ("head", fill(text, min(width, cell_len(text) + 2))),
        ("faint", fill(note, max(0, width - cell_len(text) - 2))),
    ]
