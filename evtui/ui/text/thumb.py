"""Where the thumb of a scroll bar stands, in eighths of a cell."""

from math import ceil
from typing import Final

EIGHTHS: Final = 8

NO_THUMB: Final = (0, 0)
"""All lines are in view, or the bar has no size yet."""


def thumb(size: int, lines: int, window: int, first: float) -> tuple[int, int]:
    """Return the begin and the end of the thumb of a bar of `size` cells, as Textual's `ScrollBarRender` draws it.

    `window` of `lines` lines are in view, from `first` on. Two bars with the same thumb look the same.
    """
    if not size or not 0 < window < lines:
        return NO_THUMB
    length = max(1.0, window * size / lines)
    begin = int((size - length) * first / (lines - window) * EIGHTHS)
    return begin, begin + ceil(length * EIGHTHS)
