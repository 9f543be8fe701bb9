"""The lines of the catalogue: one for each module, and below it one for each of its events with the counters."""

from collections.abc import Sequence

from msgspec.structs import replace

from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.core.ports import EventState
from evtui.ui.events.events_view import DYNAMIC, CatalogueEntry, EventModule, EventsView, raises_of
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.columns import CellWriters, TableColumn, cell, fit, header, join
from evtui.ui.text.figures import clock_time, count, fill, rate, sparkline

COLUMNS = (
    TableColumn("name", "event", 18, 0, grow=1, most=66),
    TableColumn("subs", "subs", 4, 1, right=True),
    TableColumn("total", "total", 7, 2, right=True),
    TableColumn("rate", "ev/s", 7, 3, right=True),
    TableColumn("spark", "", 6, 5),
    TableColumn("last", "last at", 8, 4, right=True),
)

RECEIVED_COLUMNS = tuple(replace(column, title="seen") if column.name == "total" else column for column in COLUMNS)
"""The columns when a backend does not tell what was raised: notifications that were received are counted."""


class EventsLines:
    """The catalogue as lines."""

    def __init__(self, view: EventsView) -> None:
        self._view = view

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
        columns = RECEIVED_COLUMNS if self._view.counts_received else COLUMNS
        return header(columns, fit(columns, width))

    def empty(self) -> Sequence[str]:
        """Say how to publish an event."""
        return self._view.next_steps.events()

    def _event_line(self, state: EventState, width: int) -> Cells:
        name = state.event.name
        total = raises_of(state)
        tone: Role = "text" if state.subscribers or total else "dim"
        speed = self._view.rate(name)
        cells: CellWriters = {
            "name": lambda room: cell(tone, "  " + display_safe(name, 128), room),
            "subs": lambda room: cell(
                "accent" if state.subscribers else "faint",
                UNTOLD if state.is_unlisted else _number(state.subscribers),
                room,
                right=True,
            ),
            "total": lambda room: cell(tone, _number(total) if state.is_watched else UNTOLD, room, right=True),
            "rate": lambda room: cell("text", rate(speed) if speed else "", room, right=True),
            "spark": lambda room: cell("accent", sparkline(self._view.history(name)), room),
            "last": lambda room: cell("dim", clock_time(state.last_at)[:8] if state.last_at else "", room, right=True),
        }
        return join(cells[column](room) for column, room in fit(COLUMNS, width).items())


def _number(number: int | None) -> str:
    return "·" if number == 0 else count(number)


def _key(entry: CatalogueEntry) -> tuple[str, str]:
    return ("module", entry.name) if isinstance(entry, EventModule) else ("event", entry.event.name)


def _module_line(module: EventModule, width: int) -> Cells:
    sign = "▸" if module.folded else "▾"
    note = "published at run time" if module.name == DYNAMIC else ""
    text = f"{sign} {display_safe(module.name, 64)} {module.events}"
    return [("head", fill(text, min(width, len(text) + 2))), ("faint", fill(note, max(0, width - len(text) - 2)))]
