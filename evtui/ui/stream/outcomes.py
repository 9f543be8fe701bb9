"""How a delivery stands, as a sign, a colour and words."""

from collections.abc import Mapping
from types import MappingProxyType

from evtui.core.records import Retrying
from evtui.ui.stream.delivery_status import Standing
from evtui.ui.text.cells import Role

SIGN_WIDTH = 2
"""Cells of the widest sign."""

OUTCOMES: Mapping[Standing, tuple[Role, str]] = MappingProxyType(
    {
        "sent": ("good", "✓"),
        "acknowledged": ("good", "✓✓"),
        "failed": ("bad", "✗"),
        "dropped": ("bad", "⌀"),
        "queued": ("dim", "…"),
        "retrying": ("wait", "↻"),
    }
)


def held_up(trouble: Retrying) -> str:
    """Say why a delivery waits: `attempt 3: ECONNREFUSED: Connection refused`."""
    return f"attempt {trouble.attempt}: {trouble.reason}"
