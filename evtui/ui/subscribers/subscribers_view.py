"""The subscribers outside Textual: deadlines, what is about to end, and what ended a moment ago."""

from collections.abc import Sequence

from msgspec import Struct

from evtui.core.ports import SubscriptionState
from evtui.core.transport import TransportInfo
from evtui.core.values import Socket, Subscription

GHOST_SECONDS = 30.0
"""How long an expired subscription stays to be seen."""

_LATE = 1.5
"""A subscription that is gone this close to its deadline expired; earlier, somebody ended it."""

SubscriptionKey = tuple[str, Socket]


class Subscriber(Struct, frozen=True):
    """One line: the subscription with its counters, the monotonic second it dies, and when it was seen dead."""

    state: SubscriptionState
    deadline: float | None
    died: float | None = None

    @property
    def key(self) -> SubscriptionKey:
        """Name the subscription: its event and its socket."""
        return key_of(self.state.subscription)

    def left(self, now: float) -> float | None:
        """Return the seconds it has left, 0.0 when dead, None when permanent."""
        if self.died is not None:
            return 0.0
        return None if self.deadline is None else max(0.0, self.deadline - now)


def key_of(subscription: Subscription) -> SubscriptionKey:
    """Name a subscription: its event and its socket."""
    return (subscription.event, subscription.socket)


class SubscribersView:
    """The living in the order the backend lists them, each ghost where it stood."""

    def __init__(self) -> None:
        self.subscribers: tuple[Subscriber, ...] = ()
        self.living = 0
        self.waiting = False
        """Whether any subscriber waits in an outbox."""
        self.schemes: Sequence[TransportInfo] = ()
        """What is known of the schemes of sockets."""
        self.stopped: float | None = None
        """The monotonic second from which on nothing is known of them, None while the backend answers."""
        self._ended: set[SubscriptionKey] = set()

    def ended_by_hand(self, subscription: Subscription) -> None:
        """Remember that a subscription was ended, so that it leaves no ghost."""
        self._ended.add(key_of(subscription))

    def stop(self, now: float) -> None:
        """Stand still: the backend is away."""
        self.stopped = now if self.stopped is None else self.stopped

    @property
    def ticking(self) -> bool:
        """Say whether a line changes by itself as time passes."""
        return self.stopped is None and any(line.deadline is not None for line in self.subscribers)

    def known_at(self, now: float) -> float:
        """Return the second for which the countdowns are known: this one, or the last before the backend was away."""
        return now if self.stopped is None else self.stopped

    def take(self, states: Sequence[SubscriptionState], now: float) -> None:
        """Take the list as the backend gives it now."""
        fresh = {
            key_of(state.subscription): Subscriber(state, None if state.ttl is None else now + state.ttl)
            for state in states
        }
        lines = list(fresh.values())
        for place, old in enumerate(self.subscribers):
            if old.key not in fresh and (ghost := self._ghost(old, now)) is not None:
                lines.insert(min(place, len(lines)), ghost)
        self.subscribers = tuple(lines)
        self.living = len(fresh)
        self.waiting = any(state.outbox is not None or state.queued for state in states)
        self.stopped = None
        self._ended.clear()

    def _ghost(self, old: Subscriber, now: float) -> Subscriber | None:
        if old.died is not None:
            return old if now - old.died < GHOST_SECONDS else None
        if old.key in self._ended or old.deadline is None or old.deadline > now + _LATE:
            return None
        return Subscriber(old.state, old.deadline, died=now)
