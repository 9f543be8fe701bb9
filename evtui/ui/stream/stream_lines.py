"""The lines of the stream: time, event, subscriber, status, latency and attributes of each row."""

from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace
from rich.cells import cell_len

from evtui.codecs.display_text import display_safe
from evtui.core.records import (
    Raised,
    Refused,
    Restarted,
    server_of,
)
from evtui.core.transport import TransportInfo
from evtui.core.values import Params
from evtui.filters.record_facts import TEST_TEXT, change_text, value_text
from evtui.ui.fleet.server_looks import NO_SERVERS, ServerLooks
from evtui.ui.stream.status_signs import CHANGE_SIGNS, MARK_SIGN, SIGN_WIDTH, STATUS_SIGNS, attempt_text
from evtui.ui.stream.stream_rows import (
    StreamRow,
    event_of,
    latency_of,
    reason_of,
    retry_of,
    socket_of,
    status_of,
)
from evtui.ui.stream.stream_view import StreamView
from evtui.ui.subscribers.short_socket import short_socket
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.columns import GAP, CellWriters, TableColumn, cell, fit, header, join
from evtui.ui.text.figures import clock_time, cut_end, cut_middle, fill, latency

COLUMNS = (
    TableColumn("time", "time", 12, 3),
    TableColumn("event", "event", 15, 2),
    TableColumn("subscriber", "subscriber", 15, 4, grow=7, most=32),
    TableColumn("outcome", "", SIGN_WIDTH, 1),
    TableColumn("latency", "latency", 7, 5, right=True),
    TableColumn("attributes", "attributes", 21, 0, grow=9),
)

NARROW = (
    TableColumn("time", "time", 8, 3),
    TableColumn("event", "event", 11, 2),
    TableColumn("subscriber", "subscriber", 15, 4),
    TableColumn("outcome", "", SIGN_WIDTH, 1),
    TableColumn("attributes", "attributes", 16, 0, grow=9),
)
"""The columns where those above would leave no room for the subscriber: whole seconds and shorter names."""

LEAST_ATTRIBUTES = 16
"""Cells that the attributes keep beside the names of events."""

LEAST_OF_NARROW = 14
"""The same where the screen is narrow: there the name tells more, and the detail has all attributes."""

_SERVER_RANK = 3
"""The rank of the servers' column; the time, of the same rank, stands before it and is left out after it."""

VALUE_CELLS = 48
"""Cells of one value in a line; the middle of a longer value is left out."""

SHOWN_CHARACTERS = 256
_VALUES = 32


class StreamLines:
    """The rows in view, as lines."""

    def __init__(self, view: StreamView) -> None:
        self._view = view

    def __len__(self) -> int:
        return len(self._view.view)

    def key(self, index: int) -> object:
        """Return the key of a row: its number."""
        return self._view.view[index].number

    def find(self, key: object) -> int | None:
        """Return the line of a row by its number."""
        return self._view.find(key) if isinstance(key, int) else None

    def line(self, index: int, width: int) -> Cells:
        """Write one row."""
        view = self._view
        return row_line(view.view[index], width, view.schemes, names=view.names.widest, servers=view.servers)

    def header(self, width: int) -> Cells:
        """Write the columns' titles."""
        columns = columns_for(width, self._view.names.widest, self._view.servers.width)
        return header(columns, fit(columns, width))

    def empty(self) -> Sequence[str]:
        """Say why there are no rows."""
        if self._view.filter:
            return self._view.next_steps.filtered()
        if self._view.numbered:
            return ("Nothing since the view was cleared.", "New rows appear here.")
        return self._view.next_steps.stream()


@lru_cache(64)
def columns_for(width: int, names: int = 0, servers: int = 0) -> Sequence[TableColumn]:
    """Choose the columns for a width; `names` is how wide the names of events are, `servers` those of servers.

    A name has the room that it needs before the latency has any and before the other columns grow.
    """
    own = (TableColumn("server", "server", servers, _SERVER_RANK),) if servers else ()
    wide, narrow = (COLUMNS[0], *own, *COLUMNS[1:]), (NARROW[0], *own, *NARROW[1:])
    columns, least = (narrow, LEAST_OF_NARROW) if width < _least(wide) else (wide, LEAST_ATTRIBUTES)
    event, attributes = (_column(columns, name).width for name in ("event", "attributes"))
    room = width - (_least(columns) - event - attributes)
    name = max(event, min(names, room - least))
    widths = {"event": name, "attributes": max(least, min(attributes, room - name))}
    return [replace(column, width=widths.get(column.name, column.width)) for column in columns]


def _least(columns: Sequence[TableColumn]) -> int:
    """Return the width that columns need, without the latency."""
    return sum(column.width + GAP for column in columns if column.name != "latency") - GAP


def _column(columns: Sequence[TableColumn], name: str) -> TableColumn:
    return next(column for column in columns if column.name == name)


def row_line(
    row: StreamRow, width: int, schemes: Sequence[TransportInfo] = (), *, names: int = 0,
    servers: ServerLooks = NO_SERVERS,
) -> Cells:  # fmt: skip
    """Write one row of the stream for a width; `schemes` is what is known of schemes, `names` as in `columns_for`."""
    widths = fit(columns_for(width, names, servers.width), width)
    tone: Role = "text" if isinstance(row.record, Raised) else "dim"
    cells: CellWriters = {
        "time": lambda room: cell("dim", clock_time(row.record.at)[:room], room),
        "server": lambda room: servers.cell(server_of(row.record), room),
        "event": lambda room: cell(tone, display_safe(event_of(row), SHOWN_CHARACTERS), room),
        "subscriber": lambda room: _subscriber(row, room, schemes),
        "outcome": lambda room: _outcome(row, room),
        "latency": lambda room: cell("dim", _latency(row), room, right=True),
        "attributes": lambda room: _attributes(row, room),
    }
    line = join(cells[name](room) for name, room in widths.items())
    return with_mark(line) if row.mark else line


def with_mark(line: Cells) -> Cells:
    """Put the sign of a mark into the first gap of a line, where it takes no room from the columns."""
    gap = next((place for place, (_, text) in enumerate(line) if text == " " * GAP), None)
    return line if gap is None else [*line[:gap], ("accent", MARK_SIGN), *line[gap + 1 :]]


def params_cells(params: Params, width: int) -> Cells:
    """Write parameters as coloured `name=value` in at most a width of cells."""
    cells: Cells = []
    used = 0
    for place, (name, value) in enumerate(params.pairs()):
        if used > width or place >= _VALUES:
            break
        lead = "" if not cells else " "
        label = "" if name is None else display_safe(name, SHOWN_CHARACTERS) + "="
        text = cut_middle(display_safe(value_text(value), SHOWN_CHARACTERS), VALUE_CELLS)
        role: Role = "value" if isinstance(value, str) else "number"
        pieces: Cells = [("text", lead), ("name", label), (role, text)]
        cells += [piece for piece in pieces if piece[1]]
        used += sum(cell_len(piece) for _, piece in pieces)
    return cells if used <= width else _cut(cells, width)


def _cut(cells: Cells, width: int) -> Cells:
    """Cut pieces that are wider than a width, so that they end in `…`."""
    kept: Cells = []
    room = width
    for role, piece in cells:
        size = cell_len(piece)
        if size >= room:
            return [*kept, (role, cut_end(piece + "…", room))] if room > 0 else kept
        kept.append((role, piece))
        room -= size
    return kept


def _subscriber(row: StreamRow, room: int, schemes: Sequence[TransportInfo]) -> Cells:
    socket = socket_of(row)
    if socket is None:
        return cell("dim", "—", room)
    return cell("dim", short_socket(display_safe(str(socket), SHOWN_CHARACTERS), room, schemes), room)


def _outcome(row: StreamRow, room: int) -> Cells:
    if (status := status_of(row)) is not None:
        role, sign = STATUS_SIGNS[status]
        return cell(role, sign, room)
    role, sign, _ = CHANGE_SIGNS.get(type(row.record), ("dim", "·", ""))
    return cell(role, sign, room)


def _latency(row: StreamRow) -> str:
    return latency(latency_of(row))


def _why(row: StreamRow, room: int) -> Cells:
    if not row.is_delivery:
        return []
    if (retry := retry_of(row)) is not None:
        return [("wait", cut_end(display_safe(attempt_text(retry), SHOWN_CHARACTERS), room))]
    reason = reason_of(row)
    return [] if reason is None else [("bad", cut_end(display_safe(reason, SHOWN_CHARACTERS), room))]


def _attributes(row: StreamRow, room: int) -> Cells:
    cells = _why(row, room)
    if isinstance(row.record, Raised) and row.record.is_test:
        cells.insert(0, ("accent", cut_end(f"{TEST_TEXT}  " if cells else TEST_TEXT, room)))
    if not row.is_delivery:
        tone: Role = "wait" if isinstance(row.record, Restarted) else "dim"
        cells.append((tone, cut_end(display_safe(change_text(row.record), SHOWN_CHARACTERS), room)))
    used = sum(cell_len(text) for _, text in cells)
    params = row.record.params if isinstance(row.record, Raised | Refused) else None
    if params is not None and len(params) and used < room - 2:
        lead: Cells = [("dim", "  ")] if cells else []
        cells += lead + params_cells(params, room - used - (2 if lead else 0))
    used = sum(cell_len(text) for _, text in cells)
    cells.append(("text", fill("", room - used)))
    return cells
