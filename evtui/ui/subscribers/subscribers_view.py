"""The subscribers without Textual: by event, with their deadlines, those that expired a moment ago, and the viewers."""

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from evtui.core.ports import SubscriptionState
from evtui.core.transport import TransportInfo
from evtui.core.values import Socket, Subscription
from evtui.ui.fleet.server_looks import NO_SERVERS, ServerLooks
from evtui.ui.state.next_steps import NextSteps

EXPIRED_SECONDS = 30.0
"""How long an expired subscription stays in the list."""

SHOWN_SECONDS = 30.0
"""How long a column stays that has only zeros again."""

_LATE = 1.5
"""Seconds. A subscription that disappears this close to its deadline has expired; before that, a client ended it."""

SubscriptionKey = tuple[str, Socket]

SubscriberOrder: TypeAlias = Literal["event", "expiry", "failures", "queue", "server"]
SUBSCRIBER_ORDERS: Final[tuple[SubscriberOrder, ...]] = get_args(SubscriberOrder)
"""The last one is for a fleet: the subscribers of each server."""

Counter: TypeAlias = Literal["sent", "lost", "queued", "link", "error"]
"""A column that is left out while it has nothing to say of any subscriber."""


class Subscriber(Struct, frozen=True):
    """One line: a subscription with its counters, and its deadline and end in monotonic seconds."""

    state: SubscriptionState
    deadline: float | None
    expired_at: float | None = None
    """When it was found expired."""
    last: Literal["sent", "failed"] | None = None
    """How the deliveries since the poll before the last change went; one that failed counts more."""

    @property
    def key(self) -> SubscriptionKey:
        """Name the subscription: its event and its socket."""
        return key_of(self.state.subscription)

    def left(self, now: float) -> float | None:
        """Return the seconds it has left: 0.0 once it has expired, None when it is permanent or not known."""
        if self.expired_at is not None:
            return 0.0
        return None if self.deadline is None else max(0.0, self.deadline - now)


GroupKey: TypeAlias = tuple[str, str]
"""An event, and a server of a fleet where the subscribers are listed by server."""


class EventGroup(Struct, frozen=True):
    """The line above the subscribers of an event."""

    event: str
    subscribers: int
    """Its subscriptions, without those that have expired."""
    deadline: float | None
    """The monotonic second at which the next of them expires; None when none does, or when it is not known."""
    folded: bool
    server: str = ""
    """The server of a fleet, where each has its own line."""

    @property
    def key(self) -> GroupKey:
        """Name the line."""
        return self.event, self.server


class ViewerGroup(Struct, frozen=True):
    """The line of the viewers: programs that watch the server, this console among them."""

    viewers: int
    folded: bool
    alone: bool
    """Whether there are no other subscribers."""

    @property
    def key(self) -> str:
        """Name the line."""
        return "viewers"


SubscribersEntry: TypeAlias = EventGroup | Subscriber | ViewerGroup


def key_of(subscription: Subscription) -> SubscriptionKey:
    """Name a subscription: its event and its socket."""
    return (subscription.event, subscription.socket)


class SubscribersView:
    """The subscriptions by event, in one of four orders; one that expired keeps its place for a while.

    Viewers do not count as subscribers: the last line has their number, and they are listed below it when unfolded.
    """

    def __init__(self) -> None:
        self.subscribers: tuple[Subscriber, ...] = ()
        """In the order of the backend: by event, the newest first."""
        self.entries: tuple[SubscribersEntry, ...] = ()
        self.active = 0
        self.order: SubscriberOrder = "event"
        self.waiting = False
        """Whether any subscriber has an outbox."""
        self.schemes: Sequence[TransportInfo] = ()
        """What is known of the schemes of sockets."""
        self.next_steps = NextSteps()
        self.stopped_at: float | None = None
        """The monotonic second at which the backend stopped answering, None while it answers."""
        self._viewers: tuple[Subscriber, ...] = ()
        self._viewers_are_folded = True
        self.servers: ServerLooks = NO_SERVERS
        """The servers of a fleet; none where there is one server."""
        self._folded: set[GroupKey] = set()
        self._ended: set[SubscriptionKey] = set()
        self._told_at: dict[Counter, float] = {}
        """When a column had something to say last."""

    def ended_by_hand(self, subscription: Subscription) -> None:
        """Remember that a client ended a subscription, so that it is not shown as expired."""
        self._ended.add(key_of(subscription))

    def start_over(self) -> None:
        """Forget the subscriptions, so that none of them is shown as expired."""
        self.subscribers = ()

    def stop(self, now: float) -> None:
        """Stop the countdowns: the backend does not answer."""
        self.stopped_at = now if self.stopped_at is None else self.stopped_at

    @property
    def has_countdowns(self) -> bool:
        """Say whether any line changes by itself as time passes."""
        return self.stopped_at is None and any(
            not isinstance(line, ViewerGroup) and line.deadline is not None for line in self.entries
        )

    @property
    def silent(self) -> frozenset[Counter]:
        """Return the columns that have nothing to say of any subscriber, and have not had for a while."""
        return frozenset(COUNTERS) - frozenset(self._told_at)

    def known_at(self, now: float) -> float:
        """Return the second that the countdowns are for: `now`, or when the backend stopped answering."""
        return now if self.stopped_at is None else self.stopped_at

    def take(self, states: Sequence[SubscriptionState], now: float) -> None:
        """Take the subscriptions as the backend gave them at `now`, in monotonic seconds."""
        before = {line.key: line for line in self.subscribers}
        listed = [_followed(state, before.get(key_of(state.subscription)), now) for state in states]
        fresh = {line.key: line for line in listed if not line.state.viewer}
        self._viewers = tuple(line for line in listed if line.state.viewer)
        lines = list(fresh.values())
        for place, old in enumerate(self.subscribers):
            if old.key not in fresh and (expired := self._expired(old, now)) is not None:
                lines.insert(min(place, len(lines)), expired)
        self.subscribers = tuple(lines)
        self.active = len(fresh)
        self.waiting = any(state.outbox is not None or state.queued for state in states)
        self.stopped_at = None
        self._ended.clear()
        self._note_columns(now)
        self._arrange()

    def next_order(self) -> None:
        """Put the subscribers in the next order."""
        orders = SUBSCRIBER_ORDERS if self.servers else SUBSCRIBER_ORDERS[:-1]
        self.order = orders[(SUBSCRIBER_ORDERS.index(self.order) + 1) % len(orders)]
        self._arrange()

    def fold(self, group: EventGroup | ViewerGroup) -> None:
        """Hide what is below the line of a group, or list it again."""
        if isinstance(group, ViewerGroup):
            self._viewers_are_folded = not self._viewers_are_folded
        else:
            self._folded ^= {group.key}
        self._arrange()

    def first_of(self, socket: Socket) -> SubscriptionKey | None:
        """Return the first subscription of a socket; None when it has none."""
        return next((line.key for line in self.subscribers if line.key[1] == socket), None)

    def reveal(self, event: str) -> None:
        """Make sure that the subscribers of an event are listed."""
        self._folded = {key for key in self._folded if key[0] != event}
        self._arrange()

    def _note_columns(self, now: float) -> None:
        told: dict[Counter, float] = {name: now for line in self.subscribers for name in _told(line.state)}
        kept: dict[Counter, float] = {name: at for name, at in self._told_at.items() if now - at < SHOWN_SECONDS}
        self._told_at = kept | told

    def _arrange(self) -> None:
        self.entries = (*self._by_event(), *self._with_viewers())

    def _by_event(self) -> Iterator[SubscribersEntry]:
        groups: dict[GroupKey, list[Subscriber]] = {}
        by_server = self.order == "server"
        for line in self.subscribers:
            subscription = line.state.subscription
            groups.setdefault((subscription.event, subscription.server if by_server else ""), []).append(line)
        if self.order not in {"event", "server"}:
            for lines in groups.values():
                lines.sort(key=self._rank)
        for key, lines in sorted(groups.items(), key=lambda group: self._rank(group[1][0])):
            yield self._group(key, lines)
            if key not in self._folded:
                yield from lines

    def _group(self, key: GroupKey, lines: Sequence[Subscriber]) -> EventGroup:
        active = [line for line in lines if line.expired_at is None]
        deadline = min((line.deadline for line in active if line.deadline is not None), default=None)
        return EventGroup(key[0], len(active), deadline, key in self._folded, key[1])

    def _rank(self, line: Subscriber) -> float:
        """Return what a subscriber is sorted by: the smallest stands first, equal ones in the order of the backend."""
        match self.order:
            case "event":
                return 0
            case "server":
                places = list(self.servers.roles)
                server = line.state.subscription.server
                return places.index(server) if server in places else len(places)
            case "expiry":
                return math.inf if line.deadline is None else line.deadline
            case "failures":
                return -_lost(line.state)
            case "queue":
                return -(line.state.queued or 0)

    def _with_viewers(self) -> Iterator[SubscribersEntry]:
        if self._viewers:
            number = len({line.state.subscription.socket for line in self._viewers})
            yield ViewerGroup(number, self._viewers_are_folded, not self.subscribers)
            yield from () if self._viewers_are_folded else self._viewers

    def _expired(self, old: Subscriber, now: float) -> Subscriber | None:
        if old.expired_at is not None:
            return old if now - old.expired_at < EXPIRED_SECONDS else None
        if old.key in self._ended or old.deadline is None or old.deadline > now + _LATE:
            return None
        return replace(old, expired_at=now)


COUNTERS: Final[tuple[Counter, ...]] = get_args(Counter)


def _told(state: SubscriptionState) -> Iterator[Counter]:
    """Name the columns that have something to say of a subscriber; what a server does not tell says nothing."""
    if state.sent:
        yield "sent"
    if _lost(state):
        yield "lost"
    if state.queued:
        yield "queued"
    if state.outbox is not None and state.outbox.link != "idle":
        yield "link"
    if state.last_error:
        yield "error"


def _followed(state: SubscriptionState, old: Subscriber | None, now: float) -> Subscriber:
    """Make the line of a subscription from its state at `now` and from its line before."""
    deadline = None if state.ttl is None else now + state.ttl
    if old is None:
        return Subscriber(state, deadline, last="sent" if state.sent else "failed" if _lost(state) else None)
    if deadline is not None and old.deadline is not None and abs(deadline - old.deadline) < 1.0:
        deadline = old.deadline  # a server that tells whole seconds does not move it at each poll
    last = old.last
    if _lost(state) > _lost(old.state):
        last = "failed"
    elif (state.sent or 0) > (old.state.sent or 0):
        last = "sent"
    return Subscriber(state, deadline, last=last)


def _lost(state: SubscriptionState) -> int:
    return (state.failed or 0) + (state.dropped or 0)
