"""How many dispatch plans a reader of a watch feed holds."""

from typing import Final

SENT_PLANS: Final = 4096
"""The plans that were sent last. The sender sends a plan again before a record names one that was sent earlier."""
