"""The subscriptions of an engine in the form that makes them again: all of them, and those that changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import anyio

from evtui.core.ports import Clock
from evtui.core.transport import Opened, SavedSubscription, SubscriptionChange, Target
from evtui.core.values import Socket, Subscription
from evtui.engine.subscriptions.active_subscription import ActiveSubscription
from evtui.engine.subscriptions.deadlines import Expiring
from evtui.engine.subscriptions.event_subscribers import EventSubscribers

SLICE: Final = 500
"""Subscriptions described at once; between two slices the event loop serves others."""


class WildcardSubscription(Expiring):
    """A subscribed wildcard: it subscribes its socket to each matching event that is published later."""

    __slots__ = ("opened", "subscription", "target")

    def __init__(self, subscription: Subscription, target: Target, opened: Opened) -> None:
        super().__init__(subscription.expires_at)
        self.subscription = subscription
        self.target = target
        self.opened = opened


Wildcards: TypeAlias = Mapping[tuple[str, Socket], WildcardSubscription]


class SavedSubscriptions:
    """Describes the subscriptions of a table, and notes which ones change once they are followed."""

    def __init__(self, wildcards: Wildcards, subscribers: Mapping[str, EventSubscribers], clock: Clock) -> None:
        self._wildcards = wildcards
        self._subscribers = subscribers
        self._clock = clock
        self._noted: dict[tuple[str, str, bool], Socket] | None = None
        self._change = anyio.Event()

    def __iter__(self) -> Iterator[SavedSubscription]:
        """Walk all subscriptions: the wildcards first, then those of each event, oldest first."""
        return (saved for part in self.slices() for saved in part)

    def slices(self) -> Iterator[Sequence[SavedSubscription]]:
        """Walk the subscriptions that there are now, some at a time; what changes meanwhile is noted as a change."""
        listed: list[ActiveSubscription | WildcardSubscription] = list(self._wildcards.values())
        for subscribers in self._subscribers.values():
            listed += subscribers.by_socket.values()
        for start in range(0, len(listed), SLICE):
            yield list(map(self._describe, listed[start : start + SLICE]))

    def follow(self) -> None:
        """Note changes from now on, until the end of the engine. The caller has to take them."""
        self._noted = {}

    @property
    def is_followed(self) -> bool:
        """Say whether changes are noted."""
        return self._noted is not None

    def note(self, event: str, socket: Socket, source: str, *, is_wildcard: bool = False) -> None:
        """Note that a subscription has changed or ended. `source` as `Target.source`."""
        if self._noted is not None:
            self._noted[event, source, is_wildcard] = socket
            self._change.set()

    async def wait_for_change(self) -> None:
        """Return when there are changes to take."""
        await self._change.wait()

    def take_changes(self) -> Sequence[SubscriptionChange]:
        """Take the changes since the last call, in order: for each subscription only its latest state."""
        noted, self._noted = self._noted or {}, {}
        self._change = anyio.Event()
        return [
            SubscriptionChange(event, source, is_wildcard, self._find(event, socket, source, is_wildcard=is_wildcard))
            for (event, source, is_wildcard), socket in noted.items()
        ]

    def _find(self, event: str, socket: Socket, source: str, *, is_wildcard: bool) -> SavedSubscription | None:
        found: ActiveSubscription | WildcardSubscription | None
        if is_wildcard:
            found = self._wildcards.get((event, socket))
        else:
            found = self._subscribers[event].by_socket.get(socket) if event in self._subscribers else None
        return self._describe(found) if found is not None and found.target.source == source else None

    def _describe(self, item: ActiveSubscription | WildcardSubscription) -> SavedSubscription:
        subscription, target = item.subscription, item.target
        left = None if subscription.expires_at is None else max(0.0, subscription.expires_at - self._clock())
        is_wildcard = isinstance(item, WildcardSubscription)
        return SavedSubscription(
            subscription.event, target.source, subscription.expire, left, None if is_wildcard else subscription.pattern,
            is_wildcard=is_wildcard, trusted=target.trusted,
        )  # fmt: skip
