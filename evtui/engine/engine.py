"""The engine: it publishes events, keeps subscriptions, and raises events to their subscribers.

**A raise** is one synchronous call, `Engine.raise_event`, in these steps:

1. The name leads to the event's `EventSubscribers`. Subscriptions whose deadline has come end first. Without
   subscribers a `Raised` record is all that is made: nothing is encoded.
2. The dispatch plan says whom the raise serves and how. It is compiled by the first raise after the subscriptions of
   the event have changed (`dispatch.dispatch_plan`); all other raises use it as it is.
3. Each codec of the plan writes the payload once, for all subscribers that get it.
4. Direct transports send in place: one call for each dispatch group, which returns the deliveries that failed.
5. One `Raised` record tells all of this. It is counted, and written to the journal before the next step, so that the
   records of queued deliveries come after it.
6. Each queue of the plan takes a `Notification`: an outbox, a multicast, or a local handler such as an event route.

Raises of a script may be held for a moment, to leave together (`dispatch.held_raises`).

**A raise never waits.** Scripts and clients share one event loop: one slow subscriber would delay all others. What has
to wait for a peer is done by the task of an outbox. What is full drops something and counts it: an outbox as its policy
says, the journal its oldest record, a full system socket the datagram (it fails, or waits: `outbox.busy_sinks`).

**Tasks.** `Engine.run` owns the reaper, which sleeps until the next deadline, and a task for each outbox. Without
`run`, expired subscriptions end at the next raise or listing, and what is queued waits. No other thread may call it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import anyio
from msgspec.structs import replace

from evtui.codecs.jsonrpc import Pairs
from evtui.core.errors import BadExpireError, EngineClosedError, UnknownEventError
from evtui.core.ports import Clock, EventState, OutboxState, SubscriptionState, Totals
from evtui.core.records import NO_SUBSCRIBERS, Published, Raised, RefusalCause
from evtui.core.transport import Opened, SavedSubscription, Spool, Target, Transport, TransportInfo
from evtui.core.values import Event, Params, ParamsLike, Socket, Subscription, shared_names
from evtui.engine.catalogue import Catalogue
from evtui.engine.delivery_log import DeliveryLog
from evtui.engine.delivery_reporter import DeliveryReporter
from evtui.engine.dispatch.event_dispatcher import MAX_NESTED, EventDispatcher
from evtui.engine.dispatch.held_raises import HeldRaises
from evtui.engine.engine_counts import EngineCounts
from evtui.engine.journal import Journal, JournalWatch
from evtui.engine.numbering import FIRST_RUN, Numbering
from evtui.engine.outbox.busy_sinks import BusySinks
from evtui.engine.outbox.outboxes import RULES, Outboxes, OutboxRules, Undelivered
from evtui.engine.reaper import Reaper
from evtui.engine.refused_raises import RefusedRaises
from evtui.engine.single_delivery import SingleDelivery
from evtui.engine.subscriptions.count_limit import MAX_SUBSCRIPTIONS, CountLimit
from evtui.engine.subscriptions.subscription_table import SubscriptionTable
from evtui.engine.transport_table import TransportTable


class Engine:
    """An event engine. `clock` is monotonic and decides about expiry; `wall` is wall time and only shown."""

    def __init__(  # noqa: PLR0913 - each is one part that it works with
        self,
        catalogue: Catalogue,
        transports: Sequence[Transport],
        journal: Journal,
        *,
        clock: Clock,
        wall: Clock,
        numbering: Numbering = FIRST_RUN,
        spool: Spool | None = None,
        rules: OutboxRules = RULES,
        max_subscriptions: int = MAX_SUBSCRIPTIONS,
    ) -> None:
        """`spool` holds durable notifications; `max_subscriptions` bounds those of all events, and wildcards."""
        self.catalogue = catalogue
        """The published events; `publish` adds to them."""
        self._transports, self.journal = TransportTable(transports), journal
        self._clock, self._wall = clock, wall
        self._log = DeliveryLog(clock)
        reporter = DeliveryReporter(journal, self._log, wall)
        self._outboxes = Outboxes(reporter, log=self._log, clock=clock, wall=wall, spool=spool, rules=rules)
        limit, counts = CountLimit(max_subscriptions, "subscriptions"), reporter.deliveries
        self._table = SubscriptionTable(catalogue, journal, self._outboxes, clock, wall, limit, counts)
        self._deadlines, self.history = self._table.deadlines, self._table.history
        self.deferred = self._table.deferred
        """Subscriptions of an earlier run that cannot be made yet."""
        self.saved = self._table.saved
        """All subscriptions in the form that makes them again in a later run. They hold passwords."""
        self._subscribers = reporter.subscribers = self._table.subscribers
        busy = BusySinks(self._table.patient, self._outboxes, clock)
        self.dispatcher = EventDispatcher(numbering, journal, busy, clock, wall)
        self.held = HeldRaises(self.dispatcher, self._table, journal, clock, wall)
        """Raises of a script that leave together."""
        self._refused = RefusedRaises(journal, self._subscribers, wall)
        self.counts = EngineCounts(self._table, self._outboxes, self._refused, counts)
        self.tests = SingleDelivery(self._subscribers, journal, clock, wall, self.dispatcher.next_notification)
        reporter.tests = self.tests
        self.undelivered: Sequence[Undelivered] = ()
        """What was not delivered when the engine closed, by destination."""
        self._reaper, self._closed = Reaper(self._deadlines, self.reap, clock), False

    def publish(self, name: str) -> Event:
        """Publish a dynamic event; a name that exists keeps its id.

        raises BadEventNameError: the name is empty or longer than 64 bytes. EngineClosedError.
        """
        self._begin_change()
        event, new = self.catalogue.publish(name)
        if new:
            self.journal.append(Published(self._wall(), name))
            self._table.add_event(event)
        return event

    def raise_event(self, name: str, params: ParamsLike = None) -> Raised:
        """Raise an event to all its subscribers, newest first, and return at once.

        `params` is a mapping of attributes to values, a sequence of values, `Params` or None. The record holds the
        serial, the subscribers and the failed deliveries; a subscriber that fails does not affect the others.
        raises UnknownEventError, BadParamsError, NestingError (100 nested raises), EngineClosedError.
        """
        if self._closed:
            raise EngineClosedError
        if self.held.raises:
            self.held.flush()
        subscribers = self._subscribers.get(name)
        if subscribers is None:
            raise UnknownEventError(name)
        pairs: Pairs | None = None
        if type(params) is Params:  # for speed without Params.of
            values = params
        elif isinstance(params, dict):  # encoded as it is
            pairs, values = params, Params(tuple(params.values()), shared_names(tuple(params)))
        else:
            values = Params.of(params)
        started = self._clock()
        if started >= self._deadlines.next:
            self._table.reap(started)
        dispatcher = self.dispatcher
        if dispatcher.depth >= MAX_NESTED:
            raise self._refused.nested(name, values, MAX_NESTED)
        if subscribers.by_socket:
            return dispatcher.deliver(subscribers, values, pairs, started)
        dispatcher.serial = serial = dispatcher.serial + 1
        counters = subscribers.counters
        counters.raised += 1
        counters.last = record = Raised(serial, self._wall(), subscribers.event.name, values, NO_SUBSCRIBERS, (), ())
        self.journal.append(record, values.text_size)
        return record

    def raise_events(self, name: str, params: Iterable[ParamsLike]) -> Sequence[Raised]:
        """Raise an event for each of these parameters, as `raise_event` would; returns the records in order.

        Notifications leave together where they can, at the latest when this returns. raises as `raise_event`:
        UnknownEventError and BadParamsError before anything is raised.
        """
        all_params = [Params.of(each) for each in params]
        if name not in self._subscribers and not self._closed:
            raise UnknownEventError(name)
        return self.held.raise_all(name, all_params, self.raise_event)

    def refuse_raise(self, name: str, params: Params, cause: RefusalCause, reason: str) -> None:
        """Record and count a raise that a front end refuses before it reaches `raise_event`.

        `reason` says in words what is wrong. Nothing is raised.
        """
        self.held.flush()
        self._refused.add(name, params, cause, reason)

    def subscribe(
        self, event: str, socket: str, expire: int | None = None, *, payload: str | None = None, trusted: bool = True
    ) -> tuple[Subscription, ...]:
        """Subscribe a socket to an event or a wildcard, or refresh it.

        `expire` is in seconds: None is permanent (an expiring one is refreshed but does not become permanent), 0
        unsubscribes at once. `payload` is `jsonrpc` or `text`. Returns the subscriptions made, refreshed or ended.
        A host name is resolved here and may block; `trusted` is false for sockets that came over MI.
        raises UnknownEventError, UnknownSchemeError, BadSocketError, BadExpireError, TooManyError.
        """
        text = socket if payload is None else f"{socket}?payload={payload}"
        return self.apply(event, self.parse(text, trusted=trusted), expire)

    def unsubscribe(self, event: str, socket: str) -> tuple[Subscription, ...]:
        """End the subscription of a socket at once; returns the subscriptions that ended."""
        return self.subscribe(event, socket, 0)

    def parse(self, socket: str, *, trusted: bool = True) -> Target:
        """Parse the text of a socket without opening it.

        raises UnknownSchemeError, BadSocketError.
        """
        return self._transports.parse(socket, trusted=trusted)

    def apply(
        self, event: str, target: Target, expire: int | None, opened: Opened | None = None, by: str = ""
    ) -> tuple[Subscription, ...]:
        """Subscribe as `subscribe` does, with a parsed socket; `opened` is the target if it is open already.

        `by` says in words who asks.
        """
        self._begin_change()
        if expire is not None and (isinstance(expire, bool) or not isinstance(expire, int) or expire < 0):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadExpireError(expire)
        names = self._table.names(event)
        if expire == 0:
            return self._table.end(event, names, target.socket, by)
        made = self._table.subscribe(event, names, target, expire, opened)
        self._reaper.wake()
        return made

    def saved_subscriptions(self) -> Sequence[SavedSubscription]:
        """List all subscriptions as `saved` describes them."""
        self.reap()
        return list(self.saved)

    def resume(self, saved: SavedSubscription, target: Target, opened: Opened) -> None:
        """Make a subscription of an earlier run again, for the time it has left. Publishes its event if needed.

        raises BadEventNameError.
        """
        if not saved.is_wildcard:
            self.publish(saved.event)
        self._table.resume(saved, target, opened)
        self._reaper.wake()

    def defer(self, saved: SavedSubscription, socket: Socket) -> None:
        """Defer a saved subscription that cannot be made yet. Publishes its event if needed.

        Subscribing or ending the same socket and event later replaces or ends it. raises BadEventNameError.
        """
        if not saved.is_wildcard:
            self.publish(saved.event)
        self.deferred.add(saved, socket)

    def event_states(self) -> tuple[EventState, ...]:
        """List all events with their counters, by id."""
        self.held.flush()
        return tuple(each.state() for each in self._subscribers.values())

    def subscription_states(
        self, event: str | None = None, socket: Socket | None = None
    ) -> tuple[SubscriptionState, ...]:
        """List the subscriptions of one event, newest first, or of all events by id; of one socket or of all.

        raises UnknownEventError.
        """
        self.held.flush()
        now = self._clock()
        return tuple(active.state(now) for active in self._table.listed(event, socket))

    def walk_subscriptions(self, event: str | None = None) -> Iterator[SubscriptionState]:
        """Walk the subscriptions of now; those that end meanwhile are left out. raises UnknownEventError."""
        return self._table.walk(event)

    def has_subscribers(self, event: str) -> bool:
        """Say whether an event has a subscription now. raises UnknownEventError."""
        return self._table.has_subscribers(event)

    def walk_outboxes(self) -> Iterator[OutboxState | None]:
        """Walk all queues, each destination once; None for a subscription that adds none."""
        self.held.flush()
        return self._table.walk_outboxes()

    def totals(self) -> Totals:
        """Return the counters over all events and outboxes."""
        self.held.flush()
        return replace(self._table.totals(self._refused.of_unknown), tests=self.tests.sent)

    def outbox_states(self) -> Mapping[Socket, OutboxState]:
        """Describe the outboxes, by destination."""
        self.held.flush()
        return self._outboxes.states()

    def transport_infos(self) -> tuple[TransportInfo, ...]:
        """Describe every scheme that a socket can have."""
        return self._transports.infos()

    def watch(self, events: Sequence[str] = ()) -> JournalWatch:
        """Follow the records from now on: all, or only those of the named events or wildcards."""
        return self.journal.watch(events)

    def reap(self) -> None:
        """End subscriptions whose deadline has come: a part of them when they are very many."""
        self._table.reap(self._clock())

    async def run(self) -> None:
        """End subscriptions on time and deliver queued notifications, until cancelled."""
        async with anyio.create_task_group() as tasks:
            self._outboxes.start(tasks)
            try:
                await self._reaper.run()
            finally:
                self._outboxes.stop()

    def restore(self, target: Target, opened: Opened, *, hold: bool = False) -> int:
        """Deliver what the spool holds for a destination; returns how many notifications that are.

        No subscription is needed. With `hold` the outbox stays when they are delivered, until its socket is subscribed.
        """
        return self._outboxes.restore(target, opened, hold=hold)

    def log_losses(self) -> None:
        """Log what each destination lost since the last call; call it once a minute."""
        direct = (subscribers.losses() for subscribers in self._subscribers.values())
        self._log.sum_up([*self._outboxes.losses(), *direct])

    async def drain(self, limit: float) -> None:
        """Wait up to `limit` seconds until the outboxes are empty, except those whose last attempt failed."""
        await self._outboxes.drain(limit, self.journal)

    def close(self) -> None:
        """Close every transport. A closed engine refuses to publish, subscribe and raise."""
        if not self._closed:
            self._closed = True
            self.held.close()
            self.undelivered = self._outboxes.discard("evtui stopped")
            self._transports.close()

    def _begin_change(self) -> None:
        if self._closed:
            raise EngineClosedError
        self.held.flush()
