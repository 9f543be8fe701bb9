"""What this program saw of the subscriptions of a server that keeps no history of them.

Each list of subscriptions is compared with the one before. A change between two lists has happened somewhere between
them; when this program asked for the change itself, it knows the moment.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from evtui.core.delivery_report import StepKind
from evtui.core.ports import Clock, SubscriptionState
from evtui.core.values import Subscription

MAX_SEEN: Final = 5_000
"""Subscriptions that are remembered; of more, those that changed longest ago are forgotten."""

MAX_OF_ONE: Final = 100
"""Changes that are remembered of one subscription."""

_ENDED: Final = "a client ended it, or a restart of the server did: it does not tell which"

_LATE: Final = 2.0
"""Seconds. Servers tell the time left in whole seconds; one that disappears so close to its deadline has expired."""

_HERE: Final = "this program asked for it"
_ELSEWHERE: Final = "another client, or the script of the server, asked for it"


class SeenChange(Struct, frozen=True, gc=False):
    """One change of a subscription."""

    kind: StepKind
    after: float
    """Wall seconds of the last look before it."""
    at: float
    """Wall seconds of the look that showed it."""
    cause: str


class _Listed(Struct, gc=False):
    """A subscription as it was listed last."""

    deadline: float | None
    """Wall seconds at which it ends; None when the server does not tell."""


class SeenSubscriptions:
    """The changes of each subscription, by event and listed socket. `wall` tells wall seconds."""

    def __init__(self, wall: Clock) -> None:
        self._wall = wall
        self._listed: dict[tuple[str, str], _Listed] = {}
        self._changes: OrderedDict[tuple[str, str], tuple[SeenChange, ...]] = OrderedDict()
        self._last_look = 0.0
        self.first_look: float | None = None
        """Wall seconds of the first list; None before there is one."""

    def of(self, event: str, socket: str) -> tuple[SeenChange, ...]:
        """Return the changes of a subscription, oldest first."""
        return self._changes.get((event, socket), ())

    def is_listed(self, event: str, socket: str) -> bool:
        """Say whether the last list had the subscription."""
        return (event, socket) in self._listed

    def last_socket(self, event: str) -> str:
        """Return the socket whose subscription to an event changed last; empty when none is remembered."""
        return next((socket for name, socket in reversed(self._changes) if name == event), "")

    def take(self, states: Sequence[SubscriptionState], is_known: Callable[[str], bool]) -> None:
        """Take a list without its viewers; `is_known` says of an event whether the list has all its subscriptions."""
        now = self._wall()
        is_first, before = self.first_look is None, self._last_look
        self.first_look, self._last_look = now if self.first_look is None else self.first_look, now
        fresh: dict[tuple[str, str], _Listed] = {}
        for state in states:
            if state.viewer:
                continue
            subscription = state.subscription
            key = subscription.event, str(subscription.socket)
            deadline = None if state.ttl is None else now + state.ttl
            fresh[key] = _Listed(deadline)
            known = self._listed.get(key)
            if known is None:
                cause = "before this program looked for the first time" if is_first else _ELSEWHERE
                self._add(key, SeenChange("subscribed", float("-inf") if is_first else before, now, cause))
            elif deadline is not None and known.deadline is not None and deadline > known.deadline + _LATE:
                self._add(key, SeenChange("renewed", before, now, _ELSEWHERE))
        for key, known in self._listed.items():
            if key in fresh:
                continue
            if not is_known(key[0]):
                fresh[key] = known
                continue
            expired = known.deadline is not None and known.deadline <= now + _LATE
            cause = "its deadline came" if expired else _ENDED
            self._add(key, SeenChange("expired" if expired else "unsubscribed", before, now, cause))
        self._listed = fresh

    def note_own(self, subscriptions: Sequence[Subscription], expire: int) -> None:
        """Take note of what this program subscribed, renewed or, with expire 0, ended."""
        now = self._wall()
        for subscription in subscriptions:
            key = subscription.event, str(subscription.socket)
            if expire == 0:
                self._listed.pop(key, None)
                self._add(key, SeenChange("unsubscribed", now, now, _HERE))
            else:
                kind: StepKind = "renewed" if key in self._listed else "subscribed"
                self._listed[key] = _Listed(now + expire)
                self._add(key, SeenChange(kind, now, now, _HERE))

    def _add(self, key: tuple[str, str], change: SeenChange) -> None:
        changes = self._changes.pop(key, ())
        self._changes[key] = (*changes[1 - MAX_OF_ONE :], change)
        if len(self._changes) > MAX_SEEN:
            self._changes.popitem(last=False)
