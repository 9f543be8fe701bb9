"""The subscription table: the active subscriptions of all events, their deadlines, and the wildcard subscriptions.

Subscribing, refreshing and ending one subscription never walks the others. Permanence is as in OpenSIPS
(docs/opensips-behaviour.md 1): a permanent subscription becomes expiring when it is refreshed with an expiry; an
expiring one that is refreshed without an expiry gets its old number of seconds again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeAlias

from msgspec.structs import replace

from evtui.core.errors import BadEventNameError, TooManyError, UnknownEventError
from evtui.core.ports import Clock, OutboxState, SubscriptionState, Totals
from evtui.core.records import Expired, Refreshed, Subscribed, Unsubscribed
from evtui.core.transport import Opened, SavedSubscription, Target
from evtui.core.values import Event, Socket, Subscription, is_wildcard
from evtui.core.wildcards import MAX_WILDCARD, matches
from evtui.engine.catalogue import Catalogue
from evtui.engine.history.subscription_history import SubscriptionHistory, SubscriptionRecord
from evtui.engine.journal import Journal
from evtui.engine.outbox.outboxes import Outboxes
from evtui.engine.scheme_counts import SchemeCounts
from evtui.engine.subscriptions.active_subscription import ActiveSubscription
from evtui.engine.subscriptions.count_limit import CountLimit
from evtui.engine.subscriptions.deadlines import Deadlines
from evtui.engine.subscriptions.deferred_subscriptions import DeferredSubscriptions
from evtui.engine.subscriptions.event_subscribers import EventSubscribers, PatientSockets
from evtui.engine.subscriptions.saved_subscriptions import SavedSubscriptions, WildcardSubscription
from evtui.engine.subscriptions.subscription_values import fresh, of_saved, outlasts, renew

REAPED_AT_ONCE = 500
"""Expired subscriptions that are ended before other tasks get their turn: thousands may expire in the same moment."""


_End: TypeAlias = Callable[[float, Subscription], SubscriptionRecord]


class SubscriptionTable:
    """The subscribers of each event, by name in order of id, and the deadlines of all subscriptions."""

    def __init__(
        self,
        catalogue: Catalogue,
        journal: Journal,
        outboxes: Outboxes,
        clock: Clock,
        wall: Clock,
        limit: CountLimit,
        deliveries: SchemeCounts,
    ) -> None:
        """`deliveries` counts those of all events."""
        self._catalogue = catalogue
        self._journal = journal
        self._outboxes = outboxes
        self._clock = clock
        self._wall = wall
        self.limit = limit
        self._count = 0
        """Active subscriptions and wildcards."""
        self.schemes: Counter[str] = Counter()
        """The active subscriptions by the scheme of their socket."""
        self.expired = 0
        """Subscriptions that reached their deadline."""
        self._deliveries = deliveries
        self.deadlines = Deadlines()
        self._wildcards: dict[tuple[str, Socket], WildcardSubscription] = {}
        self.deferred = DeferredSubscriptions()
        self.patient = PatientSockets()
        self.subscribers = {event.name: EventSubscribers(event, deliveries, self.patient) for event in catalogue}
        self.before_reaping: Callable[[], None] = lambda: None
        """Called before subscriptions that have expired end."""
        self.history = SubscriptionHistory(journal)
        self.saved = SavedSubscriptions(self._wildcards, self.subscribers, clock)

    def names(self, event: str) -> tuple[str, ...]:
        """List the events that a name means: the one of exactly this name, or all that a wildcard matches.

        raises UnknownEventError: there is no such event, and the name is not a wildcard. BadEventNameError: the
        wildcard is too long.
        """
        if event in self.subscribers:
            return (event,)
        if isinstance(event, str) and is_wildcard(event):  # pyright: ignore[reportUnnecessaryIsInstance]
            if len(event) > MAX_WILDCARD:
                raise BadEventNameError(event[:MAX_WILDCARD] + "…", f"a wildcard has at most {MAX_WILDCARD} characters")
            return self._catalogue.matching(event)
        raise UnknownEventError(event)

    def add_event(self, event: Event) -> None:
        """Add a new event and subscribe the sockets of all wildcards that match it.

        A socket with several matching wildcards is subscribed once, by the one that lasts longest. Those that
        find no room are not subscribed.
        """
        self.subscribers[event.name] = EventSubscribers(event, self._deliveries, self.patient)
        self.reap(self._clock())
        longest: dict[Socket, WildcardSubscription] = {}
        for (pattern, socket), wildcard in self._wildcards.items():
            if matches(event.name, pattern) and outlasts(wildcard, longest.get(socket)):
                longest[socket] = wildcard
        for wildcard in longest.values():
            with suppress(TooManyError):  # counted and logged
                self.limit.check(self._count, 1)
                self._outboxes.check_room(wildcard.target, wildcard.opened)
                self._add(replace(wildcard.subscription, event=event.name), wildcard.target, wildcard.opened)

    def subscribe(
        self,
        event: str,
        names: tuple[str, ...],
        target: Target,
        expire: int | None,
        opened: Opened | None,
    ) -> tuple[Subscription, ...]:
        """Subscribe one socket to each of the names, or refresh it; opens the target at most once.

        Deferred subscriptions of the same socket and events are replaced.
        raises BadSocketError: the destination does not resolve or is not allowed. TooManyError. Nothing
        has changed then.
        """
        now = self._clock()
        self.reap(now)
        known = {name: self.subscribers[name].by_socket.get(target.socket) for name in names}
        if event in self.subscribers and (active := known[event]) is not None:
            return (self._refresh(active, target, opened, expire, now),)
        pattern = None if event in self.subscribers else event
        new_wildcard = pattern is not None and (pattern, target.socket) not in self._wildcards
        self.limit.check(self._count, sum(active is None for active in known.values()) + new_wildcard)
        opened = opened or target.open()
        self._outboxes.check_room(target, opened)
        self._take_deferred(event, names, target.socket)
        if pattern is not None:
            self._add_wildcard(fresh(pattern, target.socket, expire, now, pattern), target, opened)
        return tuple(
            self._add(fresh(name, target.socket, expire, now, pattern), target, opened)
            if (active := known[name]) is None
            else self._refresh(active, target, opened, expire, now)
            for name in names
        )

    def resume(self, saved: SavedSubscription, target: Target, opened: Opened) -> None:
        """Make a subscription of an earlier run again, for the time it has left; one that exists stays.

        raises TooManyError.
        """
        subscription = of_saved(saved, target.socket, None if saved.left is None else self._clock() + saved.left)
        if saved.is_wildcard:
            if (saved.event, target.socket) not in self._wildcards:
                self.limit.check(self._count, 1)
                self._put_wildcard(WildcardSubscription(subscription, target, opened))
        elif target.socket not in self.subscribers[saved.event].by_socket:
            self.limit.check(self._count, 1)
            self._outboxes.check_room(target, opened)
            self._add(subscription, target, opened)

    def listed(self, event: str | None = None, socket: Socket | None = None) -> Sequence[ActiveSubscription]:
        """List the subscriptions of one event, newest first, or of all events by id; of one socket or of all.

        raises UnknownEventError.
        """
        self.reap(self._clock())
        if event is not None and event not in self.subscribers:
            raise UnknownEventError(event)
        listed = self.subscribers.values() if event is None else (self.subscribers[event],)
        if socket is None:
            return [active for subscribers in listed for active in subscribers.newest_first()]
        found = (subscribers.by_socket.get(socket) for subscribers in listed)
        return [active for active in found if active is not None]

    def has_subscribers(self, event: str) -> bool:
        """Say whether an event has a subscription now.

        raises UnknownEventError.
        """
        self.reap(self._clock())
        if (subscribers := self.subscribers.get(event)) is None:
            raise UnknownEventError(event)
        return bool(subscribers.by_socket)

    def walk(self, event: str | None) -> Iterator[SubscriptionState]:
        """Describe the subscriptions of now one by one; those that have ended meanwhile are left out.

        raises UnknownEventError: at once.
        """
        return self._states(self.listed(event))

    def _states(self, listed: Sequence[ActiveSubscription]) -> Iterator[SubscriptionState]:
        clock, subscribers = self._clock, self.subscribers
        for active in listed:
            subscription = active.subscription
            if subscribers[subscription.event].by_socket.get(subscription.socket) is active:
                yield active.state(clock())

    def totals(self, refused: int) -> Totals:
        """Sum up the counters of all events and outboxes; `refused` is that of events that are not published."""
        subscriptions = raised = sent = failed = dropped = no_subscribers = 0
        for each in self.subscribers.values():
            counters = each.counters
            subscriptions += len(each.by_socket)
            raised += counters.raised
            sent += counters.sent
            failed += counters.failed
            dropped += counters.dropped
            no_subscribers += counters.no_subscribers
            refused += counters.refused
        boxes = self._outboxes
        return Totals(
            len(self.subscribers), subscriptions, raised, sent, failed, dropped,
            boxes.queued, boxes.use(), boxes.set_aside, no_subscribers, refused, self.limit.limit, self.limit.refused,
        )  # fmt: skip

    def walk_outboxes(self) -> Iterator[OutboxState | None]:
        """Describe the queues of the subscriptions, then the other outboxes, each once; None where there is none."""
        seen: set[Socket] = set()
        for active in self.listed():
            queue, socket = active.destination.queue, active.subscription.socket
            state = None if queue is None or socket in seen or not self._is_active(active) else queue.state()
            if state is not None:
                seen.add(socket)
            yield state
        for outbox in self._outboxes.listed():
            yield None if outbox.socket in seen else outbox.state()

    def _is_active(self, active: ActiveSubscription) -> bool:
        subscription = active.subscription
        return self.subscribers[subscription.event].by_socket.get(subscription.socket) is active

    def end(self, event: str, names: tuple[str, ...], socket: Socket, by: str = "") -> tuple[Subscription, ...]:
        """End the subscriptions of a socket to each of the names, deferred too, as `by` asks; returns those ended."""
        wildcard = self._wildcards.get((event, socket))
        if wildcard is not None:
            self.deadlines.disarm(wildcard)
            self._remove_wildcard(wildcard, partial(Unsubscribed, by=by))
        found = [active for name in names if (active := self.subscribers[name].by_socket.get(socket)) is not None]
        for active in found:
            self.deadlines.disarm(active)
            self._remove(active, partial(Unsubscribed, by=by))
        ended = [active.subscription for active in found]
        for saved in self._take_deferred(event, names, socket):
            ended.append(of_saved(saved, socket, None))
            self.history.tell(Unsubscribed(self._wall(), ended[-1], by))
        return tuple(ended)

    def reap(self, now: float) -> None:
        """End subscriptions that have expired, in the order of their deadlines: at most `REAPED_AT_ONCE` of them.

        When `deadlines.next` is not later than `now` afterwards, there are more.
        """
        if now < self.deadlines.next:
            return
        self.before_reaping()
        for item in self.deadlines.due(now, REAPED_AT_ONCE):
            if isinstance(item, ActiveSubscription):
                self.expired += 1
                self._remove(item, Expired)
            elif isinstance(item, WildcardSubscription):
                self._remove_wildcard(item, Expired)

    def _add(self, subscription: Subscription, target: Target, opened: Opened) -> Subscription:
        subscribers = self.subscribers[subscription.event]
        destination = self._outboxes.open(target, opened)
        active = ActiveSubscription(subscription, target, destination, subscribers.counters)
        subscribers.add(active)
        self._count += 1
        self.schemes[subscription.socket.scheme] += 1
        self.deadlines.arm(active)
        self._note(active)
        self.history.tell(Subscribed(self._wall(), subscription))
        return subscription

    def _refresh(
        self, active: ActiveSubscription, target: Target, opened: Opened | None, expire: int | None, now: float
    ) -> Subscription:
        if target.secret is not None and target.secret != active.target.secret:
            self._outboxes.redirect(target, opened or target.open())
            self._note(active)
            active.target = target
        renewed = renew(active.subscription, expire, now)
        active.renew(renewed)
        self.deadlines.arm(active)
        self._note(active)
        self.history.tell(Refreshed(self._wall(), renewed))
        return renewed

    def _add_wildcard(self, subscription: Subscription, target: Target, opened: Opened) -> None:
        key = subscription.event, subscription.socket
        wildcard = self._wildcards.get(key)
        if wildcard is None:
            wildcard = WildcardSubscription(subscription, target, opened)
        else:
            self._note(wildcard)
            if target.secret is not None and target.secret != wildcard.target.secret:
                self._outboxes.redirect(target, opened)
                wildcard.target, wildcard.opened = target, opened
            wildcard.subscription = renew(wildcard.subscription, subscription.expire, self._clock())
            wildcard.expires_at = wildcard.subscription.expires_at
        self._put_wildcard(wildcard)

    def _put_wildcard(self, wildcard: WildcardSubscription) -> None:
        key = wildcard.subscription.event, wildcard.subscription.socket
        is_new = key not in self._wildcards
        self._count += is_new
        self._wildcards[key] = wildcard
        self.history.note_wildcard((Subscribed if is_new else Refreshed)(self._wall(), wildcard.subscription))
        self.deadlines.arm(wildcard)
        self._note(wildcard)

    def _remove_wildcard(self, wildcard: WildcardSubscription, record: _End) -> None:
        del self._wildcards[wildcard.subscription.event, wildcard.subscription.socket]
        self._count -= 1
        self._note(wildcard)
        self.history.note_wildcard(record(self._wall(), wildcard.subscription))

    def _remove(self, active: ActiveSubscription, record: _End) -> None:
        self.subscribers[active.subscription.event].remove(active)
        self._count -= 1
        self.schemes[active.subscription.socket.scheme] -= 1
        self._outboxes.close(active.destination)
        self._note(active)
        self.history.tell(record(self._wall(), active.subscription))

    def _take_deferred(self, event: str, names: tuple[str, ...], socket: Socket) -> list[SavedSubscription]:
        taken = self.deferred.take(event, names, socket)
        for saved in taken:
            self.saved.note(saved.event, socket, saved.source, is_wildcard=saved.is_wildcard)
        return taken

    def _note(self, item: ActiveSubscription | WildcardSubscription) -> None:
        if not self.saved.is_followed:
            return
        subscription, is_wildcard = item.subscription, isinstance(item, WildcardSubscription)
        self.saved.note(subscription.event, subscription.socket, item.target.source, is_wildcard=is_wildcard)
