"""How many rows of a record a watch rule counts.

What is asked of the event of a raise and of its parameters counts a raise once, however many subscribers it had. What
is asked of deliveries (subscriber, outcome, latency, reason) counts each delivery that it shows. A queued delivery that
ends later counts then, if it was not counted when it was queued. A test notification counts nothing.
"""

from collections import OrderedDict
from typing import Final, NamedTuple

from msgspec.structs import replace

from evtui.core.records import DispatchPlan, Raised, Retrying, Settled
from evtui.core.values import NO_PARAMS, Socket
from evtui.filters.decisions import Decision, Filter
from evtui.filters.record_facts import LoneRow, RecordFacts, rows_of

MOST_RAISES: Final = 10_000
"""Raises with queued deliveries that are remembered until these end; the oldest is forgotten first."""

_REMEMBERED_PLANS: Final = 64


class Counted(NamedTuple):
    """Rows of a record, and the subscriber of the last of them."""

    rows: int
    socket: Socket | None = None


NOTHING: Final = Counted(0)


class OpenRaises:
    """The last raises with queued deliveries, by serial."""

    def __init__(self) -> None:
        self._raises: OrderedDict[int, Raised] = OrderedDict()

    def take(self, record: Raised) -> None:
        """Remember a raise, if it has queued deliveries."""
        if record.plan.queued:
            self._raises[record.serial] = record
            if len(self._raises) > MOST_RAISES:
                self._raises.popitem(last=False)

    def find(self, serial: int) -> Raised | None:
        """Return a raise by its serial; None when it is not remembered."""
        return self._raises.get(serial)


class RowCounter:
    """Counts the rows that one filter shows."""

    def __init__(self, wanted: Filter, raises: OpenRaises) -> None:
        self._wanted = wanted
        self._raises = raises
        self._of_plans: dict[tuple[int, Decision], tuple[DispatchPlan, Counted]] = {}

    def count(self, facts: RecordFacts, wall: float) -> Counted:
        """Count the rows of a record at a wall second."""
        record = facts.record
        if isinstance(record, Settled | Retrying):
            return self._changed(record, facts, wall)
        if isinstance(record, Raised) and record.is_test:
            return NOTHING
        found = self._wanted.reduce(facts, wall)
        if isinstance(found, bool):
            return Counted(int(found))
        is_like_others = isinstance(record, Raised) and not record.failures and not record.plan.queued
        if not is_like_others or not self._wanted.is_of_subscribers:
            return _walk(facts, found, wall)
        # Without queues and failures the rows of all raises of a plan are alike.
        assert isinstance(record, Raised)
        key = id(record.plan), found
        known = self._of_plans.get(key)
        if known is None:
            if len(self._of_plans) >= _REMEMBERED_PLANS:
                self._of_plans.clear()
            known = self._of_plans[key] = record.plan, _walk(facts, found, wall)
        return known[1]

    def _changed(self, record: Settled | Retrying, facts: RecordFacts, wall: float) -> Counted:
        """Count a queued delivery that ended or is tried again, unless it counted when it was queued."""
        (own,) = rows_of(facts)
        serial = record.serial if isinstance(record, Settled) else record.first
        known = self._raises.find(serial) or Raised(serial, record.at, record.event, NO_PARAMS, _NO_PLAN, (), ())
        if known.is_test:
            return NOTHING
        raised = RecordFacts(known)
        shows = self._wanted.shows_row
        if not (shows(own, wall) or shows(replace(own, facts=raised), wall)):
            return NOTHING
        before = LoneRow(raised, record.socket, "queued")
        return NOTHING if shows(before, wall) else Counted(1, record.socket)


def _walk(facts: RecordFacts, decision: Decision, wall: float) -> Counted:
    rows, socket = 0, None
    for row in rows_of(facts):
        if decision.shows(row, wall):
            rows, socket = rows + 1, row.socket
    return Counted(rows, socket)


_NO_PLAN: Final = DispatchPlan()
