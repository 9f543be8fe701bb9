"""Charts of blocks: columns over time, the axis below them, and bars of shares. All is cut to widths in cells."""

import math
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len

_EIGHTHS_HIGH: Final = " ▁▂▃▄▅▆▇█"
_EIGHTHS_WIDE: Final = " ▏▎▍▌▋▊▉█"

NOT_MEASURED: Final = "·"
"""Stands on the lowest row of a column of which nothing is known. A column of zero is empty."""

FLAT: Final = "─"
"""Stands on the lowest row of the columns of a chart that has only zeros."""

_MARK: Final = 8
"""Cells that a mark of the axis needs."""

_STEPS: Final = (1.0, 2.0, 5.0, 10.0)


def columns(values: Sequence[float | None], rows: int, top: float) -> list[str]:
    """Draw a column for each value, 0 to `top`, over some rows; returns the rows, the highest first.

    Each row is as many cells wide as there are values. What is not zero is always seen; what exceeds the top is cut
    there. None and NaN are not measured. The top is an eighth of a row below the end: charts do not touch each other.
    With a top of 0 there are only zeros.
    """
    if top <= 0:
        flat = "".join(NOT_MEASURED if value is None or math.isnan(value) else FLAT for value in values)
        return [*[" " * len(values)] * (rows - 1), flat]
    heights = [_eighths(value, rows, top) for value in values]
    return ["".join(_piece(height, row) for height in heights) for row in reversed(range(rows))]


def stretch(values: Sequence[float | None], cells: int) -> list[float | None]:
    """Draw some values over at least as many cells: each gets one or more of them, and none is left out."""
    return [values[cell * len(values) // cells] for cell in range(cells)] if values else []


def axis_top(highest: float) -> float:
    """Return the end of an axis that has room for a value: 1, 2 or 5 times a power of ten; 0 for nothing."""
    if not highest > 0 or math.isinf(highest):
        return 0.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next((step * power for step in _STEPS if step * power >= highest), 10 * power)


def time_axis(minutes: int, cells: int) -> str:
    """Write the axis of the last minutes: marks of times before now, and `now` at the end, in a width in cells."""
    line = [" "] * cells
    _put(line, cells - len("now"), "now")
    whole, unit, step = (60, "s", 15) if minutes == 1 else (minutes, "min", max(1, minutes // 5))
    # Fewer marks where there is no room for all.
    while step * cells < whole * _MARK:
        step += step
    for ago in range(whole, 0, -step):
        _put(line, round(cells * (1 - ago / whole)), f"-{ago} {unit}" if ago == whole else f"-{ago}")
    return "".join(line)


def share_bar(share: float, cells: int) -> str:
    """Draw a part of a whole, 0 to 1, as a bar in a width in cells; what is not zero is always seen."""
    eighths = min(8 * cells, max(1, round(share * 8 * cells))) if share > 0 else 0
    bar = "█" * (eighths // 8) + (_EIGHTHS_WIDE[eighths % 8] if eighths % 8 else "")
    return bar + " " * (cells - cell_len(bar))


def _put(line: list[str], place: int, text: str) -> None:
    """Write a text into a line at a place, unless it would touch another one or the end."""
    behind = place + len(text)
    around = line[max(0, place - 1) : behind + 1]
    if place >= 0 and behind <= len(line) and all(cell == " " for cell in around):
        line[place:behind] = text


def _eighths(value: float | None, rows: int, top: float) -> int | None:
    if value is None or math.isnan(value):
        return None
    if value <= 0:
        return 0
    return max(1, math.ceil(min(value / top, 1.0) * (8 * rows - 1)))


def _piece(eighths: int | None, row: int) -> str:
    if eighths is None:
        return " " if row else NOT_MEASURED
    return _EIGHTHS_HIGH[min(8, max(0, eighths - 8 * row))]
