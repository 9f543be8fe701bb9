"""What the deliveries to one subscription were like: how many a second, how fast, and which failed last."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from evtui.core.latency_histogram import LatencyHistogram
from evtui.core.records import DispatchPlan, Raised, Record, Settled
from evtui.core.values import Socket
from evtui.ui.stream.delivery_status import QueuedDeliveries
from evtui.ui.stream.rate_meter import RateMeter
from evtui.ui.stream.record_rows import RecordRows

SECONDS: Final = 60
"""Seconds that the deliveries are counted for, one by one."""

MAX_FAILURES: Final = 5
"""Failures that are kept: the last ones."""

MAX_READ: Final = 10_000
"""Records of the past that are read: the newest ones. It takes some milliseconds."""

_MAX_PLANS: Final = 64
"""Dispatch plans whose place for the socket is remembered."""


class EndedDelivery(Struct, frozen=True):
    """How one delivery ended, at a time in wall seconds."""

    at: float
    latency: float
    failure: str = ""
    """Why it failed or was dropped; empty when the subscriber got it."""


class DeliveryMeter:
    """Measures the deliveries to the subscription of a socket to an event. All it keeps is bounded."""

    def __init__(self, event: str, socket: Socket) -> None:
        self.since: float | None = None
        """Wall seconds of the first delivery that was counted."""
        self.failures: deque[EndedDelivery] = deque(maxlen=MAX_FAILURES)
        """The last ones that the subscriber did not get, oldest first."""
        self.latencies = LatencyHistogram()
        """Of the deliveries that the subscriber got."""
        self._event = event
        self._socket = socket
        self._rate = RateMeter(SECONDS)
        self._places: dict[int, tuple[DispatchPlan, tuple[int, int] | None]] = {}

    def read(self, rows: RecordRows) -> None:
        """Take the past: the newest records of a stream, with what became of the deliveries that were queued."""
        newest = zip(rows.records[-MAX_READ:], rows.queued[-MAX_READ:], strict=True)
        ended = [end for record, queued in newest for end in self._ended(record, queued)]
        self._count(sorted(ended, key=_time))

    def take(self, records: Iterable[Record]) -> None:
        """Take new records, oldest first."""
        self._count(end for record in records for end in self._ended(record, None))

    def history(self, now: float) -> tuple[int, ...]:
        """Return how many deliveries there were in each of the last seconds before `now`, in wall seconds."""
        return self._rate.history(now)

    def _count(self, ended: Iterable[EndedDelivery]) -> None:
        for end in ended:
            self.since = end.at if self.since is None else self.since
            if end.failure:
                self.failures.append(end)
            else:
                self._rate.add(end.at, 1)
                self.latencies.add(end.latency)

    def _ended(self, record: Record, queued: QueuedDeliveries | None) -> Iterator[EndedDelivery]:
        """Yield how the delivery of a record ended, nothing when it is about another subscription or has not ended."""
        if isinstance(record, Settled):
            if record.event == self._event and record.socket == self._socket:
                yield _settled(record)
        elif isinstance(record, Raised) and record.event == self._event and (found := self._find(record.plan)):
            if not record.plan.groups[found[0]].queued:
                why = (each.reason for each in record.failures if (each.group, each.place) == found)
                yield EndedDelivery(record.at, record.latencies[found[0]], next(why, ""))
            elif queued is not None and (end := queued.ends.get(self._socket)) is not None:
                yield _settled(end)

    def _find(self, plan: DispatchPlan) -> tuple[int, int] | None:
        """Return the dispatch group of the socket and its place there; all raises of a time share one plan."""
        known = self._places.get(id(plan))
        if known is None:
            if len(self._places) >= _MAX_PLANS:
                self._places.clear()
            known = self._places[id(plan)] = (
                plan,
                plan.place_of(self._socket),
            )  # it holds the plan: its id stays its own
        return known[1]


def _settled(record: Settled) -> EndedDelivery:
    is_well = record.outcome in {"sent", "acknowledged"}
    return EndedDelivery(
        record.at, record.latency, "" if is_well else f"{record.outcome}: {record.reason or 'no reason'}"
    )


def _time(end: EndedDelivery) -> float:
    return end.at
