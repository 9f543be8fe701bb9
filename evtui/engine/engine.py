"""The engine: raise, subscribe, list. Raising is synchronous and never waits; one reaper ends subscriptions on time.

Everything runs in the thread of the event loop; nothing here is safe to call from another thread.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import anyio
from msgspec import Struct

from evtui.core.errors import (
    BadExpireError,
    EngineClosedError,
    NestingError,
    UnknownEventError,
)
from evtui.core.ports import Clock, EventState, OutboxState, SubscriptionState
from evtui.core.records import DispatchGroup, Dropped, Failure, Published, Raised
from evtui.core.transport import Notification, Opened, SavedSubscription, Spool, Target, Transport, TransportInfo
from evtui.core.values import Event, Params, ParamsLike, Socket, Subscription
from evtui.engine.catalogue import Catalogue
from evtui.engine.delivery_reporter import DeliveryReporter
from evtui.engine.event_subscribers import EventSubscribers
from evtui.engine.journal import Journal, JournalWatch
from evtui.engine.outbox.outboxes import Outboxes, Undelivered
from evtui.engine.subscription_table import SubscriptionTable
from evtui.engine.transport_table import TransportTable

MAX_NESTED: Final = 100
"""Raises that may be under way inside each other (docs/opensips-behaviour.md 2.2)."""

_log = logging.getLogger(__name__)


class Numbering(Struct, frozen=True):
    """How the raises of a run are told from those of others: in message ids the origin, then the serial."""

    origin: str = "evtui"
    """Letters and digits that no other run has."""
    last: int = 0
    """The serial before the first one of this run."""


FIRST_RUN: Final = Numbering()


class Engine:
    """An event engine. Clocks are passed in: `clock` is monotonic and rules expiry, `wall` is only shown."""

    def __init__(
        self,
        catalogue: Catalogue,
        transports: Sequence[Transport],
        journal: Journal,
        *,
        clock: Clock,
        wall: Clock,
        jitter: Callable[[], float] = lambda: 1.0,
        numbering: Numbering = FIRST_RUN,
        spool: Spool | None = None,
    ) -> None:
        """`jitter` (0 to 1) spreads retries; `numbering` starts the serials; the `spool` keeps what is durable."""
        self._catalogue = catalogue
        self._transports = TransportTable(transports)
        self.journal = journal
        self._clock = clock
        self._wall = wall
        self._origin = numbering.origin
        reporter = DeliveryReporter(journal, wall)
        self._outboxes = Outboxes(reporter, clock=clock, wall=wall, jitter=jitter, spool=spool)
        self._table = SubscriptionTable(catalogue, journal, self._outboxes, clock, wall)
        self._deadlines = self._table.deadlines
        self.deferred = self._table.deferred
        """What could not be taken up of an earlier run yet."""
        self._subscribers = reporter.subscribers = self._table.subscribers
        self.depth = 0
        """Raises under way inside each other. A run that waits inside of one takes its part along."""
        self.leftovers: Sequence[Undelivered] = ()
        """What was not delivered when it was closed, by destination."""
        self._serial = numbering.last
        self._closed = False
        self._alarm: anyio.Event | None = None
        self._sleeps_until = 0.0

    def publish(self, name: str) -> Event:
        """Publish a dynamic event; a name that exists keeps its id.

        raises BadEventNameError: the name is empty or longer than 64 bytes. EngineClosedError.
        """
        self._check_open()
        event, new = self._catalogue.publish(name)
        if new:
            self.journal.append(Published(self._wall(), name))
            self._table.enrol(event)
        return event

    def raise_event(self, name: str, params: ParamsLike = None) -> Raised:
        """Raise an event to all its subscribers, newest first, and return at once.

        `params` is a mapping (attribute/value pairs), a sequence of values, `Params` or nothing. The result says the
        serial, how many subscribers it went to and which of them failed; a failing one never keeps it from the others.
        raises UnknownEventError, BadParamsError, NestingError (100 raises are under way already), EngineClosedError.
        """
        if self._closed:
            raise EngineClosedError
        subscribers = self._subscribers.get(name)
        if subscribers is None:
            raise UnknownEventError(name)
        values = params if isinstance(params, Params) else Params.of(params)
        started = self._clock()
        if started >= self._deadlines.next:
            self._table.reap(started)
        if self.depth >= MAX_NESTED:
            raise self._drop(subscribers, values)
        return self._deliver(subscribers, values, started)

    def subscribe(
        self, event: str, socket: str, expire: int | None = None, *, payload: str | None = None, trusted: bool = True
    ) -> tuple[Subscription, ...]:
        """Subscribe a socket to an event or a wildcard, or refresh it.

        `expire` is in seconds: None is permanent (an expiring one is refreshed but does not become permanent), 0
        unsubscribes at once. `payload` is `jsonrpc` or `text`. Returns the subscriptions made, refreshed or ended.
        A host name is resolved here and may block; `trusted` is false for sockets that came over MI.
        raises UnknownEventError, UnknownSchemeError, BadSocketError, BadExpireError.
        """
        text = socket if payload is None else f"{socket}?payload={payload}"
        return self.apply(event, self.parse(text, trusted=trusted), expire)

    def unsubscribe(self, event: str, socket: str) -> tuple[Subscription, ...]:
        """End the subscription of a socket at once; returns what was ended."""
        return self.subscribe(event, socket, 0)

    def parse(self, socket: str, *, trusted: bool = True) -> Target:
        """Understand a socket's text without opening it.

        raises UnknownSchemeError, BadSocketError.
        """
        return self._transports.parse(socket, trusted=trusted)

    def apply(
        self, event: str, target: Target, expire: int | None, opened: Opened | None = None
    ) -> tuple[Subscription, ...]:
        """Subscribe as `subscribe` does, with a socket understood already; `opened` is the target opened beforehand."""
        self._check_open()
        if expire is not None and (isinstance(expire, bool) or not isinstance(expire, int) or expire < 0):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadExpireError(expire)
        names = self._table.names(event)
        if expire == 0:
            return self._table.end(event, names, target.socket)
        made = self._table.subscribe(event, names, target, expire, opened)
        self._wake()
        return made

    def orders(self) -> Sequence[SavedSubscription]:
        """List everything subscribed as it has to be asked for again; holds passwords."""
        self.reap()
        return list(self._table.orders())

    def resume(self, order: SavedSubscription, target: Target, opened: Opened) -> None:
        """Subscribe what was subscribed in an earlier run, for what it has left; its event is published if need be."""
        if not order.standing:
            self.publish(order.event)
        self._table.resume(order, target, opened)
        self._wake()

    def defer(self, order: SavedSubscription, socket: Socket) -> None:
        """Keep in mind what cannot be resumed yet: who ends or subscribes the same in the meantime means it too.

        Its event is published if need be. raises BadEventNameError.
        """
        if not order.standing:
            self.publish(order.event)
        self.deferred.add(order, socket)

    def event_states(self) -> tuple[EventState, ...]:
        """List the catalogue with its counters, by id."""
        return tuple(subscribers.state() for subscribers in self._subscribers.values())

    def subscription_states(
        self, event: str | None = None, socket: Socket | None = None
    ) -> tuple[SubscriptionState, ...]:
        """List the subscriptions of one event, newest first, or of all events by id; of one socket or of all.

        raises UnknownEventError.
        """
        now = self._clock()
        self._table.reap(now)
        if event is not None and event not in self._subscribers:
            raise UnknownEventError(event)
        subscribers = self._subscribers.values() if event is None else (self._subscribers[event],)
        if socket is not None:
            found = (subscribers.by_socket.get(socket) for subscribers in subscribers)
            return tuple(member.state(now) for member in found if member is not None)
        return tuple(member.state(now) for subscribers in subscribers for member in subscribers.newest_first())

    def outbox_states(self) -> Mapping[Socket, OutboxState]:
        """Describe what waits, by destination."""
        return self._outboxes.states()

    def transport_infos(self) -> tuple[TransportInfo, ...]:
        """Describe every scheme a socket can have."""
        return self._transports.infos()

    def watch(self, events: Sequence[str] = ()) -> JournalWatch:
        """Follow the records from now on; only of the named events (or wildcards) when there are names."""
        return self.journal.watch(events)

    def reap(self) -> None:
        """End the subscriptions whose time has come."""
        self._table.reap(self._clock())

    async def run(self) -> None:
        """End subscriptions on time and deliver what waits, until cancelled."""
        async with anyio.create_task_group() as tasks:
            self._outboxes.start(tasks)
            try:
                await self._reap_on_time()
            finally:
                self._outboxes.stop()

    def restore(self, target: Target, opened: Opened, *, hold: bool = False) -> int:
        """Deliver what the spool holds for a destination, subscribed or not (`hold`: for ever); returns how much."""
        return self._outboxes.restore(target, opened, hold=hold)

    async def drain(self, limit: float) -> None:
        """Give what waits so many seconds to be delivered; where the last attempt failed nobody waits for the next."""
        with anyio.move_on_after(limit) as scope:
            # Whatever changes that is recorded. Asked too: records without end would keep the cancellation from us.
            while self._outboxes.busy() and not scope.cancel_called:
                await self.journal.wait_beyond(self.journal.written)

    async def _reap_on_time(self) -> None:
        while True:
            self._alarm = anyio.Event()
            self._sleeps_until = self._deadlines.next
            with anyio.move_on_after(max(0.0, self._sleeps_until - self._clock())):
                await self._alarm.wait()
            self.reap()

    def close(self) -> None:
        """Close every transport; an engine that is closed refuses to publish, subscribe and raise."""
        if not self._closed:
            self._closed = True
            self.leftovers = self._outboxes.discard("evtui stopped")
            self._transports.close()

    def _wake(self) -> None:
        """Let the reaper look at its next deadline again."""
        if self._alarm is not None and self._deadlines.next < self._sleeps_until:
            self._alarm.set()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineClosedError

    def _deliver(self, subscribers: EventSubscribers, params: Params, started: float) -> Raised:
        """The raise path. Kept in one place and free of per-subscriber work: see tests/benchmarks."""
        self._serial = serial = self._serial + 1
        at, event = self._wall(), subscribers.event.name
        compiled = subscribers.compiled or subscribers.compile()
        payloads: list[bytes] = []
        for encode in compiled.encoders:  # a comprehension costs a call
            payloads.append(encode(event, params))  # noqa: PERF401
        latencies: list[float] = []
        failures: tuple[Failure, ...] = ()
        self.depth += 1
        for send, codec in compiled.fan_outs:
            try:
                failed = send(payloads[codec])
            except Exception as error:  # noqa: BLE001 - the one place: a transport's bug must not reach the raiser
                failed = _all_failed(compiled.plan.groups[len(latencies)], error)
            if failed:
                group = len(latencies)
                failures += tuple([Failure(group, place, reason) for place, reason in failed])
            latencies.append(self._clock() - started)
        if compiled.queues:
            latencies += compiled.queue_latencies
        record = Raised(serial, at, event, params, compiled.plan, tuple(payloads), tuple(latencies), failures)
        subscribers.count(record)
        self.journal.append(record, len(payloads[0]) if len(payloads) == 1 else sum(map(len, payloads)))
        for queue, codec in compiled.queues:
            queue.put(Notification(self._origin, serial, at, event, params, payloads[codec]))
        self.depth -= 1
        return record

    def _drop(self, subscribers: EventSubscribers, params: Params) -> NestingError:
        error = NestingError(subscribers.event.name, MAX_NESTED)
        subscribers.count_refused()
        self.journal.append(Dropped(self._wall(), subscribers.event.name, params, str(error)))
        return error


def _all_failed(group: DispatchGroup, error: Exception) -> list[tuple[int, str]]:
    _log.warning("a transport failed to send %s", group.sockets[0], exc_info=error)
    reason = f"{type(error).__name__}: {error}"
    return [(place, reason) for place in range(len(group.sockets))]
