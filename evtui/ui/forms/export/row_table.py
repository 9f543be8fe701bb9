"""Rows of the stream as CSV: a column for each member that an export tells, and one for each attribute.

The names of the attributes are gathered first, since they stand in the first line.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from evtui.codecs.csv_text import Cell, csv_line
from evtui.codecs.jsonvalue import Json, Members, dumps
from evtui.core.records import server_of
from evtui.raising.export_columns import EXPORT_COLUMNS, OTHERS, PARAM, SERVER
from evtui.ui.forms.export.row_members import row_members
from evtui.ui.stream.stream_rows import StreamRow, params_of

MAX_ATTRIBUTES: Final = 100
"""Attributes with a column of their own; the others stand together in the last column, as JSON."""


class RowTable:
    """The columns of a table, and its lines."""

    def __init__(self) -> None:
        self._attributes: dict[str, None] = {}
        self._seen: set[tuple[str, ...] | int] = set()
        self._has_others = False
        self._columns: tuple[str, ...] = EXPORT_COLUMNS

    def gather(self, rows: Iterable[StreamRow]) -> None:
        """Take the names of the attributes of some rows."""
        for row in rows:
            if self._columns is EXPORT_COLUMNS and server_of(row.record):
                self._columns = (*EXPORT_COLUMNS, SERVER)
            params = params_of(row)
            if params is None or (key := params.names or len(params.values)) in self._seen:
                continue
            self._seen.add(key)
            names = params.names or [str(place) for place in range(1, len(params.values) + 1)]
            for name in names:
                if name not in self._attributes and len(self._attributes) < MAX_ATTRIBUTES:
                    self._attributes[name] = None
            self._has_others |= len(set(names)) < len(names) or not self._attributes.keys() >= set(names)

    def header(self) -> str:
        """Write the line with the names of the columns."""
        others = (OTHERS,) if self._has_others else ()
        return csv_line((*self._columns, *(f"{PARAM}{name}" for name in self._attributes), *others))

    def line(self, row: StreamRow) -> str:
        """Write a row."""
        members = dict(row_members(row))
        return csv_line((*(_cell(members.get(name)) for name in self._columns), *self._params(members.get("params"))))

    def _params(self, params: Json) -> Iterator[Cell]:
        pairs = list(params) if isinstance(params, Members) else []
        if isinstance(params, list):
            pairs = [(str(place), value) for place, value in enumerate(params, 1)]
        own: dict[str, Json] = {}
        others: list[tuple[str, Json]] = []
        for name, value in pairs:
            if name in self._attributes and name not in own:
                own[name] = value
            else:
                others.append((name, value))
        for name in self._attributes:
            yield _cell(own.get(name))
        if self._has_others:
            yield dumps(Members(others)) if others else None


def _cell(value: Json) -> Cell:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float() | None:
            return value
        case _:
            return dumps(value)
