"""How often the consoles of viewers look for what is new: all of them together have a share of the processor."""

from typing import Final

MOST_LOOKS: Final = 60
"""Looks of all consoles together, in a second; what each finds takes milliseconds to paint."""

UNSEEN: Final = 1.0
"""Seconds between two looks of a console whose viewer takes nothing now."""


def frame_seconds(fps: int, consoles: int, *, is_seen: bool = True) -> float:
    """Return the seconds between two looks of each console: `fps` a second, as long as they are few."""
    return max(1 / fps, consoles / MOST_LOOKS, 0.0 if is_seen else UNSEEN)
