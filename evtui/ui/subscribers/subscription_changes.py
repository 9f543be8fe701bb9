"""What the console changes by a key: unsubscribe, undo that, renew. Each says in a sentence what it did."""

import math

from evtui.codecs.display_text import display_safe
from evtui.core.ports import Backend
from evtui.core.values import Subscription


class SubscriptionChanges:
    """Asks the backend and remembers what can be undone."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._ended: list[tuple[Subscription, float | None]] = []

    async def unsubscribe(self, subscription: Subscription, left: float | None) -> str:
        """End a subscription; `left` is the seconds it had. raises EvtuiError."""
        await self._backend.subscribe(subscription.event, str(subscription.socket), 0)
        self._ended.append((subscription, left))
        return f"Unsubscribed {_named(subscription, 'from')}. U makes it again."

    async def undo(self) -> str:
        """Make the subscription again that was ended last, for the time it had left. raises EvtuiError."""
        if not self._ended:
            return "Nothing to undo."
        subscription, left = self._ended[-1]
        expire = None if left is None else max(1, math.ceil(left))
        await self._backend.subscribe(subscription.event, str(subscription.socket), expire)
        self._ended.pop()
        return f"Subscribed {_named(subscription)} again."

    async def renew(self, subscription: Subscription) -> str:
        """Give a subscription its whole time again. raises EvtuiError."""
        await self._backend.subscribe(subscription.event, str(subscription.socket), subscription.expire)
        if subscription.expire is None:
            return f"{_named(subscription)} is permanent."
        return f"Renewed {_named(subscription)} for {subscription.expire} s."


def _named(subscription: Subscription, link: str = "to") -> str:
    return f"{display_safe(str(subscription.socket), 80)} {link} {display_safe(subscription.event, 64)}"
