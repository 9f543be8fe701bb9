"""The limits of all sessions together."""

from msgspec import Struct


class SessionLimits(Struct, frozen=True):
    """How many sessions there may be, and how long one stays in which nothing is typed."""

    sessions: int = 50
    per_address: int = 10
    idle: float = 3600.0
    """Seconds; 0 ends no session."""
