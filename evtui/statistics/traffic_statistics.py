"""What a backend did in the last minutes: raises, deliveries, queues and latencies, and which of them stand out.

Counters and queues are those that the backend tells at each poll: their cost does not grow with the traffic. Latencies
are measured in records. Times are monotonic seconds of the clock that the polls and the records are timed by: those of
a recording while one is played.
"""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

from evtui.core.latency_histogram import percentile_of
from evtui.core.ports import EventState, OutboxState, Status, SubscriptionState
from evtui.core.records import Record
from evtui.core.values import Socket
from evtui.statistics.counter_ring import CounterRing
from evtui.statistics.delivery_latencies import DeliveryLatencies, SubscriberKey
from evtui.statistics.fleet_totals import FleetTotals
from evtui.statistics.followed_counters import FollowedCounters
from evtui.statistics.gauge_ring import GaugeRing

Counted: TypeAlias = Literal["raised", "delivered", "failed", "lost", "no subscribers", "refused", "received"]
COUNTED: Final[tuple[Counted, ...]] = get_args(Counted)

_QUEUE_STEP: Final = 10.0
_MOST_QUEUES: Final = 500


class Talker(Struct, frozen=True):
    """An event and how much came of it in a span; `delivered` is None where that is not told."""

    event: str
    raised: int
    """Raises; where a backend does not tell those, notifications that were received."""
    delivered: int | None


class SlowSubscriber(Struct, frozen=True):
    """A subscriber and the latencies of what it got in a span, in seconds."""

    key: SubscriberKey
    p50: float
    p95: float
    measured: int
    """Deliveries that were measured."""


class FailingSubscriber(Struct, frozen=True):
    """A subscriber that did not get everything in a span."""

    key: SubscriberKey
    failed: int
    lost: int
    error: str
    """Why the last delivery failed; empty when that is not known."""


class DeepQueue(Struct, frozen=True):
    """A queue in which something waits, or did in a span."""

    box: OutboxState
    """How it is now."""
    most: int
    """The most that waited in it."""


class TrafficStatistics:
    """Measures a backend. All it keeps is bounded."""

    def __init__(self) -> None:
        self.start_over()
        self._begun: float | None = None

    def start_over(self) -> None:
        """Forget everything: what comes next did not happen after it."""
        self._begun = None
        self.is_received = False
        """Whether not all that was raised is told, so that what was received is counted instead."""
        self.told_by = ""
        """How many servers of a fleet tell what became of raises, as `Status.told_by`."""
        self._untold: set[str] = set()
        """Events of which a server does not tell what was delivered."""
        self.tells_latencies = True
        self.tells_losses = True
        """Whether the backend tells what each subscriber did not get."""
        self.totals = CounterRing(len(COUNTED))
        self._fleet = FleetTotals()
        self.waiting = GaugeRing()
        self.latencies = DeliveryLatencies()
        self.events: FollowedCounters[tuple[str, str, bool]] = FollowedCounters(2)
        """By event, the server of a fleet, and whether that tells its raises: else what was received is counted."""
        self.losses: FollowedCounters[SubscriberKey] = FollowedCounters(2)
        self._errors: dict[SubscriberKey, str] = {}
        self._boxes: dict[Socket, OutboxState] = {}
        self._depths: dict[Socket, GaugeRing] = {}

    @property
    def since(self) -> float | None:
        """Return since when there are statistics; None before the first poll."""
        return self.totals.first

    @property
    def now(self) -> float:
        """Return the time of the last poll."""
        return self.totals.last or 0.0

    def is_told(self, counter: Counted) -> bool:
        """Say whether the backend tells a counter."""
        return self.totals.is_told(COUNTED.index(counter))

    def begin(self, now: float) -> None:
        """Take note that the console begins at a time, and with it its engine: the counters of that begin at 0."""
        self._begun = now

    def take_records(self, records: Sequence[Record]) -> None:
        """Take new records, oldest first. Those before the first poll are not measured, as its counters are not."""
        if self.since is not None or self._begun is not None:
            self.latencies.take(records)

    def take_states(
        self, status: Status, events: Sequence[EventState], subscriptions: Sequence[SubscriptionState], now: float,
        *, lost: int | None, received: int,
    ) -> None:  # fmt: skip
        """Take the answer to a poll; `lost` and `received` are what the console counts."""
        counts = (
            status.raised, status.sent, status.failed, lost, status.no_subscribers, status.refused, received,
        )  # fmt: skip
        if self.since is None:
            self._begin_at_zero(status)
        self.told_by = status.told_by
        self.is_received = status.raised is None or bool(self.told_by)
        self.tells_latencies = status.tells_all
        self.tells_losses = status.tells_all or any(state.failed is not None for state in subscriptions)
        self.totals.add(now, self._fleet.take(status, counts))
        if status.queued is not None:
            self.waiting.add(now, status.queued)
        self.latencies.flush(now)
        own = status.tells_all and not status.servers  # a server that joins brings what it had counted before
        each_at = [part for each in events for part in (each.parts or (each,))]
        self._untold = {each.event.name for each in each_at if each.raised is None}
        by_event = {(each.event.name, each.server, each.raised is not None): _of_event(each) for each in each_at}
        self.events.take(by_event, now, new_at_zero=own)
        losses = {
            (each.subscription.event, each.subscription.socket): (each.failed, each.dropped)
            for each in subscriptions if not each.viewer
        }  # fmt: skip
        self.losses.take(losses, now, new_at_zero=own)
        self._note_errors(subscriptions)
        self._take_boxes(status, subscriptions, now)

    def talkers(self, span: float, *, by_deliveries: bool, most: int) -> list[Talker]:
        """List the events of which most came, at most so many."""
        sums: dict[str, tuple[float, float]] = {}
        for (event, _, _), (raised, delivered) in self.events.grown(self.now - span, self.now).items():
            before = sums.get(event, (0.0, 0.0))
            sums[event] = before[0] + raised, before[1] + delivered
        found = [
            Talker(event, round(raised), None if event in self._untold else round(delivered))
            for event, (raised, delivered) in sums.items()
        ]
        found.sort(key=_deliveries if by_deliveries else _raises, reverse=True)
        return found[:most]

    def slowest(self, span: float, most: int) -> list[SlowSubscriber]:
        """List the subscribers whose 95th percentile is highest, at most so many."""
        found: list[SlowSubscriber] = []
        for key, counts in self.latencies.of_subscribers(self.now - span, self.now):
            p50, p95 = percentile_of(counts, 50), percentile_of(counts, 95)
            if p50 is not None and p95 is not None:
                found.append(SlowSubscriber(key, p50, p95, counts.total()))
        found.sort(key=lambda slow: slow.p95, reverse=True)
        return found[:most]

    def failing(self, span: float, most: int) -> list[FailingSubscriber]:
        """List the subscribers that did not get most, at most so many."""
        found = [
            FailingSubscriber(key, round(failed), round(lost), self._errors.get(key, ""))
            for key, (failed, lost) in self.losses.grown(self.now - span, self.now).items()
        ]
        found.sort(key=lambda failing: failing.failed + failing.lost, reverse=True)
        return found[:most]

    def deepest(self, span: float, most: int) -> list[DeepQueue]:
        """List the queues in which most waits, or did, at most so many."""
        found = [
            DeepQueue(self._boxes[socket], number)
            for socket, ring in self._depths.items()
            if socket in self._boxes and (number := ring.most(self.now - span, self.now + _QUEUE_STEP))
        ]
        found.sort(key=lambda queue: (queue.box.queued, queue.most), reverse=True)
        return found[:most]

    def _begin_at_zero(self, status: Status) -> None:
        if self._begun is None or not status.tells_all:
            return
        before = self._begun - 1.0  # its counters may have grown within the second that the first poll is in
        self.totals.add(before, (0,) * len(COUNTED))
        self.latencies.read.add(before, (0, 0))
        self.events.begin_at_zero(before)
        self.losses.begin_at_zero(before)

    def _note_errors(self, subscriptions: Sequence[SubscriptionState]) -> None:
        errors = dict(self._errors)
        for each in subscriptions:
            key = (each.subscription.event, each.subscription.socket)
            if each.last_error and key in self.losses:
                errors[key] = each.last_error
        self._errors = {key: error for key, error in errors.items() if key in self.losses}

    def _take_boxes(self, status: Status, subscriptions: Sequence[SubscriptionState], now: float) -> None:
        boxes = {each.outbox.socket: each.outbox for each in subscriptions if each.outbox is not None}
        self._boxes = boxes | {box.socket: box for box in status.outboxes}
        for socket, box in self._boxes.items():
            ring = self._depths.get(socket)
            if ring is None and box.queued and len(self._depths) < _MOST_QUEUES:
                ring = self._depths[socket] = GaugeRing(_QUEUE_STEP)
            if ring is not None:
                ring.add(now, box.queued)
        self._depths = {socket: ring for socket, ring in self._depths.items() if socket in self._boxes}


def _raises(talker: Talker) -> tuple[int, int]:
    return talker.raised, talker.delivered or 0


def _deliveries(talker: Talker) -> tuple[int, int]:
    return talker.delivered or 0, talker.raised


def _of_event(state: EventState) -> tuple[int | None, ...]:
    return (state.received, None) if state.raised is None else (state.raised, state.sent)
