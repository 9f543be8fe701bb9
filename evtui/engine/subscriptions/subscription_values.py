"""The values of subscriptions: new, saved by an earlier run, and refreshed."""

from typing import Final

from msgspec.structs import replace

from evtui.core.transport import SavedSubscription
from evtui.core.values import Socket, Subscription
from evtui.engine.subscriptions.saved_subscriptions import WildcardSubscription

FAR: Final = 2**53
"""Seconds of the longest expiry: above it a float cannot count single seconds."""


def fresh(event: str, socket: Socket, expire: int | None, now: float, pattern: str | None) -> Subscription:
    """Make a subscription that begins now; `expire` in seconds, None for ever."""
    return Subscription(event, socket, expire, None if expire is None else _deadline(now, expire), pattern)


def of_saved(saved: SavedSubscription, socket: Socket, expires_at: float | None) -> Subscription:
    """Make the subscription that was saved, with its deadline in this run."""
    # A wildcard is saved without a pattern: its event is the pattern.
    pattern = saved.event if saved.is_wildcard else saved.pattern
    return Subscription(saved.event, socket, saved.expire, expires_at, pattern)


def renew(old: Subscription, expire: int | None, now: float) -> Subscription:
    """Give a subscription another expiry, or, when that is None, its old number of seconds again."""
    seconds = old.expire if expire is None else expire
    return replace(old, expire=seconds, expires_at=None if seconds is None else _deadline(now, seconds))


def outlasts(one: WildcardSubscription, other: WildcardSubscription | None) -> bool:
    """Say whether a wildcard lasts longer than another one, if there is another one."""
    if other is None:
        return True
    return other.expires_at is not None and (one.expires_at is None or one.expires_at > other.expires_at)


def _deadline(now: float, seconds: int) -> float:
    return now + min(seconds, FAR)
