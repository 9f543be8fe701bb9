"""The lines of the routes: how often each ran, how long that took, and its last error."""

from collections.abc import Sequence
from typing import TypeAlias

from evtui.codecs.display_text import display_safe
from evtui.core.script_port import RouteState
from evtui.ui.script.place_text import place_text, route_text
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.columns import CellWriters, TableColumn, cell, fit, header, join
from evtui.ui.text.figures import clock_time, count, cut_end, latency

COLUMNS = (
    TableColumn("route", "route", 24, 0, grow=2, most=44),
    TableColumn("runs", "runs", 6, 1, right=True),
    TableColumn("errors", "err", 4, 2, right=True),
    TableColumn("last", "last", 7, 3, right=True),
    TableColumn("mean", "mean", 7, 5, right=True),
    TableColumn("at", "last at", 8, 6, right=True),
    TableColumn("place", "place", 10, 7, grow=1, most=24),
    TableColumn("error", "last error", 26, 4, grow=3),
)
_PLAIN = tuple(column for column in COLUMNS if column.name != "error")

RouteKey: TypeAlias = tuple[str, str | None, int]
"""Kind, name, and which of the routes of this name it is."""


class RouteLines:
    """The routes as lines, in the order of the files."""

    def __init__(self, empty: Sequence[str]) -> None:
        self.nothing = empty
        self.routes: tuple[RouteState, ...] = ()
        self._keys: list[RouteKey] = []

    def take(self, routes: tuple[RouteState, ...]) -> None:
        """Take the routes as they are now."""
        self.routes = routes
        self._keys = _keys(routes)

    def __len__(self) -> int:
        return len(self.routes)

    def key(self, index: int) -> object:
        """Return the key of a route. Its line number is not part of it: that changes when the file is edited."""
        return self._keys[index]

    def find(self, key: object) -> int | None:
        """Return the line of a route."""
        return next((place for place, known in enumerate(self._keys) if known == key), None)

    def line(self, index: int, width: int) -> Cells:
        """Write one route."""
        return route_line(self.routes[index], self._columns, width)

    def header(self, width: int) -> Cells | None:
        """Write the columns' titles."""
        return header(self._columns, fit(self._columns, width)) if self.routes else None

    def empty(self) -> Sequence[str]:
        """Say how a script is loaded."""
        return self.nothing

    @property
    def _columns(self) -> tuple[TableColumn, ...]:
        """The columns; errors have one as soon as there is an error."""
        return COLUMNS if any(route.last_error for route in self.routes) else _PLAIN


def route_line(route: RouteState, columns: Sequence[TableColumn], width: int) -> Cells:
    """Write a route in columns."""
    tone: Role = "text" if route.runs else "dim"
    mean = route.total_took / route.runs if route.runs and route.last_took is not None else None
    cells: CellWriters = {
        "route": lambda room: cell(tone, route_text(route), room),
        "runs": lambda room: cell(tone if route.runs else "faint", _number(route.runs), room, right=True),
        "errors": lambda room: cell("bad" if route.errors else "faint", _number(route.errors), room, right=True),
        "last": lambda room: cell("text", latency(route.last_took), room, right=True),
        "mean": lambda room: cell("dim", latency(mean), room, right=True),
        "at": lambda room: cell("dim", clock_time(route.last_at)[:8] if route.last_at else "", room, right=True),
        "place": lambda room: cell("dim", place_text(route.place), room),
        "error": lambda room: cell("bad", cut_end(_error(route), room), room),
    }
    return join(cells[column](room) for column, room in fit(columns, width).items())


def _error(route: RouteState) -> str:
    if route.last_error is None:
        return ""
    where = "" if route.error_place is None else f"{route.error_place.line}: "
    return where + display_safe(route.last_error, 300)


def _keys(routes: Sequence[RouteState]) -> list[RouteKey]:
    seen: dict[tuple[str, str | None], int] = {}
    keys: list[RouteKey] = []
    for route in routes:
        number = seen[route.kind, route.name] = seen.get((route.kind, route.name), -1) + 1
        keys.append((route.kind, route.name, number))
    return keys


def _number(number: int) -> str:
    return count(number) if number else "·"
