"""The latencies of deliveries in the last minutes: of all together, and of each subscriber.

Records are read as they come, and their latencies counted by dispatch plan; once a second `flush` spreads them over
the subscribers. So a raise costs the same, however many subscribers it serves together. Of more records than
`MOST_READ` at a time only a part is measured, evenly spread; `read` says how many of them were.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isnan
from typing import Final, TypeAlias

from evtui.core.latency_histogram import bucket_of
from evtui.core.records import DispatchPlan, Raised, Record, Settled
from evtui.core.values import Socket
from evtui.statistics.counter_ring import CounterRing
from evtui.statistics.latency_ring import LatencyRing
from evtui.statistics.spans import LONGEST

SubscriberKey: TypeAlias = tuple[str, Socket]
"""An event and a subscriber's socket."""

MOST_READ: Final = 500
"""Records that are measured at a time; the console reads ten times a second."""

MOST_SUBSCRIBERS: Final = 300
"""Subscribers whose latencies are kept."""

_MOST_COUNTED: Final = 4 * MOST_READ
"""Groups and failures that are looked at in the records of one time."""

_MOST_SPREAD: Final = 4_000
"""Subscribers that one `flush` looks at."""

_STEP: Final = 15.0
"""Seconds of the slots that the latencies of one subscriber are kept in."""

_IDLE: Final = LONGEST
"""Seconds without a delivery after which a subscriber gives its place to another one."""


class DeliveryLatencies:
    """Latencies of what the subscribers got; of what failed there are none."""

    def __init__(self) -> None:
        self.all = LatencyRing()
        self.read = CounterRing(2)
        """Records that arrived, and those of them that were measured."""
        self._arrived = self._measured = 0
        self._plans: dict[int, _PlanLatencies] = {}
        self._settled: Counter[tuple[str, Socket, int]] = Counter()
        self._rings: dict[SubscriberKey, LatencyRing] = {}
        self.left_out = 0
        """Subscribers that were not measured at the last `flush`."""

    def take(self, records: Sequence[Record]) -> None:
        """Measure new records."""
        self._arrived += len(records)
        left = _MOST_COUNTED
        for record in records[:: -(-len(records) // MOST_READ)] if records else ():
            self._measured += 1
            if isinstance(record, Raised):
                left -= self._take_raised(record)
            elif isinstance(record, Settled) and _is_measured(record):
                self._settled[record.event, record.socket, bucket_of(record.latency)] += 1
            if left <= 0:
                return

    def flush(self, now: float) -> None:
        """Add what was measured since the last call to the latencies of now, in monotonic seconds."""
        together: Counter[int] = Counter()
        self.left_out, spread = 0, 0
        for event, socket, bucket in self._settled:
            number = self._settled[event, socket, bucket]
            together[bucket] += number
            self._add((event, socket), Counter({bucket: number}), now)
        for plan in self._plans.values():
            together.update(plan.of_all())
            for key, counts in plan.of_each():
                spread += 1
                if spread > _MOST_SPREAD:
                    self.left_out += 1
                else:
                    self._add(key, counts, now)
        if together:
            self.all.add(now, together)
        self._settled.clear()
        self._plans.clear()
        self.read.add(now, (self._arrived, self._measured))

    def of_subscribers(self, since: float, until: float) -> Iterator[tuple[SubscriberKey, Counter[int]]]:
        """Yield the latencies of each subscriber that got anything between two times, by bucket."""
        for key, ring in self._rings.items():
            if counts := ring.counts(since, until):
                yield key, counts

    def _take_raised(self, record: Raised) -> int:
        plan = self._plans.get(id(record.plan))
        if plan is None:
            if not any(not isnan(latency) for latency in record.latencies):  # a server does not tell them
                return 1
            plan = self._plans[id(record.plan)] = _PlanLatencies(record.event, record.plan)
        plan.add(record)
        return 1 + len(plan.direct) + len(record.failures)

    def _add(self, key: SubscriberKey, counts: Counter[int], now: float) -> None:
        ring = self._rings.get(key)
        if ring is None:
            if len(self._rings) >= MOST_SUBSCRIBERS and not self._end_idle(now):
                self.left_out += 1
                return
            ring = self._rings[key] = LatencyRing(_STEP)
        ring.add(now, counts)

    def _end_idle(self, now: float) -> bool:
        """Forget the subscriber that got nothing for the longest time, if that is long; says whether there is one."""
        key, ring = min(self._rings.items(), key=lambda item: item[1].last or 0.0)
        if now - (ring.last or 0.0) < _IDLE:
            return False
        del self._rings[key]
        return True


class _PlanLatencies:
    """The latencies of the raises of one dispatch plan, by group: all subscribers of a group share them."""

    __slots__ = ("_event", "_failed", "_plan", "counts", "direct")

    def __init__(self, event: str, plan: DispatchPlan) -> None:
        self._event = event
        self._plan = plan
        self.direct = [number for number, group in enumerate(plan.groups) if not group.queued]
        """The groups that are served in place."""
        self.counts: dict[int, Counter[int]] = {number: Counter() for number in self.direct}
        self._failed: dict[tuple[int, int], Counter[int]] = {}
        """Those of the counts that failed, by group and place."""

    def add(self, record: Raised) -> None:
        latencies = record.latencies
        for number in self.direct:
            latency = latencies[number]
            if not isnan(latency):
                self.counts[number][bucket_of(latency)] += 1
        for failure in record.failures:
            latency = latencies[failure.group]
            if not isnan(latency):
                failed = self._failed.setdefault((failure.group, failure.place), Counter())
                failed[bucket_of(latency)] += 1

    def of_all(self) -> Counter[int]:
        """Return how many deliveries there were, by bucket."""
        found: Counter[int] = Counter()
        for number, counts in self.counts.items():
            size = len(self._plan.groups[number].sockets)
            found.update({bucket: count * size for bucket, count in counts.items()})
        for failed in self._failed.values():
            found.subtract(failed)
        return +found

    def of_each(self) -> Iterator[tuple[SubscriberKey, Counter[int]]]:
        """Yield the same of each subscriber that got anything."""
        for number, counts in self.counts.items():
            for place, socket in enumerate(self._plan.groups[number].sockets):
                failed = self._failed.get((number, place))
                if got := counts if failed is None else counts - failed:
                    yield (self._event, socket), got


def _is_measured(record: Settled) -> bool:
    return record.outcome in {"sent", "acknowledged"} and not isnan(record.latency)
