"""The changes of subscriptions by a key: unsubscribe, undo that, renew, subscribe again after a restart of the server.

Each ends in a notice of what it did.
"""

import math
from collections.abc import Sequence

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Clock, SubscriptionState
from evtui.core.redact import redact_words
from evtui.core.values import Subscription
from evtui.ui.messages import Notice
from evtui.ui.subscribers.remembering_backend import OwnSubscription, RememberingBackend
from evtui.ui.text.figures import countdown


class SubscriptionChanges:
    """Changes subscriptions of a backend; remembers those that were ended, and those that a restart ended."""

    def __init__(self, backend: RememberingBackend, clock: Clock, undo_key: str) -> None:
        """`clock` is monotonic; `undo_key` is the key that makes a subscription again, as it is bound."""
        self._undo_key = undo_key
        self._backend = backend
        self._clock = clock
        self._offered: tuple[OwnSubscription, ...] = ()
        self._ended: list[tuple[Subscription, float | None]] = []

    async def unsubscribe(self, subscription: Subscription, left: float | None) -> Notice:
        """End a subscription; `left` is the seconds until its expiry, None when it was permanent or is not known."""
        if (refusal := await self._subscribe(subscription, 0)) is not None:
            return refusal
        if left is None and subscription.expire is not None:  # the server did not tell
            left = float(subscription.expire)
        done = f"Unsubscribed {_named(subscription, 'from')}."
        if left is None and not (await self._backend.status()).can_be_permanent:
            return Notice(f"{done} It was permanent: it cannot be made again over the management interface.")
        self._ended.append((subscription, left))
        return Notice(f"{done} {self._undo_key} makes it again.")

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
        return Notice(f"Renewed {_named(subscription)} for {subscription.expire:,} s.")

    async def renew_socket(self, socket: str) -> Notice:
        """Subscribe a socket again, with the same expiry, to each event that it is subscribed to."""
        try:
            states = await self._backend.subscriptions(socket=socket)
        except EvtuiError as error:
            return Notice(display_safe(str(error), 300), bad=True)
        expiring = [state.subscription for state in states if state.subscription.expire is not None]
        shown = display_safe(socket, 80)
        if not expiring:
            return Notice(f"{shown} has no subscription that expires.")
        answers = [await self._subscribe(subscription, subscription.expire) for subscription in expiring]
        refused = [answer for answer in answers if answer is not None]
        done = f"Renewed {len(expiring) - len(refused):,} of {len(expiring):,} subscriptions of {shown}"
        return Notice(f"{done}. {refused[0].text}", bad=True) if refused else Notice(f"{done}.")

    def offer(self, states: Sequence[SubscriptionState]) -> None:
        """Offer again what was subscribed here and is not among the listed subscriptions."""
        self._offered = self._backend.missing(states)

    def withdraw(self) -> bool:
        """Offer nothing any more; returns whether anything was offered."""
        offered, self._offered = self._offers(), ()
        return bool(offered)

    def offer_text(self, key: str = "") -> str:
        """Say what `key` subscribes again, and for how long; empty when nothing is offered."""
        offered, now = self._offers(), self._clock()
        if not offered:
            return ""
        what = f"{len(offered):,} subscriptions that were made or renewed here"
        if len(offered) == 1:
            what = f"{display_safe(redact_words(offered[0].socket), 60)} to {display_safe(offered[0].event, 64)}"
        left = sorted({countdown(own.left(now)) for own in (min(offered, key=_until), max(offered, key=_until))})
        again = f"{key or 'The palette'} subscribes again {what}, with {' to '.join(left)} left"
        return f"The server was started again. {again}"

    async def subscribe_again(self) -> Notice:
        """Subscribe what is offered, each for the time that it has left."""
        offered, self._offered = self._offers(), ()
        if not offered:
            return Notice("Nothing to subscribe again: no restart of the server ended what was subscribed here.")
        for place, own in enumerate(offered):
            try:
                await self._backend.at(own.server).subscribe(own.event, own.socket, own.left(self._clock()) or 1)
            except EvtuiError as error:
                self._offered = offered[place:]
                return Notice(display_safe(str(error), 300), bad=True)
        return Notice(f"Subscribed again: {len(offered):,}.")

    def _offers(self) -> tuple[OwnSubscription, ...]:
        now = self._clock()
        return tuple(own for own in self._offered if own.left(now))

    async def _subscribe(self, subscription: Subscription, expire: int | None) -> Notice | None:
        """Subscribe the same socket and event; returns what the backend refused, None when it did it."""
        try:
            await self._backend.at(subscription.server).subscribe(subscription.event, str(subscription.socket), expire)
        except EvtuiError as error:
            return Notice(display_safe(str(error), 300), bad=True)
        return None


def _until(own: OwnSubscription) -> float:
    return own.until


def expiry_text(changed: Subscription) -> str:
    """Say how long a subscription lasts from now on; 0 seconds are its end."""
    if changed.expire == 0:
        return f"Unsubscribed {_named(changed, 'from')}."
    return f"{_named(changed)} {'is permanent' if changed.expire is None else f'expires in {changed.expire:,} s'}."


def subscribed_text(made: Sequence[Subscription]) -> str:
    """Say what was subscribed: one socket to one event, or to all events of a wildcard."""
    events, servers = {each.event for each in made}, list(dict.fromkeys(each.server for each in made if each.server))
    event = display_safe(made[0].event, 64) if len(events) == 1 else f"{len(events):,} events"
    where = f" at {display_safe(', '.join(servers), 200)}" if servers else ""
    return f"Subscribed {display_safe(str(made[0].socket), 80)} to {event}{where}."


def _named(subscription: Subscription, link: str = "to") -> str:
    where = f" at {display_safe(subscription.server, 40)}" if subscription.server else ""
    return f"{display_safe(str(subscription.socket), 80)} {link} {display_safe(subscription.event, 64)}{where}"
