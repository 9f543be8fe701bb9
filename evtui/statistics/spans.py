"""The spans of time that statistics are told for, and how one is cut into columns."""

import math
from collections.abc import Sequence
from typing import Final

SPANS: Final = (60.0, 300.0, 900.0)
"""Seconds of the spans: 1, 5 and 15 minutes."""

LONGEST: Final = SPANS[-1]
"""Seconds that anything is kept for."""


def column_edges(now: float, span: float, columns: int) -> Sequence[float]:
    """Cut the seconds before `now` into columns; returns their edges, oldest first, one more than columns.

    The edges stay where they are while time passes: a column moves by one place at a time and is not measured anew.
    So the newest column is shorter than the others, and the oldest one begins at most one column after the span does.
    """
    length = span / columns
    last = math.ceil(now / length)
    return (*((last - columns + number) * length for number in range(columns)), now)
