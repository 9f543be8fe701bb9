"""The stream without Textual: a bounded ring of rows, and the view of it that the pane shows.

How the stream works, from a raise to the screen:

**The console pulls.** The engine writes records into its journal and waits for no reader. The console has a watch,
which is a cursor in that journal, and reads on from it ten times a second (`ConsoleScreen.look`). So its cost depends
on how often it looks and not on how often events are raised, and it cannot slow a raise down. A console that falls
behind skips the oldest records; the watch counts them, and the status line shows the number as `not shown`.

**Records become rows** (`stream_rows.expand`): one for each delivery of a raise, one for a raise without subscribers,
one for each change of the catalogue or of a subscription. Rows are numbered from the start of the console. A row only
points into its record: its text is written when its line is seen. When more records arrive at once than the ring
holds, only the newest rows are made; the others are numbered and counted.

**The status of a queued delivery** becomes known later, by records of their own (`delivery_status.py`). They neither
search the ring nor move a row. All rows of a raise share one `QueuedDeliveries`, found by the serial of the raise;
the status is written there, and `take_changes` tells the pane which rows to paint again.

**Both ends are bounded.** `rows` is the ring: the newest 5,000 rows, whatever is shown. `view` is what the pane
shows, at most as many. `mode` says how they belong together. While it is `follow`, each new row that the filter shows
is added to the view, and rows that leave the ring leave the view. While it is `held` or `paused` the view keeps its
rows, also those that the ring has lost, and `new` counts what it would show. `follow` and a new filter make the view
again from the ring. A filter with words also looks at the status of deliveries, so it decides again about each row
that changed.

**Drawing costs what is visible.** `StreamPane` is a `LineList`, which uses the Line API of Textual: Textual asks for
each visible line, `StreamLines` writes it, and the painted line is kept by the number of its row, its status, the
width, the cursor and the text that is searched. A row that scrolls by is written and painted once.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from msgspec import Struct

from evtui.core.records import Raised, Record, Retrying, Settled
from evtui.core.transport import TransportInfo
from evtui.ui.follow_mode import FollowMode
from evtui.ui.next_steps import NextSteps
from evtui.ui.stream.delivery_status import DeliveryTracker
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_rows import StreamRow, expand, is_change

DEFAULT_ROWS = 5000
"""Rows in the ring."""


class RowChanges(Struct, frozen=True):
    """Which rows have to be shown in another way than before."""

    serials: frozenset[int]
    """Of the raises of which a delivery was settled."""
    retrying: bool
    """Whether any open delivery may be one, because a destination began or ended to be retried."""

    def __bool__(self) -> bool:
        return self.retrying or bool(self.serials)

    def touches(self, row: StreamRow) -> bool:
        """Say whether a row may be one of these."""
        return row.queued is not None and (
            self.retrying or (isinstance(row.record, Raised) and row.record.serial in self.serials)
        )


class StreamView:
    """The ring of the newest rows, newest last, and the rows in view."""

    def __init__(self, limit: int = DEFAULT_ROWS) -> None:
        self.limit = limit
        self.rows: deque[StreamRow] = deque(maxlen=limit)
        self.view: deque[StreamRow] = deque(maxlen=limit)
        self.schemes: Sequence[TransportInfo] = ()
        """What is known of the schemes of sockets."""
        self.next_steps = NextSteps()
        self.mode: FollowMode = "follow"
        self.filter = StreamFilter()
        self.deliveries = DeliveryTracker()
        self.received = 0
        """Notifications so far: deliveries, raises without subscribers, and refused raises."""
        self.numbered = 0
        """Rows so far: notifications, and changes of events and subscriptions. It is the number of the next row."""
        self.evicted = 0
        """Rows that left the ring because it was full."""
        self.new = 0
        """Rows since the view was frozen that it would show."""
        self._changes_in_view: deque[int] = deque()

    @property
    def shown(self) -> int:
        """Count the notifications in view."""
        oldest = self.view[0].number if self.view else self.numbered
        while self._changes_in_view and self._changes_in_view[0] < oldest:
            self._changes_in_view.popleft()
        return len(self.view) - len(self._changes_in_view)

    def take(self, records: Sequence[Record]) -> None:
        """Add the rows of new records; of more rows than the ring holds only the newest are made."""
        sizes = self.deliveries.count_rows(records)
        total = sum(sizes)
        skip = max(0, total - self.limit)
        number = self.numbered
        self.numbered += total
        self.received += total - sum(rows for record, rows in zip(records, sizes, strict=True) if is_change(record))
        fresh: list[StreamRow] = []
        for record, rows in zip(records, sizes, strict=True):
            if skip and skip >= rows:
                skip -= rows
            elif rows:
                queued = self.deliveries.of(record) if isinstance(record, Raised) else None
                fresh.extend(islice(expand(record, number, queued), skip, None))
                skip = 0
            if isinstance(record, Settled | Retrying):
                self.deliveries.take(record)
            number += rows
        self.evicted += max(0, len(self.rows) + total - self.limit)
        self.rows.extend(fresh)
        if self.mode == "follow":
            self._show(fresh)
        else:
            self.new += sum(map(self.filter.shows, fresh)) if self.filter else total

    def take_changes(self) -> RowChanges:
        """Return which rows changed since the last call; a filter with words decides about them again."""
        changes = RowChanges(frozenset(self.deliveries.changed), self.deliveries.retrying_changed)
        self.deliveries.changed.clear()
        self.deliveries.retrying_changed = False
        if changes and self.filter.words and self.mode == "follow":
            self._filter_again(changes)
        return changes

    def follow(self) -> None:
        """Let the view follow again, from the newest row on."""
        self.mode = "follow"
        self._rebuild()

    def freeze(self, mode: FollowMode) -> None:
        """Let the view stand still while the ring takes new rows."""
        if self.mode == "follow":
            self.new = 0
        self.mode = mode

    def show_only(self, wanted: StreamFilter) -> None:
        """Show the rows that a filter shows; a frozen view takes them from the ring as it is now, and stays frozen."""
        self.filter = wanted
        self._rebuild()

    def clear(self) -> None:
        """Empty the ring and the view; the numbers go on."""
        self.rows.clear()
        self._rebuild()

    def find(self, number: int) -> int | None:
        """Return the index in the view of the row with a number, None when it is not in view."""
        low, high = 0, len(self.view)
        while low < high:
            middle = (low + high) // 2
            if self.view[middle].number < number:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.view) and self.view[low].number == number else None

    def _rebuild(self) -> None:
        self._set_view(filter(self.filter.shows, self.rows) if self.filter else self.rows)
        self.new = 0

    def _filter_again(self, changes: RowChanges) -> None:
        """Add or remove the changed rows of which the filter now decides otherwise; look at no others."""
        shown = {row.number for row in self.view}
        touched = [row for row in self.rows if changes.touches(row)]
        moved = [row for row in touched if self.filter.shows(row) != (row.number in shown)]
        if moved:
            shown ^= {row.number for row in moved}
            self._set_view(row for row in self.rows if row.number in shown)

    def _set_view(self, rows: Iterable[StreamRow]) -> None:
        self.view = deque(rows, maxlen=self.limit)
        self._changes_in_view = deque(row.number for row in self.view if is_change(row.record))

    def _show(self, fresh: Sequence[StreamRow]) -> None:
        wanted = list(filter(self.filter.shows, fresh)) if self.filter else fresh
        self.view.extend(wanted)
        self._changes_in_view.extend(row.number for row in wanted if is_change(row.record))
        oldest = self.rows[0].number if self.rows else 0
        while self.view and self.view[0].number < oldest:
            self.view.popleft()
