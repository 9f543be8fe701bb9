"""The stream without Textual: the records of the journal as rows, and the view of them that the pane shows.

How the stream works, from a raise to the screen:

**The console pulls.** The engine writes records into its journal and waits for no reader. The console has a watch,
which is a cursor in that journal, and reads on from it ten times a second (`ConsoleScreen.look`), in a flood also in
between, in short steps (`BurstReading`). What it draws depends on how often it looks and not on how often events are
raised, reading takes a quarter of its time at most, and it cannot slow a raise down. A console that falls
behind loses the records that the journal evicted meanwhile; the status line shows their number as `not shown`.

**The view reaches what the journal holds.** `rows` holds the same records as the journal, and drops one when the
journal has evicted it. A record has a row for each delivery of a raise, one for a raise without subscribers, one for
each change of the catalogue or of a subscription. Rows are numbered from the start of the console. None of them is
made before it is asked for (`record_rows.py`): a line of the screen asks for one, an export for all.

**A filter is applied in steps.** `show_only` looks at the newest records at once; `scan` goes on from there to the
oldest in steps of a bounded number of records, and what it finds is shown at once. New records are filtered as they
come. So the filter reaches everything, and no step keeps the screen from being drawn. A filter that asks how old a
record is decides again, once a second, about the records that passed that age.

**The status of a queued delivery** becomes known later, by records of their own (`delivery_status.py`). They neither
search nor move a row. All rows of a raise share one `QueuedDeliveries`, found by the key of the raise; the status is
written there, and `take_changes` tells the pane which rows to paint again. A filter that looks at the status decides
again about each record that changed.

**A view that stands still** keeps its rows. `mode` says how the view goes with the rows. While it is `follow`, what the
journal evicts leaves the view. While it is `held` or `paused` the view is a copy, and `new` counts what it would show.
Of what the journal has evicted meanwhile it keeps `KEPT_RECORDS` records, those around the row that is looked at.
`follow` shows the rows of now again.

**Drawing costs what is visible.** `StreamPane` is a `LineList`, which uses the Line API of Textual: Textual asks for
each visible line, `StreamLines` writes it, and the painted line is kept by the number of its row, its status, the
width, the cursor and the text that is searched. A row that scrolls by is written and painted once.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, structs

from evtui.core.ports import Clock, JournalUse
from evtui.core.records import Raised, RaiseKey, Record, Retrying, Settled, event_of, raise_key
from evtui.core.transport import TransportInfo
from evtui.ui.fleet.server_looks import NO_SERVERS, ServerLooks
from evtui.ui.state.follow_mode import FollowMode
from evtui.ui.state.next_steps import NextSteps
from evtui.ui.stream.delivery_status import DeliveryTracker
from evtui.ui.stream.filtered_rows import FilteredRows
from evtui.ui.stream.marks import Marks
from evtui.ui.stream.name_widths import NameWidths
from evtui.ui.stream.record_rows import RecordRows, all_places
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_rows import StreamRow, is_change

KEPT_RECORDS: Final = 10_000
"""Evicted records that a view keeps while it stands still."""

FIRST_SCAN: Final = 2_000
"""Records that a new filter looks at before it returns."""


class RowChanges(Struct, frozen=True):
    """Which rows have to be shown in another way than before."""

    raises: frozenset[RaiseKey]
    """Of the raises of which a delivery was settled."""
    retrying: bool
    """Whether any open delivery may be one, because a destination began or ended to be retried."""
    others: bool = False
    """Whether the view shows other rows than before, because the filters decided again."""
    marks: bool = False
    """Whether rows were marked or unmarked."""

    def __bool__(self) -> bool:
        return self.retrying or bool(self.raises)

    def touches(self, row: StreamRow) -> bool:
        """Say whether a row may be one of these."""
        return row.queued is not None and (
            self.retrying or (isinstance(row.record, Raised) and raise_key(row.record) in self.raises)
        )


class StreamView:
    """The rows of the journal's records, newest last, and the rows in view."""

    def __init__(self, limit: int | None = None) -> None:
        """`limit` is how many records with rows are held when `take` is not told what the journal holds."""
        self.marks = Marks()
        self.rows = RecordRows(self.marks)
        """The rows of all records that the journal holds."""
        self.schemes: Sequence[TransportInfo] = ()
        """What is known of the schemes of sockets."""
        self.servers: ServerLooks = NO_SERVERS
        """The servers of a fleet, which have a column; none where there is one server."""
        self.next_steps = NextSteps()
        self.names = NameWidths()
        """The widths of the names of the events of all rows so far."""
        self.mode: FollowMode = "follow"
        self.filter = StreamFilter()
        self.wall: Clock = _stands_still
        """The clock that the age of a record is counted by."""
        self.deliveries = DeliveryTracker()
        self.received = 0
        """Notifications so far: deliveries, raises without subscribers, and refused raises."""
        self.numbered = 0
        """Rows so far: notifications, and changes of events and subscriptions. It is the number of the next row."""
        self.evicted = 0
        """Records that the journal no longer holds."""
        self.new = 0
        """Rows since the view was frozen that it would show."""
        self.looked_at = 0
        """The number of the row that a frozen view keeps its rows around."""
        self._limit = limit
        self._taken = 0
        self._ordinals: array[int] = array("q")
        """Of each record in `rows`, how many records were taken before it."""
        self._filtered: FilteredRows | None = None
        self._frozen: RecordRows | None = None

    @property
    def view(self) -> RecordRows:
        """Return the rows that are shown."""
        if self._frozen is not None:
            return self._frozen
        return self.rows if self._filtered is None else self._filtered.rows

    @property
    def progress(self) -> float | None:
        """Return which part of the records the filter has looked at; None when that is all of them."""
        return None if self._filtered is None else self._filtered.progress

    def take(self, records: Sequence[Record], use: JournalUse | None = None) -> None:
        """Add the rows of new records, and drop what the journal no longer holds, as `use` says."""
        sizes, before, shown, now = self.deliveries.count_rows(records), self.numbered, 0, self.wall()
        place, end = 0, len(records)
        while place < end:
            behind = _end_of_plain(records, sizes, place)
            if behind > place:
                shown += self._take_plain(records[place:behind], sizes[place], now)
            else:
                behind = place + 1
                shown += self._take_one(records[place], sizes[place], now)
            place = behind
        if self.mode != "follow":
            self.new += self.numbered - before if self._filtered is None else shown
        self._drop_evicted(use)

    def _take_plain(self, records: Sequence[Record], size: int, now: float) -> int:
        """Add the rows of raises that are alike, `size` of each; returns how many the filters show."""
        for name in {event_of(record) for record in records}:
            self.names.add(name)
        number, count = self.numbered, len(records)
        self.rows.extend(records, number, size)
        self._ordinals.extend(range(self._taken, self._taken + count))
        self._taken += count
        self.numbered += count * size
        self.received += count * size
        return 0 if self._filtered is None else self._filtered.add_all(records, number, size, now)

    def _take_one(self, record: Record, size: int, now: float) -> int:
        """Add the rows of one record, which may have none; returns how many the filters show."""
        number, shown = self.numbered, 0
        if size:
            self.names.add(event_of(record))
            queued = self.deliveries.of(record, number) if isinstance(record, Raised) else None
            self.rows.append(record, number, all_places(size), queued)
            self._ordinals.append(self._taken)
            if self._filtered is not None:
                shown = self._filtered.add(record, number, size, queued, now)
            if not is_change(record):
                self.received += size
            self.numbered += size
        if isinstance(record, Settled | Retrying):
            self.deliveries.take(record)
        self._taken += 1
        return shown

    def take_changes(self) -> RowChanges:
        """Return which rows changed since the last call; the filters decide about them again."""
        deliveries, filtered, marked = self.deliveries, self._filtered, self.marks.changed
        changes = RowChanges(frozenset(deliveries.changed), deliveries.retrying_changed, marks=bool(marked))
        deliveries.changed.clear()
        deliveries.retrying_changed = False
        if filtered is None:
            marked.clear()
            return changes
        if marked:
            filtered.look_again({found for each in marked if (found := self.rows.record_number(each)) is not None})
            marked.clear()
        if changes:
            filtered.look_again(deliveries.numbers(changes.raises, retrying=changes.retrying))
        others = filtered.decide_again(self.rows, self.wall()) and self._frozen is None
        return structs.replace(changes, others=others)

    def follow(self) -> None:
        """Let the view follow again, from the newest row on."""
        self.mode, self._frozen, self.new = "follow", None, 0

    def freeze(self, mode: FollowMode) -> None:
        """Let the view stand still while new records come."""
        if self.mode == "follow":
            self._frozen, self.new = self.view.copy(), 0
        self.mode = mode

    def show_only(self, wanted: StreamFilter) -> None:
        """Show the rows that a filter shows; a frozen view takes them from the rows as they are now, and stays frozen.

        The newest are looked at here; call `scan` until `progress` is None.
        """
        self.filter, self.new, self._frozen = wanted, 0, None
        self._filtered = FilteredRows(wanted, self.rows, self.wall()) if wanted else None
        if self.mode != "follow":
            self._frozen = RecordRows(self.marks) if self._filtered is not None else self.rows.copy()
        self.scan(FIRST_SCAN)

    def scan(self, records: int) -> None:
        """Let the filter look at about so many older records."""
        if self._filtered is not None and (found := self._filtered.scan(self.rows, records, self.wall())) is not None:
            self._filtered.rows.prepend(found)
            if self._frozen is not None:
                self._frozen.prepend(found)

    def hits(self, place: int) -> int | None:
        """Count the rows that one filter shows alone, by its place among all; None when it is off."""
        return None if self._filtered is None else self._filtered.hits(place)

    def clear(self) -> None:
        """Empty the stream and the view, and take all marks away; the numbers go on."""
        self.rows = RecordRows(self.marks)
        self.marks.clear()
        del self._ordinals[:]
        self.show_only(self.filter)

    def marked_rows(self) -> RecordRows:
        """Return the rows that are marked, oldest first, as they are now."""
        return self.rows.numbered(self.marks)

    def find(self, number: int) -> int | None:
        """Return the index in the view of the row with a number, None when it is not in view."""
        return self.view.find(number)

    def _drop_evicted(self, use: JournalUse | None) -> None:
        if use is None:
            if self._limit is None:
                return
            kept = self._limit
        else:
            kept, self.evicted = use.kept, use.evicted
        ordinals = self._ordinals
        count = len(ordinals) - kept if use is None else bisect_left(ordinals, self._taken - kept)
        if count <= 0:
            return
        del ordinals[:count]
        if use is None:
            self.evicted += count
        self.rows.drop(count)
        first = self.rows.first_number()
        oldest = self.numbered if first is None else first
        self.marks.drop_before(oldest)
        if self._filtered is not None:
            self._filtered.forget(count)
            self._filtered.drop_before(oldest)
        if self._frozen is not None:
            self._trim_frozen(oldest)

    def _trim_frozen(self, oldest: int) -> None:
        """Keep of the evicted records in the frozen view those around the row that is looked at."""
        frozen = self.view
        evicted = bisect_left(frozen.numbers, oldest)
        if evicted <= KEPT_RECORDS:
            return
        middle = bisect_left(frozen.numbers, self.looked_at)
        first = max(0, min(middle - KEPT_RECORDS // 2, evicted - KEPT_RECORDS))
        behind = first + KEPT_RECORDS
        self._frozen = frozen.part(first, behind if behind < evicted else len(frozen.numbers))


def _end_of_plain(records: Sequence[Record], sizes: Sequence[int], first: int) -> int:
    """Return the place behind the raises from `first` on that have as many rows each, and nothing queued."""
    behind, size = first, sizes[first]
    for place in range(first, len(records)):
        record = records[place]
        if type(record) is not Raised or record.plan.queued or sizes[place] != size:
            break
        behind = place + 1
    return behind


def _stands_still() -> float:
    return 0.0
