"""How many rows of a record a watch rule counts.

What is asked of the event of a raise and of its parameters counts a raise once, however many subscribers it had. What
is asked of deliveries (subscriber, outcome, latency, reason) counts each delivery that it shows. A queued delivery that
ends later counts then, if it was not counted when it was queued. A test notification counts nothing.
"""

from collections import OrderedDict
from typing import Final, NamedTuple

from msgspec.structs import replace

from evtui.core.records import DispatchPlan, Raised, RaiseKey, Record, Retrying, Settled, raise_key
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
_ONCE: Final = Counted(1)


class OpenRaises:
    """The last raises with queued deliveries, by key."""

    def __init__(self) -> None:
        self._raises: OrderedDict[RaiseKey, Raised] = OrderedDict()

    def take(self, record: Raised) -> None:
        """Remember a raise, if it has queued deliveries."""
        if record.plan.queued:
            self._raises[raise_key(record)] = record
            if len(self._raises) > MOST_RAISES:
                self._raises.popitem(last=False)

    def find(self, key: RaiseKey) -> Raised | None:
        """Return a raise by its key; None when it is not remembered."""
        return self._raises.get(key)


class CountedRecord:
    """A record while all rules look at it: its rows are listed at most once."""

    __slots__ = ("_rows", "facts", "plan")

    def __init__(self, record: Record) -> None:
        self.facts = RecordFacts(record)
        is_like_others = isinstance(record, Raised) and not record.failures and not record.plan.queued
        self.plan = record.plan if is_like_others and isinstance(record, Raised) else None
        """The plan of a raise without queues and failures: the rows of all such raises of a plan are alike."""
        self._rows: list[LoneRow] | None = None

    @property
    def rows(self) -> list[LoneRow]:
        """List its rows."""
        if self._rows is None:
            self._rows = list(rows_of(self.facts))
        return self._rows


class RowCounter:
    """Counts the rows that one filter shows."""

    def __init__(self, wanted: Filter, raises: OpenRaises) -> None:
        self._wanted = wanted
        self._reduce = wanted.decision.reduce
        self._is_of_subscribers = wanted.is_of_subscribers
        self._raises = raises
        self._of_plans: dict[tuple[int, Decision], tuple[DispatchPlan, Counted]] = {}

    def count(self, counted: CountedRecord, wall: float) -> Counted:
        """Count the rows of a record at a wall second; not of a test notification."""
        found = self._reduce(counted.facts, wall)
        if found is False:
            return NOTHING
        if found is True:
            return _ONCE
        plan = counted.plan
        if plan is None or not self._is_of_subscribers:
            return _walk(counted, found, wall)
        key = id(plan), found
        known = self._of_plans.get(key)
        if known is None:
            if len(self._of_plans) >= _REMEMBERED_PLANS:
                self._of_plans.clear()
            known = self._of_plans[key] = plan, _walk(counted, found, wall)
        return known[1]

    def count_change(self, counted: CountedRecord, wall: float) -> Counted:
        """Count a queued delivery that ended or is tried again, unless it counted when it was queued."""
        record = counted.facts.record
        assert isinstance(record, Settled | Retrying)
        (own,) = counted.rows
        serial = record.serial if isinstance(record, Settled) else record.first
        server = record.socket.server
        known = self._raises.find((server, serial)) or Raised(
            serial, record.at, record.event, NO_PARAMS, _NO_PLAN, (), (), server=server
        )
        if known.is_test:
            return NOTHING
        raised = RecordFacts(known)
        shows = self._wanted.shows_row
        if not (shows(own, wall) or shows(replace(own, facts=raised), wall)):
            return NOTHING
        before = LoneRow(raised, record.socket, "queued")
        return NOTHING if shows(before, wall) else Counted(1, record.socket)


def _walk(counted: CountedRecord, decision: Decision, wall: float) -> Counted:
    rows, socket = 0, None
    for row in counted.rows:
        if decision.shows(row, wall):
            rows, socket = rows + 1, row.socket
    return Counted(rows, socket)


_NO_PLAN: Final = DispatchPlan()
