"""The subscribers without Textual: their deadlines, those that expired a moment ago, and the group of viewers."""

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct

from evtui.core.ports import SubscriptionState
from evtui.core.transport import TransportInfo
from evtui.core.values import Socket, Subscription
from evtui.ui.state.next_steps import NextSteps

EXPIRED_SECONDS = 30.0
"""How long an expired subscription stays in the list."""

_LATE = 1.5
"""Seconds. A subscription that disappears this close to its deadline has expired; before that, a client ended it."""

SubscriptionKey = tuple[str, Socket]


class Subscriber(Struct, frozen=True):
    """One line: a subscription with its counters, and its deadline and end in monotonic seconds."""

    state: SubscriptionState
    deadline: float | None
    expired_at: float | None = None
    """When it was found expired."""

    @property
    def key(self) -> SubscriptionKey:
        """Name the subscription: its event and its socket."""
        return key_of(self.state.subscription)

    def left(self, now: float) -> float | None:
        """Return the seconds it has left: 0.0 once it has expired, None when it is permanent or not known."""
        if self.expired_at is not None:
            return 0.0
        return None if self.deadline is None else max(0.0, self.deadline - now)


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


SubscribersEntry: TypeAlias = Subscriber | ViewerGroup


def key_of(subscription: Subscription) -> SubscriptionKey:
    """Name a subscription: its event and its socket."""
    return (subscription.event, subscription.socket)


class SubscribersView:
    """The subscriptions in the order of the backend; one that expired keeps its place for a while.

    Viewers do not count as subscribers: the last line has their number, and they are listed below it when unfolded.
    """

    def __init__(self) -> None:
        self.subscribers: tuple[Subscriber, ...] = ()
        self.entries: tuple[SubscribersEntry, ...] = ()
        self.active = 0
        self._viewers: tuple[Subscriber, ...] = ()
        self._is_folded = True
        self.waiting = False
        """Whether any subscriber has an outbox."""
        self.schemes: Sequence[TransportInfo] = ()
        """What is known of the schemes of sockets."""
        self.next_steps = NextSteps()
        self.stopped_at: float | None = None
        """The monotonic second at which the backend stopped answering, None while it answers."""
        self._ended: set[SubscriptionKey] = set()

    def ended_by_hand(self, subscription: Subscription) -> None:
        """Remember that a client ended a subscription, so that it is not shown as expired."""
        self._ended.add(key_of(subscription))

    def stop(self, now: float) -> None:
        """Stop the countdowns: the backend does not answer."""
        self.stopped_at = now if self.stopped_at is None else self.stopped_at

    @property
    def has_countdowns(self) -> bool:
        """Say whether any line changes by itself as time passes."""
        return self.stopped_at is None and any(
            isinstance(line, Subscriber) and line.deadline is not None for line in self.entries
        )

    def known_at(self, now: float) -> float:
        """Return the second that the countdowns are for: `now`, or when the backend stopped answering."""
        return now if self.stopped_at is None else self.stopped_at

    def take(self, states: Sequence[SubscriptionState], now: float) -> None:
        """Take the subscriptions as the backend gave them at `now`, in monotonic seconds."""
        listed = [Subscriber(state, None if state.ttl is None else now + state.ttl) for state in states]
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
        self._add_viewers()

    def fold_viewers(self) -> None:
        """List the viewers below their line, or hide them again."""
        self._is_folded = not self._is_folded
        self._add_viewers()

    def _add_viewers(self) -> None:
        self.entries = self.subscribers
        if self._viewers:
            number = len({line.state.subscription.socket for line in self._viewers})
            self.entries += (ViewerGroup(number, self._is_folded, not self.subscribers),)
            self.entries += () if self._is_folded else self._viewers

    def _expired(self, old: Subscriber, now: float) -> Subscriber | None:
        if old.expired_at is not None:
            return old if now - old.expired_at < EXPIRED_SECONDS else None
        if old.key in self._ended or old.deadline is None or old.deadline > now + _LATE:
            return None
        return Subscriber(old.state, old.deadline, expired_at=now)
