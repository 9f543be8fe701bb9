"""The subscription table: who is subscribed to what until when, and the wildcards that wait for new events.

Subscribing, refreshing and ending one subscription never walks the others. The rules of permanence are the reference's
(docs/opensips-behaviour.md 1): a permanent subscription becomes expiring when it is subscribed with an expiry; an
expiring one that is subscribed without gets its time anew.
"""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from msgspec.structs import replace

from evtui.core.errors import UnknownEventError
from evtui.core.ports import Clock
from evtui.core.records import Expired, Record, Refreshed, Subscribed, Unsubscribed
from evtui.core.transport import Opened, SavedSubscription, Target
from evtui.core.values import Event, Socket, Subscription, is_wildcard
from evtui.engine.active_subscription import ActiveSubscription
from evtui.engine.catalogue import Catalogue
from evtui.engine.deadlines import Deadlines, Expiring
from evtui.engine.deferred_subscriptions import DeferredSubscriptions
from evtui.engine.event_subscribers import EventSubscribers
from evtui.engine.journal import Journal
from evtui.engine.outbox.outboxes import Outboxes

FAR = 2**53
"""Seconds past which an expiry is for ever in all but name, and a float no longer counts them."""


class WildcardSubscription(Expiring):
    """A wildcard that was subscribed: it makes a subscription for each matching event that is published later."""

    __slots__ = ("opened", "subscription", "target")

    def __init__(self, subscription: Subscription, target: Target, opened: Opened) -> None:
        super().__init__(subscription.expires_at)
        self.subscription = subscription
        self.target = target
        self.opened = opened


class SubscriptionTable:
    """Rolls by event name, in order of id, with the deadlines of everything on them."""

    def __init__(self, catalogue: Catalogue, journal: Journal, outboxes: Outboxes, clock: Clock, wall: Clock) -> None:
        self._catalogue = catalogue
        self._journal = journal
        self._outboxes = outboxes
        self._clock = clock
        self._wall = wall
        self.deadlines = Deadlines()
        self._standing: dict[tuple[str, Socket], WildcardSubscription] = {}
        self.deferred = DeferredSubscriptions()
        self.subscribers = {event.name: EventSubscribers(event) for event in catalogue}

    def names(self, event: str) -> tuple[str, ...]:
        """List the events a subscriber means: the one of that exact name, or all a wildcard matches.

        raises UnknownEventError: no such event, and it is no wildcard.
        """
        if event in self.subscribers:
            return (event,)
        if isinstance(event, str) and is_wildcard(event):  # pyright: ignore[reportUnnecessaryIsInstance]
            return self._catalogue.matching(event)
        raise UnknownEventError(event)

    def enrol(self, event: Event) -> None:
        """Open the subscribers of a new event and subscribe the wildcards that were waiting for it.

        A socket that several of them mean is subscribed once, for as long as the longest.
        """
        self.subscribers[event.name] = EventSubscribers(event)
        self.reap(self._clock())
        longest: dict[Socket, WildcardSubscription] = {}
        for (pattern, socket), standing in self._standing.items():
            if fnmatchcase(event.name, pattern) and _outlasts(standing, longest.get(socket)):
                longest[socket] = standing
        for standing in longest.values():
            subscription = replace(standing.subscription, event=event.name)
            self._add(subscription, standing.target, standing.opened)

    def subscribe(
        self,
        event: str,
        names: tuple[str, ...],
        target: Target,
        expire: int | None,
        opened: Opened | None,
    ) -> tuple[Subscription, ...]:
        """Subscribe or refresh one socket on each of the names; opens the target at most once.

        It stands for what was deferred of the same, too.

        raises BadSocketError: the destination does not resolve or is not allowed; nothing has changed then.
        """
        now = self._clock()
        self.reap(now)
        known = {name: self.subscribers[name].by_socket.get(target.socket) for name in names}
        if event in self.subscribers and (active := known[event]) is not None:
            return (self._refresh(active, target, opened, expire, now),)
        pattern = None if event in self.subscribers else event
        opened = opened or target.open()
        self.deferred.take(event, names, target.socket)
        if pattern is not None:
            self._stand(_fresh(pattern, target.socket, expire, now, pattern), target, opened)
        return tuple(
            self._add(_fresh(name, target.socket, expire, now, pattern), target, opened)
            if (active := known[name]) is None
            else self._refresh(active, target, opened, expire, now)
            for name in names
        )

    def orders(self) -> Iterator[SavedSubscription]:
        """Walk everything subscribed, the wildcards first, then each event's, oldest first."""
        now = self._clock()
        for standing in self._standing.values():
            yield _order(standing.subscription, standing.target, now, standing=True)
        for subscribers in self.subscribers.values():
            for active in subscribers.by_socket.values():
                yield _order(active.subscription, active.target, now)

    def resume(self, order: SavedSubscription, target: Target, opened: Opened) -> None:
        """Subscribe what was subscribed in an earlier run, for what it has left; one that is there already stays."""
        expires_at = None if order.left is None else self._clock() + order.left
        subscription = Subscription(order.event, target.socket, order.expire, expires_at, order.pattern)
        if order.standing:
            if (order.event, target.socket) not in self._standing:
                self._put_standing(WildcardSubscription(subscription, target, opened))
        elif target.socket not in self.subscribers[order.event].by_socket:
            self._add(subscription, target, opened)

    def end(self, event: str, names: tuple[str, ...], socket: Socket) -> tuple[Subscription, ...]:
        """Unsubscribe a socket at once from each of the names, also what was deferred; unknown ones are no error."""
        standing = self._standing.pop((event, socket), None)
        if standing is not None:
            self.deadlines.disarm(standing)
        ended_subscriptions = [
            active for name in names if (active := self.subscribers[name].by_socket.get(socket)) is not None
        ]
        for active in ended_subscriptions:
            self.deadlines.disarm(active)
            self._remove(active, Unsubscribed)
        ended = [active.subscription for active in ended_subscriptions]
        for order in self.deferred.take(event, names, socket):
            ended.append(Subscription(order.event, socket, order.expire, None, order.pattern))
            self._journal.append(Unsubscribed(self._wall(), ended[-1]))
        return tuple(ended)

    def reap(self, now: float) -> None:
        """End what has expired, each in the order of its deadline."""
        if now < self.deadlines.next:
            return
        for item in self.deadlines.due(now):
            if isinstance(item, ActiveSubscription):
                self._remove(item, Expired)
            elif isinstance(item, WildcardSubscription):
                self._standing.pop((item.subscription.event, item.subscription.socket), None)

    def _add(self, subscription: Subscription, target: Target, opened: Opened) -> Subscription:
        subscribers = self.subscribers[subscription.event]
        destination = self._outboxes.open(target, opened)
        active = ActiveSubscription(subscription, target, destination, subscribers.counters)
        subscribers.add(active)
        self.deadlines.arm(active)
        self._journal.append(Subscribed(self._wall(), subscription))
        return subscription

    def _refresh(
        self, active: ActiveSubscription, target: Target, opened: Opened | None, expire: int | None, now: float
    ) -> Subscription:
        if target.secret is not None and target.secret != active.target.secret:
            self._outboxes.redirect(target, opened or target.open())
            active.target = target
        renewed = _renewed(active.subscription, expire, now)
        active.renew(renewed)
        self.deadlines.arm(active)
        self._journal.append(Refreshed(self._wall(), renewed))
        return renewed

    def _stand(self, subscription: Subscription, target: Target, opened: Opened) -> None:
        key = subscription.event, subscription.socket
        standing = self._standing.get(key)
        if standing is None:
            standing = WildcardSubscription(subscription, target, opened)
        else:
            standing.subscription = _renewed(standing.subscription, subscription.expire, self._clock())
            standing.expires_at = standing.subscription.expires_at
        self._put_standing(standing)

    def _put_standing(self, standing: WildcardSubscription) -> None:
        self._standing[standing.subscription.event, standing.subscription.socket] = standing
        self.deadlines.arm(standing)

    def _remove(self, active: ActiveSubscription, record: Callable[[float, Subscription], Record]) -> None:
        self.subscribers[active.subscription.event].remove(active)
        self._outboxes.close(active.destination)
        self._journal.append(record(self._wall(), active.subscription))


def _fresh(event: str, socket: Socket, expire: int | None, now: float, pattern: str | None) -> Subscription:
    return Subscription(event, socket, expire, None if expire is None else _deadline(now, expire), pattern)


def _order(subscription: Subscription, target: Target, now: float, *, standing: bool = False) -> SavedSubscription:
    left = None if subscription.expires_at is None else max(0.0, subscription.expires_at - now)
    pattern = None if standing else subscription.pattern
    return SavedSubscription(
        subscription.event, target.source, subscription.expire, left, pattern, standing=standing, trusted=target.trusted
    )


def _renewed(old: Subscription, expire: int | None, now: float) -> Subscription:
    seconds = old.expire if expire is None else expire
    return replace(old, expire=seconds, expires_at=None if seconds is None else _deadline(now, seconds))


def _outlasts(one: WildcardSubscription, other: WildcardSubscription | None) -> bool:
    if other is None:
        return True
    return other.expires_at is not None and (one.expires_at is None or one.expires_at > other.expires_at)


def _deadline(now: float, seconds: int) -> float:
    return now + min(seconds, FAR)
