"""Times, durations, rates and counts as text, each in a width that changes little."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.cells import cell_len, set_cell_size

from evtui.codecs.display_text import UNTOLD

_BARS = " ▁▂▃▄▅▆▇█"


def clock_time(at: float) -> str:
    """Write wall-clock seconds as local `HH:MM:SS.mmm`."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]


def day_time(at: float) -> str:
    """Write wall-clock seconds as local `YYYY-MM-DD HH:MM:SS.mmm`."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def countdown(left: float | None) -> str:
    """Write the seconds left as `59:12`, `1:02:03`, `3d 02h`, `100d`, `expired`, or `never` for None."""
    if left is None:
        return "never"
    if left <= 0:
        return "expired"
    minutes, seconds = divmod(math.ceil(left), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 2400:
        return f"{hours // 24}d"
    if hours >= 100:
        return f"{hours // 24}d {hours % 24:02}h"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def expiry(left: float | None, expire: int | None) -> str:
    """Write the seconds left, `≤20:00` when only the expiry is known, or `never`."""
    return f"≤{countdown(expire)}" if left is None and expire is not None else countdown(left)


def latency(seconds: float | None) -> str:
    """Write seconds in at most seven cells: `12 µs`, `1.2 ms`, `250 ms`, `3.4 s`, from 100 seconds on `1:40`.

    NaN, which a server does not tell, is a dash.
    """
    if seconds is None:
        return ""
    if math.isnan(seconds):
        return UNTOLD
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.1f} ms" if seconds < 0.09995 else f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 99.95 else countdown(seconds)


def seconds(number: float) -> str:
    """Write a pause in seconds: `0.4 s`, `12 s`, from two minutes on `2:00`."""
    if number < 9.95:
        return f"{number:.1f} s"
    return f"{number:.0f} s" if number < 119.5 else countdown(number)


def rate(per_second: float) -> str:
    """Write a rate as `41.2/s`."""
    return f"{per_second:,.0f}/s" if per_second >= 1000 else f"{per_second:.1f}/s"


def slow_rate(per_second: float) -> str:
    """Write a rate as `41.2/s`, one that would be rounded to zero as `1.3/min`."""
    return f"{60 * per_second:.1f}/min" if 0.0005 < per_second < 0.05 else rate(per_second)


def count(number: int | None) -> str:
    """Write a count as `12,345`, from a million on as `1.23M`; one that a backend does not tell as a dash."""
    if number is None:
        return UNTOLD
    return f"{number:,}" if number < 1_000_000 else f"{number / 1e6:,.2f}M"


def sparkline(samples: Sequence[float]) -> str:
    """Draw a bar for each sample, the highest as high as a line, and a space for zero."""
    top = max(samples, default=0.0)
    if top <= 0:
        return " " * len(samples)
    return "".join(_BARS[max(1, math.ceil(sample / top * 8))] if sample > 0 else " " for sample in samples)


def cut_middle(text: str, width: int) -> str:
    """Cut a text to a width in cells in its middle: both ends distinguish it from its neighbours."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    head = (width - 1) // 2
    tail = width - 1 - head
    return set_cell_size(text, head).rstrip() + "…" + _last_cells(text, tail)


def cut_end(text: str, width: int) -> str:
    """Cut a text to a width in cells at its end."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…"[:width]


def fill(text: str, width: int, *, right: bool = False) -> str:
    """Pad or cut a text to exactly a width in cells."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(cut_middle(text, width), width)
    return " " * (width - size) + text if right else text + " " * (width - size)


def _last_cells(text: str, width: int) -> str:
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= width:
        start -= 1
    return text[start:]
