"""The status of a delivery as a sign and a colour."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from evtui.core.records import (
    Expired,
    Published,
    Record,
    Refreshed,
    Refused,
    Restarted,
    Retrying,
    Subscribed,
    Unsubscribed,
)
from evtui.ui.stream.delivery_status import DeliveryStatus
from evtui.ui.text.cells import Role

MARK_SIGN = "◆"
"""What stands behind the time of a marked row."""

SIGN_WIDTH = 2
"""Cells of the widest sign."""

STATUS_SIGNS: Mapping[DeliveryStatus, tuple[Role, str]] = MappingProxyType(
    {
        "sent": ("good", "✓"),
        "acknowledged": ("good", "✓✓"),
        "failed": ("bad", "✗"),
        "dropped": ("bad", "⌀"),
        "queued": ("dim", "…"),
        "retrying": ("wait", "↻"),
    }
)


STATUS_MEANINGS: Mapping[DeliveryStatus, str] = MappingProxyType(
    {
        "sent": "Sent; the peer does not acknowledge",
        "acknowledged": "Acknowledged by the peer",
        "failed": "Failed: the subscriber never gets it; the row says why",
        "dropped": "Dropped by a bound of a queue, or at a restart",
        "queued": "Waits in a queue",
        "retrying": "An attempt failed; it is tried again",
    }
)
"""What the signs of deliveries say."""

CHANGE_SIGNS: Mapping[type[Record], tuple[Role, str, str]] = MappingProxyType(
    {
        Subscribed: ("accent", "+", "Subscribed"),
        Refreshed: ("accent", "=", "Renewed"),
        Unsubscribed: ("wait", "-", "Ended, by a request or by its expiry"),
        Expired: ("wait", "-", "Ended, by a request or by its expiry"),
        Published: ("accent", "★", "A new event was published"),
        Restarted: ("wait", "!", "The server was started again; records may be missing"),
        Refused: ("bad", "⌀", "A raise was refused; the row says why"),
    }
)
"""The signs of records other than deliveries, and what they say."""


def sign_lines() -> Iterator[tuple[str, str]]:
    """List the signs of the stream and of the subscribers, and what they say."""
    for status, (_, sign) in STATUS_SIGNS.items():
        yield sign, STATUS_MEANINGS[status]
    yield from dict.fromkeys((sign, said) for _, sign, said in CHANGE_SIGNS.values())
    yield "·", "Nothing is known of a delivery, or nothing was delivered yet"
    yield MARK_SIGN, "A marked row"


def attempt_text(retry: Retrying) -> str:
    """Say which attempt failed and why: `attempt 3: ECONNREFUSED: Connection refused`."""
    return f"attempt {retry.attempt:,}: {retry.reason}"
