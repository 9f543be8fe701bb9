"""The status of a delivery as a sign and a colour."""

from collections.abc import Mapping
from types import MappingProxyType

from evtui.core.records import Retrying
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


def attempt_text(retry: Retrying) -> str:
    """Say which attempt failed and why: `attempt 3: ECONNREFUSED: Connection refused`."""
    return f"attempt {retry.attempt:,}: {retry.reason}"
