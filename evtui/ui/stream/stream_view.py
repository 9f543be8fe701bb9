"""The stream outside Textual: a bounded ring of rows, and the view of it that follows, stands still or is filtered.

How a queued delivery ended is written into the fate its row has, at the price of one look-up, wherever the row stands.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Literal, TypeAlias

from msgspec import Struct

from evtui.core.records import Raised, Record, Retrying, Settled
from evtui.core.transport import TransportInfo
from evtui.ui.stream.delivery_status import DeliveryStatuses
from evtui.ui.stream.filters import Filter
from evtui.ui.stream.stream_rows import StreamRow, expand, is_news

Mode: TypeAlias = Literal["follow", "held", "paused"]
"""`held`: someone scrolled up; `paused`: someone pressed pause. Both freeze the view; another key ends each."""

DEFAULT_ROWS = 5000


class RowChanges(Struct, frozen=True):
    """Which rows are shown in another way than before."""

    serials: frozenset[int]
    """Of the raises whose deliveries came to an end."""
    shaken: bool
    """Whether any queued row may be, because a destination came into trouble or out of it."""

    def __bool__(self) -> bool:
        return self.shaken or bool(self.serials)

    def touches(self, row: StreamRow) -> bool:
        """Say whether a row may be one of them."""
        return row.fate is not None and (
            self.shaken or (isinstance(row.record, Raised) and row.record.serial in self.serials)
        )


class StreamView:
    """Rows newest last. When the ring is full the oldest row goes; when the view is frozen it keeps its own copy."""

    def __init__(self, limit: int = DEFAULT_ROWS) -> None:
        self.limit = limit
        self.rows: deque[StreamRow] = deque(maxlen=limit)
        self.view: deque[StreamRow] = deque(maxlen=limit)
        self.schemes: Sequence[TransportInfo] = ()
        """What is known of the schemes of sockets."""
        self.mode: Mode = "follow"
        self.filter = Filter()
        self.fates = DeliveryStatuses()
        self.received = 0
        """Notifications: deliveries, raises that nobody got and refused ones."""
        self.numbered = 0
        """Rows: notifications, and the news of subscriptions."""
        self.evicted = 0
        self.new = 0
        """Rows that came since the view was frozen and that it would show."""
        self._news: deque[int] = deque()

    @property
    def shown(self) -> int:
        """Count the notifications in view."""
        oldest = self.view[0].number if self.view else self.numbered
        while self._news and self._news[0] < oldest:
            self._news.popleft()
        return len(self.view) - len(self._news)

    def take(self, records: Sequence[Record]) -> None:
        """Add what was recorded; of a burst longer than the ring only the newest rows are ever built."""
        sizes = self.fates.sizes(records)
        total = sum(sizes)
        skip = max(0, total - self.limit)
        number = self.numbered
        self.numbered += total
        self.received += total - sum(rows for record, rows in zip(records, sizes, strict=True) if is_news(record))
        fresh: list[StreamRow] = []
        for record, rows in zip(records, sizes, strict=True):
            if skip and skip >= rows:
                skip -= rows
            elif rows:
                fate = self.fates.of(record) if isinstance(record, Raised) else None
                fresh.extend(islice(expand(record, number, fate), skip, None))
                skip = 0
            if isinstance(record, Settled | Retrying):
                self.fates.take(record)
            number += rows
        self.evicted += max(0, len(self.rows) + total - self.limit)
        self.rows.extend(fresh)
        if self.mode == "follow":
            self._show(fresh)
        else:
            self.new += sum(map(self.filter.shows, fresh)) if self.filter else total

    def take_changes(self) -> RowChanges:
        """Return which rows stand otherwise than at the call before; a filter that runs decides anew about them."""
        changes = RowChanges(frozenset(self.fates.changed), self.fates.shaken)
        self.fates.changed.clear()
        self.fates.shaken = False
        if changes and self.filter.words and self.mode == "follow":
            self._filter_again(changes)
        return changes

    def follow(self) -> None:
        """Let the view run again, at its end."""
        self.mode = "follow"
        self._rebuild()

    def freeze(self, mode: Mode) -> None:
        """Let the view stand still while the ring runs on."""
        if self.mode == "follow":
            self.new = 0
        self.mode = mode

    def ask(self, wanted: Filter) -> None:
        """Show other rows; a frozen view shows what the ring has now, and stays frozen."""
        self.filter = wanted
        self._rebuild()

    def clear(self) -> None:
        """Empty ring and view; the numbers go on."""
        self.rows.clear()
        self._rebuild()

    def find(self, number: int) -> int | None:
        """Return the place of a row in the view by its number."""
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
        """Let rows into the view, or out of it, whose outcome the filter asks for; looks at the changed ones only."""
        shown = {row.number for row in self.view}
        touched = [row for row in self.rows if changes.touches(row)]
        moved = [row for row in touched if self.filter.shows(row) != (row.number in shown)]
        if moved:
            shown ^= {row.number for row in moved}
            self._set_view(row for row in self.rows if row.number in shown)

    def _set_view(self, rows: Iterable[StreamRow]) -> None:
        self.view = deque(rows, maxlen=self.limit)
        self._news = deque(row.number for row in self.view if is_news(row.record))

    def _show(self, fresh: Sequence[StreamRow]) -> None:
        wanted = list(filter(self.filter.shows, fresh)) if self.filter else fresh
        self.view.extend(wanted)
        self._news.extend(row.number for row in wanted if is_news(row.record))
        oldest = self.rows[0].number if self.rows else 0
        while self.view and self.view[0].number < oldest:
            self.view.popleft()
