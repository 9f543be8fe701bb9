"""A filter applied to the records of the stream: it decides about all rows of a record at once.

What all rows of a record share is looked at once. What the subscribers of one dispatch plan have is remembered, so
that a raise to many subscribers costs little more than one to a single subscriber.
"""

from collections.abc import Sequence

from evtui.core.records import DispatchPlan, Raised, Record
from evtui.core.values import Socket
from evtui.filters.decisions import Decision, Filter
from evtui.filters.record_facts import RecordFacts, row_text
from evtui.ui.stream.delivery_status import DeliveryStatus, QueuedDeliveries
from evtui.ui.stream.marks import Marks
from evtui.ui.stream.record_rows import Places, all_places
from evtui.ui.stream.stream_rows import StreamRow, latency_of, reason_of, rows_at, socket_of, status_of

_NONE = range(0)
_SINGLE = all_places(1)
_REMEMBERED_PLANS = 64


class ShownRow:
    """What a filter asks about a row of the stream; satisfies `filters.record_facts.RowFacts`."""

    __slots__ = ("_row", "facts")

    def __init__(self, facts: RecordFacts, row: StreamRow) -> None:
        self.facts = facts
        self._row = row

    @property
    def socket(self) -> Socket | None:
        """Return the subscriber."""
        return socket_of(self._row)

    @property
    def status(self) -> DeliveryStatus | None:
        """Return the delivery status as it is now."""
        return status_of(self._row)

    @property
    def latency(self) -> float | None:
        """Return the seconds that the delivery took."""
        return latency_of(self._row)

    @property
    def reason(self) -> str | None:
        """Say why it was not delivered."""
        return reason_of(self._row)

    @property
    def mark(self) -> str:
        """Return what marked it."""
        return self._row.mark


def text_of(row: StreamRow) -> str:
    """Return the text of a row that a search looks in, case folded."""
    return row_text(ShownRow(RecordFacts(row.record), row))


class RecordFilter:
    """Decides which rows of a record a filter shows."""

    def __init__(self, wanted: Filter, marks: Marks) -> None:
        self._wanted = wanted
        self._marks = marks
        self._of_plans: dict[tuple[int, Decision], tuple[DispatchPlan, Places]] = {}

    def places(self, record: Record, number: int, size: int, queued: QueuedDeliveries | None, now: float) -> Places:
        """Return the places of the rows that are shown at wall second `now`, of a record with so many rows.

        `number` is that of its first row.
        """
        facts = RecordFacts(record)
        left = self._wanted.reduce(facts, now)
        if isinstance(left, bool):
            return all_places(size) if left else _NONE
        return self._places_left(facts, number, size, left, queued, now)

    def places_of_all(self, records: Sequence[Record], number: int, size: int, now: float) -> list[Places]:
        """Return the same for each of some raises with `size` rows each, nothing of which is queued."""
        whole, reduce = all_places(size), self._wanted.decision.reduce
        found: list[Places] = []
        for record in records:
            facts = RecordFacts(record)
            left = reduce(facts, now)
            if left is True:
                found.append(whole)
            elif left is False:
                found.append(_NONE)
            else:
                found.append(self._places_left(facts, number + len(found) * size, size, left, None, now))
        return found

    def _places_left(
        self, facts: RecordFacts, number: int, size: int, left: Decision, queued: QueuedDeliveries | None, now: float
    ) -> Places:
        """Ask each row what its record has not decided."""
        record = facts.record
        if not isinstance(record, Raised) or not record.plan.size:
            row = StreamRow(number, record, mark=self._marks.get(number))
            return _SINGLE if left.shows(ShownRow(facts, row), now) else _NONE
        is_like_others = queued is None and not record.failures and not self._marks.touches(number, size)
        if not is_like_others or not self._wanted.is_of_subscribers:
            return self._walk(facts, record, number, size, left, queued, now)
        # Without queues, failures and marks the rows of all raises of a plan are alike.
        key = id(record.plan), left
        known = self._of_plans.get(key)
        if known is None:
            if len(self._of_plans) >= _REMEMBERED_PLANS:
                self._of_plans.clear()
            known = self._of_plans[key] = record.plan, self._walk(facts, record, number, size, left, queued, now)
        return known[1]

    def _walk(
        self, facts: RecordFacts, record: Raised, number: int, size: int, left: Decision,
        queued: QueuedDeliveries | None, now: float,
    ) -> Places:  # fmt: skip
        rows = rows_at(record, number, range(size), queued, self._marks.get)
        shown = [place for place, row in enumerate(rows) if left.shows(ShownRow(facts, row), now)]
        return all_places(size) if len(shown) == size else tuple(shown)
