"""The lines of the tables of the Statistics screen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.core.transport import TransportInfo
from evtui.core.values import Socket
from evtui.statistics.traffic_statistics import DeepQueue, FailingSubscriber, SlowSubscriber, Talker
from evtui.ui.statistics.statistics_view import StatisticsView
from evtui.ui.statistics.table_entries import (
    TITLES,
    Table,
    TableEntry,
    TableHeading,
    TableRemark,
    key_of,
    table_entries,
)
from evtui.ui.subscribers.link_text import link_role, short_link
from evtui.ui.subscribers.short_socket import whole_scheme_socket
from evtui.ui.text.cells import Cells
from evtui.ui.text.columns import CellWriters, TableColumn, cell, fit, join
from evtui.ui.text.figures import count, cut_end, fill, latency, seconds, slow_rate

_EVENT: Final = TableColumn("event", "", 14, 0, grow=1)
_OF_SUBSCRIBER: Final = (_EVENT, TableColumn("socket", "", 12, 1, grow=1))

COLUMNS: Final[Mapping[Table, Sequence[TableColumn]]] = {
    "talkers": (
        _EVENT,
        TableColumn("raised", "raised", 8, 1, right=True),
        TableColumn("delivered", "delivered", 9, 2, right=True),
        TableColumn("rate", "rate", 8, 3, right=True),
    ),
    "slowest": (
        *_OF_SUBSCRIBER,
        TableColumn("p95", "p95", 7, 2, right=True),
        TableColumn("p50", "p50", 7, 3, right=True),
        TableColumn("measured", "measured", 8, 4, right=True),
    ),
    "failing": (
        *_OF_SUBSCRIBER,
        TableColumn("failed", "failed", 6, 2, right=True),
        TableColumn("lost", "lost", 6, 3, right=True),
        TableColumn("error", "last error", 16, 4, grow=1),
    ),
    "queues": (
        TableColumn("socket", "", 18, 0, grow=2),
        TableColumn("waiting", "waiting", 7, 1, right=True),
        TableColumn("most", "most", 7, 2, right=True),
        TableColumn("oldest", "oldest", 7, 3, right=True),
        TableColumn("link", "link", 9, 4, grow=1, most=30),
    ),
}  # fmt: skip

_SERVER_RANK: Final = 1

_NAME_CHARACTERS: Final = 128
_ERROR_CHARACTERS: Final = 200


class TableLines:
    """The lines of all tables; `take` reads them anew."""

    def __init__(self, view: StatisticsView, schemes: Callable[[], Sequence[TransportInfo]]) -> None:
        self.entries: tuple[TableEntry, ...] = ()
        self._view = view
        self._schemes = schemes

    def take(self) -> None:
        """Read what stands out now."""
        self.entries = table_entries(self._view)

    def __len__(self) -> int:
        return len(self.entries)

    def entry(self, index: int) -> TableEntry | None:
        """Return what a line is about."""
        return self.entries[index] if 0 <= index < len(self.entries) else None

    def key(self, index: int) -> object:
        """Return the key of a line."""
        return key_of(self.entries[index])

    def find(self, key: object) -> int | None:
        """Return the line with a key."""
        return next((place for place, entry in enumerate(self.entries) if key_of(entry) == key), None)

    def header(self, width: int) -> Cells | None:  # noqa: ARG002 - each table has its own
        """Return None: each table has its own heading."""
        return None

    def empty(self) -> Sequence[str]:
        """Return nothing: there are always headings."""
        return ()

    def line(self, index: int, width: int) -> Cells:
        """Write one line."""
        entry = self.entries[index]
        match entry:
            case TableHeading():
                return self._heading(entry.table, width)
            case TableRemark():
                return [("dim", fill("  " + cut_end(entry.text, max(0, width - 2)), width))]
            case Talker():
                return self._write("talkers", self._talker(entry), width)
            case SlowSubscriber():
                return self._write("slowest", self._slow(entry), width)
            case FailingSubscriber():
                return self._write("failing", self._failing(entry), width)
            case DeepQueue():
                return self._write("queues", self._queue(entry), width)

    def _heading(self, table: Table, width: int) -> Cells:
        columns = self._columns(table)
        widths = fit(columns, width)
        first = sum(widths[name] + 1 for name in ("event", "socket") if name in widths) - 1
        cells: list[Cells] = [[("head", fill(cut_end(TITLES[table], first), first))]]
        received = self._view.statistics.is_received
        for column in columns:
            if column.name in widths and column.name not in {"event", "socket"}:
                title = "received" if received and column.name == "raised" else column.title
                cells.append([("dim", fill(title, widths[column.name], right=column.right))])
        return join(cells)

    def _columns(self, table: Table) -> Sequence[TableColumn]:
        """Return the columns of a table, in a fleet with the server behind the socket."""
        columns, servers = COLUMNS[table], self._view.servers
        place = next((place for place, column in enumerate(columns, 1) if column.name == "socket"), 0)
        if not servers or not place:
            return columns
        return [*columns[:place], servers.column(_SERVER_RANK), *columns[place:]]

    def _write(self, table: Table, writers: CellWriters, width: int) -> Cells:
        return join(writers[column](room) for column, room in fit(self._columns(table), width).items())

    def _talker(self, talker: Talker) -> CellWriters:
        measured = self._view.measured
        speed = slow_rate(talker.raised / measured) if measured else ""
        delivered = UNTOLD if talker.delivered is None else count(talker.delivered)
        return {
            "event": lambda room: cell("text", _name(talker.event), room),
            "raised": lambda room: cell("text", count(talker.raised), room, right=True),
            "delivered": lambda room: cell("text", delivered, room, right=True),
            "rate": lambda room: cell("dim", speed, room, right=True),
        }

    def _slow(self, slow: SlowSubscriber) -> CellWriters:
        figures: CellWriters = {
            "p95": lambda room: cell("strong", latency(slow.p95), room, right=True),
            "p50": lambda room: cell("text", latency(slow.p50), room, right=True),
            "measured": lambda room: cell("dim", count(slow.measured), room, right=True),
        }
        return self._subscriber(slow.key) | figures

    def _failing(self, failing: FailingSubscriber) -> CellWriters:
        error = display_safe(failing.error, _ERROR_CHARACTERS)
        figures: CellWriters = {
            "failed": lambda room: cell("bad", count(failing.failed), room, right=True),
            "lost": lambda room: cell("bad" if failing.lost else "dim", count(failing.lost), room, right=True),
            "error": lambda room: cell("bad", cut_end(error, room), room),
        }
        return self._subscriber(failing.key) | figures

    def _queue(self, queue: DeepQueue) -> CellWriters:
        box = queue.box
        return {
            "socket": lambda room: cell("text", self._socket(box.socket, room), room),
            "server": lambda room: self._view.servers.cell(box.socket.server, room),
            "waiting": lambda room: cell("wait" if box.queued else "dim", count(box.queued), room, right=True),
            "most": lambda room: cell("text", count(queue.most), room, right=True),
            "oldest": lambda room: cell("dim", seconds(box.age) if box.queued else "", room, right=True),
            "link": lambda room: cell(link_role(box), short_link(box, room), room),
        }

    def _subscriber(self, key: tuple[str, Socket]) -> CellWriters:
        event, socket = key
        return {
            "event": lambda room: cell("text", _name(event), room),
            "socket": lambda room: cell("value", self._socket(socket, room), room),
            "server": lambda room: self._view.servers.cell(socket.server, room),
        }

    def _socket(self, socket: Socket, room: int) -> str:
        return whole_scheme_socket(display_safe(str(socket), _ERROR_CHARACTERS), room, self._schemes())


def _name(event: str) -> str:
    return display_safe(event, _NAME_CHARACTERS)
