"""How the recorded backend stood at a place in the recording: a state line, and what happened since.

Counters that the backend did not tell stay untold. Records until the time of the state line are in its counters
already.
"""

from collections import Counter
from collections.abc import Sequence
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from evtui.backends.recording.counted_states import CountedEvent, Counts, counted_status, counted_subscription
from evtui.codecs.recording.line_items import PulseItem, StateItem
from evtui.codecs.recording.line_types import HeaderLine
from evtui.core.ports import EventState, OutboxState, Status, SubscriptionState
from evtui.core.records import (
    Expired,
    Published,
    Raised,
    Record,
    Refreshed,
    Refused,
    Restarted,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)
from evtui.core.values import Event, Socket, Subscription
from evtui.core.viewers.viewer_mark import is_viewer

SubscriptionKey = tuple[str, Socket]


class _Held(Struct):
    """A subscription, what was counted of it, its place among those of its event, and the wall second of its end."""

    state: SubscriptionState
    counts: Counts
    order: int
    ends: float | None
    place: int = 0
    """The place of the last record that is counted in it; 0 in a recording."""


class RecordedStates:
    """The states at one place."""

    def __init__(self, source: str) -> None:
        self._status = Status(source)
        self._totals = Counts()
        self._catalogue: dict[str, Event] = {}
        self._events: dict[str, CountedEvent] = {}
        self._held: dict[SubscriptionKey, _Held] = {}
        self._outboxes: dict[Socket, OutboxState] = {}
        self._made = 0
        self._counted_until = float("-inf")
        self._place = self._queue_place = 0
        """The places of the last records that the states count, and the queues."""

    # What a front end asks for

    def status(self) -> Status:
        """Describe the backend as it was."""
        return replace(counted_status(self._status, self._totals), outboxes=tuple(self._outboxes.values()))

    def events(self) -> Sequence[EventState]:
        """List the events in order of id."""
        return sorted((event.now for event in self._events.values()), key=lambda state: state.event.id)

    def subscriptions(self, event: str | None, at: float) -> Sequence[SubscriptionState]:
        """List the subscriptions of one event or of all, the newest of each first, with the time they have left."""
        held = [each for (name, _), each in self._held.items() if event is None or name == event]
        held.sort(key=lambda each: (self._id_of(each.state.subscription.event), -each.order))
        return [self._shown(each, at) for each in held]

    def has_event(self, name: str) -> bool:
        """Say whether an event was published."""
        return name in self._events

    # What the recording says

    def take_header(self, line: HeaderLine) -> None:
        """Take the catalogue."""
        self._catalogue = {event.name: event for event in line.events}
        self._events = {event.name: CountedEvent(EventState(event), Counts()) for event in line.events}

    def take_documentation(self, line: HeaderLine) -> None:
        """Take what a later file or connection says of events, also of those that are published later."""
        self._catalogue |= {event.name: event for event in line.events}

    def take_state(self, item: StateItem) -> None:
        """Take how everything stood."""
        line = item.line
        self._status = replace(
            self._status, connected=line.connected, detail=line.detail, tells_all=line.tells_all, gaps=line.gaps,
            raised=line.raised, sent=line.sent, failed=line.failed, dropped=line.dropped, queued=line.queued,
            no_subscribers=line.no_subscribers, refused=line.refused, duplicates=line.duplicates,
            set_aside=line.set_aside, queue_use=line.queue_use,
        )  # fmt: skip
        self._totals = Counts()
        self._events = {state.event.name: CountedEvent(self._documented(state), Counts()) for state in item.events}
        self._outboxes = {state.socket: state for state in item.outboxes}
        self._held.clear()
        self._made = 0
        for state, ends, place in item.subscriptions:  # of each event the newest first
            self._made += 1
            key = state.subscription.event, state.subscription.socket
            self._held[key] = _Held(state, Counts(), -self._made, ends, place)
        self._counted_until, self._place = item.time, item.line.place
        self._queue_place = self._place
        if self._place:
            self._recount_subscribers()

    def take_pulse(self, item: PulseItem) -> None:
        """Take how the queues stand."""
        if item.is_whole:
            self._outboxes.clear()
        for socket in item.gone:
            self._outboxes.pop(socket, None)
        self._queue_place = item.place
        self._outboxes.update((state.socket, state) for state in item.outboxes)
        self._status = replace(self._status, queue_use=item.queue_use)

    def take(self, record: Record, ends: float | None = None, place: int = 0) -> None:
        """Take what happened.

        `ends` is the wall second at which a subscription ends. `place` is the place of the record in a watch feed: the
        states may count it already, and those of single subscriptions also one that is newer than the whole.
        """
        match record:
            case Published():
                self._publish(record.event)
            case _ if place and place <= self._place:
                pass
            case Subscribed() | Refreshed():
                self._hold(record.subscription, ends, place)
            case Unsubscribed() | Expired():
                self._end(record.subscription, place)
            case _ if place or record.at > self._counted_until:
                self._count_record(record, place)
            case _:
                pass

    def _count_record(self, record: Raised | Settled | Retrying | Refused | Restarted, place: int) -> None:
        match record:
            case Raised():
                self._raised(record, place)
            case Settled():
                self._settled(record, place)
            case Retrying():
                if not 0 < place <= self._queue_place:
                    self._retrying(record)
            case Refused():
                for counts in self._counts_of(record.event):
                    counts.refused += 1
            case Restarted():
                pass
            case _:
                assert_never(record)

    def _documented(self, state: EventState) -> EventState:
        event = self._catalogue.get(state.event.name)
        return state if event is None else replace(state, event=event)

    def _recount_subscribers(self) -> None:
        """Count the subscriptions of a watch feed, which were listed after the events."""
        counts = Counter((event, held.state.viewer) for (event, _), held in self._held.items())
        for name, event in self._events.items():
            event.state = replace(event.state, subscribers=counts[name, False], viewers=counts[name, True])

    def _hold(self, subscription: Subscription, ends: float | None, place: int) -> None:
        key = subscription.event, subscription.socket
        held = self._held.get(key)
        if held is not None:
            if place and place <= held.place:
                return
            held.ends, held.state = ends, replace(held.state, subscription=subscription)
            return
        self._made += 1
        viewer = is_viewer(subscription)
        state = SubscriptionState(subscription, viewer=viewer)
        self._held[key] = _Held(state, Counts(), self._made, ends)
        self._count_subscribers(subscription.event, 1, viewer=viewer)

    def _end(self, subscription: Subscription, place: int) -> None:
        key = subscription.event, subscription.socket
        held = self._held.get(key)
        if held is not None and not 0 < place <= held.place:
            del self._held[key]
            self._count_subscribers(subscription.event, -1, viewer=held.state.viewer)

    def _publish(self, name: str) -> None:
        if name not in self._events:
            number = 1 + max((each.state.event.id for each in self._events.values()), default=-1)
            event = self._catalogue.get(name) or Event(number, name)
            self._events[name] = CountedEvent(EventState(event, no_subscribers=0, refused=0), Counts())

    def _raised(self, record: Raised, at_place: int) -> None:
        plan, failed = record.plan, len(record.failures)
        self._totals.queued += plan.queued
        if not record.is_test:
            event = self._events.get(record.event)
            if event is not None:
                event.counts.last_at, event.counts.last_params = record.at, record.params
                event.counts.received += not self._status.tells_all
            for counts in self._counts_of(record.event):
                counts.raised += 1
                counts.sent += plan.size - plan.queued - failed
                counts.failed += failed
                counts.no_subscribers += not plan.size
        reasons = {(failure.group, failure.place): failure.reason for failure in record.failures}
        for number, group in enumerate(plan.groups):
            for place, socket in enumerate(group.sockets):
                if group.queued:
                    self._queue(socket, at_place)
                elif not record.is_test:
                    held = self._held.get((record.event, socket))
                    if held is not None and not 0 < at_place <= held.place:
                        error = reasons.get((number, place))
                        _add(held.counts, "sent" if error is None else "failed")
                        held.counts.delivered(record.at, record.latencies[number], error)

    def _queue(self, socket: Socket, place: int) -> None:
        if not 0 < place <= self._queue_place:
            outbox = self._outboxes.get(socket) or OutboxState(socket, "sending")
            self._outboxes[socket] = replace(outbox, queued=outbox.queued + 1)

    def _settled(self, record: Settled, place: int) -> None:
        counter = {"sent": "sent", "acknowledged": "sent", "failed": "failed", "dropped": "dropped"}[record.outcome]
        if not record.is_test:
            for counts in self._counts_of(record.event):
                _add(counts, counter)
        self._totals.queued -= 1
        held = self._held.get((record.event, record.socket))
        if held is not None and not record.is_test and not 0 < place <= held.place:
            _add(held.counts, counter)
            held.counts.delivered(record.at, record.latency, record.reason)
        outbox = self._outboxes.get(record.socket)
        if outbox is not None and not 0 < place <= self._queue_place:
            left = max(0, outbox.queued - 1)
            self._outboxes[record.socket] = replace(
                outbox, queued=left, link="sending" if left else "idle", attempt=0, retry_in=None,
                delivered=outbox.delivered + (counter == "sent"), failed=outbox.failed + (counter == "failed"),
                dropped=outbox.dropped + (counter == "dropped"), last_error=record.reason,
            )  # fmt: skip

    def _retrying(self, record: Retrying) -> None:
        outbox = self._outboxes.get(record.socket) or OutboxState(record.socket)
        self._outboxes[record.socket] = replace(
            outbox, link="retrying", queued=record.queued, attempt=record.attempt, retry_in=record.pause,
            last_error=record.reason, last_error_age=0.0,
        )  # fmt: skip

    def _count_subscribers(self, event: str, more: int, *, viewer: bool) -> None:
        counted = self._events.get(event)
        if counted is None:
            return
        state = counted.state
        if viewer:
            counted.state = replace(state, viewers=state.viewers + more)
        elif state.subscribers is not None:
            counted.state = replace(state, subscribers=state.subscribers + more)

    def _counts_of(self, event: str) -> tuple[Counts, ...]:
        """Return the counts to which a record of an event is added: those of all, and its own."""
        counted = self._events.get(event)
        return (self._totals,) if counted is None else (self._totals, counted.counts)

    def _id_of(self, event: str) -> int:
        counted = self._events.get(event)
        return -1 if counted is None else counted.state.event.id

    def _shown(self, held: _Held, at: float) -> SubscriptionState:
        ttl = None if held.ends is None else max(0.0, held.ends - at)
        state = counted_subscription(held.state, held.counts)
        outbox = self._outboxes.get(state.subscription.socket)
        if outbox is None:
            return replace(state, ttl=ttl)
        error = outbox.last_error or state.last_error
        return replace(state, ttl=ttl, outbox=outbox, queued=outbox.queued, last_error=error)


def _add(counts: Counts, counter: str) -> None:
    setattr(counts, counter, getattr(counts, counter) + 1)
