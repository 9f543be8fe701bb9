"""Sinks whose receivers have no room: their notifications wait in an outbox for a while, in order, and are not lost.

A sink sends in place, and a UNIX receiver that is a little slower than the raises has a full queue again and again. So
when a delivery fails with `BUSY`, the subscriptions of that socket get an outbox: also the notification that failed is
put into it, and all that come later, so that none overtakes another. When the outbox is empty again, after a while, the
subscriptions are served in place.

A script may raise thousands of times before the event loop has its turn. So each raise first lets the senders go on
with what they have under way, as far as there is room (`FlushingSender`).

The dispatch plan is compiled anew each time, so a record always says which deliveries were queued. The outbox bounds
what waits, and reports each end, as for every destination with a queue.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

from evtui.core.errors import TooManyError
from evtui.core.ports import Clock
from evtui.core.records import DispatchPlan, Failure
from evtui.core.transport import BUSY, FlushingSender, PatientSink, Queued
from evtui.core.values import Socket
from evtui.engine.dispatch.dispatch_plan import CompiledPlan
from evtui.engine.outbox.outboxes import Outboxes
from evtui.engine.subscriptions.event_subscribers import EventSubscribers, PatientSockets

LEAST: Final = 0.05
"""Seconds that subscriptions have an outbox at least: each change costs a new plan."""

MANY: Final = 500
EMPTY: Final = 0.1
"""Seconds that the outbox must have been empty before, where the event has `MANY` subscribers: each of them may change
the plan, and the new plan costs as much as there are.
"""


class Served(NamedTuple):
    """What a raise did in place, by the plan that its record names."""

    compiled: CompiledPlan
    payloads: tuple[bytes, ...]
    latencies: tuple[float, ...]
    failures: tuple[Failure, ...]


class BusySinks:
    """Gives subscriptions an outbox and takes it from them again."""

    def __init__(self, patient: PatientSockets, outboxes: Outboxes, clock: Clock) -> None:
        self._patient = patient
        self._outboxes = outboxes
        self._clock = clock
        self._senders: WeakValueDictionary[Socket, FlushingSender] = WeakValueDictionary()
        """The senders of the outboxes, as long as these hold them."""

    def take_failures(self, subscribers: EventSubscribers, served: Served) -> Served:
        """Count the failures of a raise. Those whose receivers have no room are none: the new plan has their queues.

        Such a delivery is a failure too when no outbox may be opened.
        """
        served = self._let_wait(subscribers, served)
        if served.failures:
            subscribers.count_failures(served.compiled.plan, served.failures)
        return served

    def end_due(self, subscribers: EventSubscribers, now: float) -> None:
        """Let outboxes send what there is room for; serve in place again whose outbox is empty, after a while."""
        empty = EMPTY if len(subscribers.by_socket) >= MANY else 0.0
        for socket, (active, sender) in tuple(subscribers.waiting.items()):
            sender.flush()
            (outbox,) = active.destination.outboxes
            if outbox.queued:
                active.wait_longer(now + empty)
            elif not active.waits_at(now):
                self._close(socket)

    def _let_wait(self, subscribers: EventSubscribers, served: Served) -> Served:
        plan = served.compiled.plan
        busy = [plan.groups[each.group].sockets[each.place] for each in served.failures if each.reason.startswith(BUSY)]
        waiting = {socket for socket in busy if self._open(subscribers, socket)}
        if not waiting:
            return served
        return _by_plan(subscribers.compiled or subscribers.compile(), served, waiting)

    def _open(self, subscribers: EventSubscribers, socket: Socket) -> bool:
        """Give all subscriptions of a socket an outbox; returns whether they have one."""
        if socket in subscribers.waiting:  # it got one since the raise was sent
            return True
        active = subscribers.by_socket.get(socket)
        if active is None or not isinstance(active.destination.sink, PatientSink):
            return False
        new_sender, policy = active.destination.sink.queue()
        sender = self._senders.setdefault(socket, new_sender)
        queued = Queued(sender, policy)
        try:
            self._outboxes.check_room(active.target, queued)
        except TooManyError:
            return False
        until = self._clock() + LEAST
        for each in self._patient.events_of(socket):
            found = each.by_socket[socket]
            if found.destination.sink is not None:
                found.wait_in(self._outboxes.open(found.target, queued), until)
                each.waiting[socket] = found, sender
                each.drop_plan()
        return True

    def _close(self, socket: Socket) -> None:
        for each in self._patient.events_of(socket):
            if socket in each.waiting:
                del each.waiting[socket]
                self._outboxes.close(each.by_socket[socket].serve_in_place())
                each.drop_plan()


def _by_plan(compiled: CompiledPlan, served: Served, waiting: set[Socket]) -> Served:
    """Say by another plan of the same subscribers what was done in place, less what waits now."""
    old, new = served.compiled.plan, compiled.plan
    payloads = dict(zip(old.codecs, served.payloads, strict=True))
    latencies = {
        socket: latency for group, latency in zip(old.groups, served.latencies, strict=True) for socket in group.sockets
    }
    reasons = {old.groups[each.group].sockets[each.place]: each.reason for each in served.failures}
    return Served(
        compiled,
        tuple([payloads[codec] for codec in new.codecs]),
        tuple([0.0 if group.queued else latencies[group.sockets[0]] for group in new.groups]),
        tuple(_failures(new, {socket: reason for socket, reason in reasons.items() if socket not in waiting})),
    )


def _failures(plan: DispatchPlan, reasons: Mapping[Socket, str]) -> Sequence[Failure]:
    return [
        Failure(number, place, reasons[socket])
        for number, group in enumerate(plan.groups)
        if reasons and not group.queued
        for place, socket in enumerate(group.sockets)
        if socket in reasons
    ]
