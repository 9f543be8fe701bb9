"""A filter of the stream, applied to records: it decides about all rows of a record at once.

A word may occur in what all rows of a record share (event, parameters) or in what one row has of its own (subscriber,
status, reason). What is shared is looked at once for a record, and what the subscribers of one dispatch plan have is
remembered, so that a raise to many subscribers costs little more than one to a single subscriber.
"""

from evtui.core.records import DispatchPlan, Raised, Record
from evtui.ui.stream.delivery_status import QueuedDeliveries
from evtui.ui.stream.record_rows import Places, all_places
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_rows import StreamRow, event_of, own_text, row_at, shared_text, socket_of

_NONE = range(0)
_REMEMBERED_PLANS = 64


class RecordFilter:
    """Decides which rows of a record a filter shows."""

    def __init__(self, wanted: StreamFilter) -> None:
        self._wanted = wanted
        self._of_plans: dict[tuple[int, tuple[str, ...]], tuple[DispatchPlan, Places]] = {}

    def places(self, record: Record, size: int, queued: QueuedDeliveries | None) -> Places:
        """Return the places of the rows that are shown, of a record with so many rows."""
        wanted, row = self._wanted, StreamRow(0, record)
        if wanted.event is not None and event_of(row) != wanted.event:
            return _NONE
        missing = wanted.words
        if missing:
            shared = shared_text(record)
            missing = tuple([word for word in missing if word not in shared])
        if not missing and wanted.socket is None:
            return all_places(size)
        if not isinstance(record, Raised) or not record.plan.size:
            return _SINGLE if self._shows(row, missing) else _NONE
        if queued is not None or record.failures:
            return self._walk(record, size, missing, queued)
        # Without queues and failures the rows of all raises of a plan are alike.
        key = id(record.plan), missing
        known = self._of_plans.get(key)
        if known is None:
            if len(self._of_plans) >= _REMEMBERED_PLANS:
                self._of_plans.clear()
            known = self._of_plans[key] = record.plan, self._walk(record, size, missing, queued)
        return known[1]

    def _walk(self, record: Raised, size: int, missing: tuple[str, ...], queued: QueuedDeliveries | None) -> Places:
        shown = [place for place in range(size) if self._shows(row_at(record, place, place, queued), missing)]
        return all_places(size) if len(shown) == size else tuple(shown)

    def _shows(self, row: StreamRow, missing: tuple[str, ...]) -> bool:
        if self._wanted.socket is not None and socket_of(row) != self._wanted.socket:
            return False
        if not missing:
            return True
        text = own_text(row)
        return all(word in text for word in missing)


_SINGLE = all_places(1)
