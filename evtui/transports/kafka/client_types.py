"""What the client of a cluster asks the transport."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

CheckBroker: TypeAlias = Callable[[str, int], Awaitable[str]]
"""Check the host and port that a cluster names for a broker; returns the host to connect to.

raises DeliveryError: it is not allowed.
"""
