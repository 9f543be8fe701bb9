"""The changes of subscriptions by a key: unsubscribe, undo that, renew. Each ends in a notice of what it did."""

import math
from collections.abc import Sequence

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend
from evtui.core.values import Subscription
from evtui.ui.messages import Notice


class SubscriptionChanges:
    """Changes subscriptions of a backend, and remembers those that were ended."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._ended: list[tuple[Subscription, float | None]] = []

    async def unsubscribe(self, subscription: Subscription, left: float | None) -> Notice:
        """End a subscription; `left` is the seconds until its expiry, None when it was permanent or is not known."""
        if (refusal := await self._subscribe(subscription, 0)) is not None:
            return refusal
        if left is None and subscription.expire is not None:  # the server did not tell
            left = float(subscription.expire)
        self._ended.append((subscription, left))
        return Notice(f"Unsubscribed {_named(subscription, 'from')}. U makes it again.")

    async def undo(self) -> Notice:
        """Make the subscription again that was ended last, for the time that it had left."""
        if not self._ended:
            return Notice("Nothing to undo.")
        subscription, left = self._ended[-1]
        expire = None if left is None else max(1, math.ceil(left))
        if (refusal := await self._subscribe(subscription, expire)) is not None:
            return refusal
        self._ended.pop()
        return Notice(f"Subscribed {_named(subscription)} again.")

    async def renew(self, subscription: Subscription) -> Notice:
        """Subscribe again with the same expiry, which starts anew."""
        if (refusal := await self._subscribe(subscription, subscription.expire)) is not None:
            return refusal
        if subscription.expire is None:
            return Notice(f"{_named(subscription)} is permanent.")
        return Notice(f"Renewed {_named(subscription)} for {subscription.expire} s.")

    async def _subscribe(self, subscription: Subscription, expire: int | None) -> Notice | None:
        """Subscribe the same socket and event; returns what the backend refused, None when it did it."""
        try:
            await self._backend.subscribe(subscription.event, str(subscription.socket), expire)
        except EvtuiError as error:
            return Notice(display_safe(str(error), 300), bad=True)
        return None


def subscribed_text(made: Sequence[Subscription]) -> str:
    """Say what was subscribed: one socket to one event, or to all events of a wildcard."""
    event = display_safe(made[0].event, 64) if len(made) == 1 else f"{len(made)} events"
    return f"Subscribed {display_safe(str(made[0].socket), 80)} to {event}."


def _named(subscription: Subscription, link: str = "to") -> str:
    return f"{display_safe(str(subscription.socket), 80)} {link} {display_safe(subscription.event, 64)}"
