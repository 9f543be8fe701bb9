"""The subscribers of one event, the plan that serves them, and the event's counters."""

from collections.abc import Collection, Iterator, Sequence

from evtui.core.ports import EventState
from evtui.core.records import DispatchPlan, Failure, Settled
from evtui.core.transport import FlushingSender
from evtui.core.values import Event, Socket
from evtui.core.viewers.viewer_mark import is_viewer
from evtui.engine.delivery_log import Losses
from evtui.engine.dispatch.dispatch_plan import CompiledPlan, compile_plan
from evtui.engine.scheme_counts import SchemeCounts
from evtui.engine.subscriptions.active_subscription import ActiveSubscription, EventCounters


class PatientSockets:
    """The events that sockets with a patient sink are subscribed to: only these may get a queue for a while."""

    def __init__(self) -> None:
        self._events: dict[Socket, dict[EventSubscribers, None]] = {}

    def add(self, socket: Socket, subscribers: "EventSubscribers") -> None:
        """Note a new subscription."""
        self._events.setdefault(socket, {})[subscribers] = None

    def remove(self, socket: Socket, subscribers: "EventSubscribers") -> None:
        """Forget a subscription; nothing happens when it is not there."""
        events = self._events.get(socket)
        if events is not None:
            events.pop(subscribers, None)
            if not events:
                del self._events[socket]

    def events_of(self, socket: Socket) -> Collection["EventSubscribers"]:
        """Return the subscribers of each event that a socket is subscribed to."""
        return self._events.get(socket, ())

    def __len__(self) -> int:
        return len(self._events)


class EventSubscribers:
    """The active subscriptions of one event: oldest first in `by_socket`, served newest first."""

    __slots__ = ("_deliveries", "_patient", "by_socket", "compiled", "counters", "event", "viewers", "waiting")

    def __init__(self, event: Event, deliveries: SchemeCounts, patient: PatientSockets) -> None:
        """`deliveries` and `patient` are those of all events."""
        self.event = event
        self._deliveries = deliveries
        self._patient = patient
        self.by_socket: dict[Socket, ActiveSubscription] = {}
        self.viewers: set[Socket] = set()
        """The sockets of `by_socket` that are viewers."""
        self.waiting: dict[Socket, tuple[ActiveSubscription, FlushingSender]] = {}
        """Those of `by_socket` that have a queue for a while, as their receivers have no room, with its sender."""
        self.counters = EventCounters()
        self.compiled: CompiledPlan | None = None
        """The plan; None when the subscriptions changed since it was compiled."""

    def add(self, subscription: ActiveSubscription) -> None:
        """Add a new subscription: it is served first."""
        socket = subscription.subscription.socket
        self.by_socket[socket] = subscription
        if hasattr(subscription.destination.sink, "queue"):  # a `PatientSink`, asked in a tenth of the time
            self._patient.add(socket, self)
        self.drop_plan()
        if is_viewer(subscription.subscription):
            self.viewers.add(socket)

    def remove(self, subscription: ActiveSubscription) -> None:
        """Remove a subscription; nothing happens when it is not there."""
        socket = subscription.subscription.socket
        if self.by_socket.pop(socket, None) is not None:
            self.drop_plan()
            self.viewers.discard(socket)
            self.waiting.pop(socket, None)
            self._patient.remove(socket, self)

    def newest_first(self) -> Iterator[ActiveSubscription]:
        """Walk the subscriptions in the order they are listed and served."""
        return reversed(self.by_socket.values())

    def compile(self) -> CompiledPlan:
        """Compile the plan anew."""
        self.compiled = compiled = compile_plan(self.event.name, list(self.newest_first()))
        self.counters.begin_plan(compiled.plan.size - compiled.plan.queued, is_empty=not compiled.plan.size)
        return compiled

    def add_sent(self, deliveries: SchemeCounts) -> None:
        """Add what the plan in use has sent in place to some counters."""
        if self.compiled is not None:
            deliveries.add_sent(self.compiled.in_place, self.counters.raised_with_plan)

    def drop_plan(self) -> None:
        """Let the next raise compile the plan anew."""
        self.add_sent(self._deliveries)
        self.compiled = None
        self.counters.begin_plan(0, is_empty=not self.by_socket)

    def count_refused(self, *, is_nested: bool) -> None:
        """Count a raise that was refused; one that was nested too deep counts as dropped, too."""
        self.counters.dropped += is_nested
        self.counters.refused += 1

    def settle(self, record: Settled) -> None:
        """Count the end of a notification that was queued."""
        match record.outcome:
            case "sent" | "acknowledged":
                self.counters.add_settled()
            case "failed":
                self.counters.failed += 1
            case "dropped":
                self.counters.dropped += 1
        if (subscription := self.by_socket.get(record.socket)) is not None:
            subscription.settle(record)

    def deliver(self, records: Sequence[Settled]) -> None:
        """Count the ends of notifications that were queued and delivered, at least one, all to one socket."""
        self.counters.add_settled(len(records))
        if (subscription := self.by_socket.get(records[-1].socket)) is not None:
            subscription.deliver(len(records), records[-1])

    def state(self) -> EventState:
        """Describe the event with its counters."""
        counters, last, viewers = self.counters, self.counters.last, len(self.viewers)
        return EventState(
            self.event, len(self.by_socket) - viewers, counters.raised, counters.sent, counters.failed,
            counters.dropped, last.at if last else None, last.params if last else None, viewers=viewers,
            no_subscribers=counters.no_subscribers, refused=counters.refused,
        )  # fmt: skip

    def losses(self) -> Losses:
        """Say how many notifications could not be sent in place since the start."""
        return Losses(self.event.name, self.counters.direct_failures, 0, self.counters.last_failure)

    def count_failures(self, plan: DispatchPlan, failures: Sequence[Failure]) -> None:
        """Count the deliveries of a raise that failed in place."""
        self.counters.add_direct_failures(len(failures))
        last = failures[-1]
        self.counters.last_failure = f"{plan.groups[last.group].sockets[last.place]}: {last.reason}"
        for failure in failures:
            socket = plan.groups[failure.group].sockets[failure.place]
            self._deliveries.take_failure(socket.scheme)
            subscription = self.by_socket.get(socket)
            if subscription is not None:
                subscription.failed += 1
                subscription.last_error = failure.reason
