"""The tables of the Statistics screen as one list: four headings, and below each what stands out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from evtui.core.values import Socket
from evtui.statistics.traffic_statistics import DeepQueue, FailingSubscriber, SlowSubscriber, Talker
from evtui.ui.statistics.statistics_view import MOST, StatisticsView

Table: TypeAlias = Literal["talkers", "slowest", "failing", "queues"]

TITLES: Final[Mapping[Table, str]] = {
    "talkers": "Top talkers",
    "slowest": "Slowest subscribers",
    "failing": "Failing subscribers",
    "queues": "Deepest queues",
}  # fmt: skip


class TableHeading(Struct, frozen=True):
    """The line above a table, with the titles of its columns."""

    table: Table


class TableRemark(Struct, frozen=True):
    """A line below a heading: why there is nothing, or what is left out."""

    table: Table
    text: str


Item: TypeAlias = Talker | SlowSubscriber | FailingSubscriber | DeepQueue
TableEntry: TypeAlias = TableHeading | TableRemark | Item


def table_entries(view: StatisticsView) -> tuple[TableEntry, ...]:
    """List the lines of all tables."""
    return tuple(_entries(view))


def key_of(entry: TableEntry) -> object:
    """Name a line: what it is about, wherever it stands."""
    match entry:
        case TableHeading() | TableRemark():
            return type(entry).__name__, entry.table
        case Talker():
            return "talker", entry.event
        case DeepQueue():
            return "queue", entry.box.socket
        case SlowSubscriber() | FailingSubscriber():
            return type(entry).__name__, entry.key


def subject_of(entry: TableEntry | None) -> str | tuple[str, Socket] | Socket | None:
    """Return the event, the subscription or the destination that a line is about; None on other lines."""
    match entry:
        case Talker():
            return entry.event
        case SlowSubscriber() | FailingSubscriber():
            return entry.key
        case DeepQueue():
            return entry.box.socket
        case _:
            return None


def _entries(view: StatisticsView) -> Iterator[TableEntry]:
    statistics, span = view.statistics, view.span
    none = f"none in {view.minutes} min"
    talkers = statistics.talkers(span, by_deliveries=view.order == "deliveries", most=MOST)
    yield from _table("talkers", talkers, none, statistics.events.left_out)
    slow = statistics.slowest(span, MOST)
    yield from _table("slowest", slow, none if statistics.tells_latencies else _UNTOLD, statistics.latencies.left_out)
    failing = statistics.failing(span, MOST)
    yield from _table("failing", failing, none if statistics.tells_losses else _UNTOLD, statistics.losses.left_out)
    yield from _table("queues", statistics.deepest(span, MOST), _no_queues(view, none), 0)


def _table(table: Table, items: Sequence[Item], nothing: str, left_out: int) -> Iterator[TableEntry]:
    yield TableHeading(table)
    yield from items
    if left_out:
        yield TableRemark(table, f"{left_out:,} more are not measured")
    elif not items:
        yield TableRemark(table, nothing)


def _no_queues(view: StatisticsView, none: str) -> str:
    return none if view.statistics.waiting.newest is not None else _UNTOLD


_UNTOLD: Final = "not told by this server"
