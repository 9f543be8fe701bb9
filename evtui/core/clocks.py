"""The clocks that behaviour gets passed in: only the composition root names real ones."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from evtui.core.ports import Clock

Sleep: TypeAlias = Callable[[float], Awaitable[object]]
"""Wait for so many seconds while other tasks run."""


class Clocks(Struct, frozen=True):
    """What a part of the program needs of time."""

    monotonic: Clock
    """Seconds that never go back: deadlines and durations."""
    wall: Clock
    """Seconds since 1970: only to be shown and written."""
    processor: Clock
    """Seconds of processor time that this thread has used."""
    sleep: Sleep
