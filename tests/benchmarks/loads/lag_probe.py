"""Looks at the loop of a console while it works: how late a short timer fires, and what the process uses meanwhile."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

TICK: Final = 0.005
WINDOW: Final = 1.5
"""Seconds of one window: each gives a figure of its own, and a median is that of the windows."""


class Window(Struct):
    """What was measured in one window: seconds, or parts of a core."""

    lags: list[float] = []
    """How late the timer fired, each time."""
    works: list[float] = []
    """The processor time that the loop used from one firing to the next: the same on a machine that others use too."""
    cpu: float = 0.0
    """Of the whole process."""
    raising: float = 0.0
    """Of it, what it took to raise and send."""
    rate: float = 0.0
    """Events a second."""
    resident: int = 0
    """Bytes of the process at the end."""


async def look_at_loop(
    seconds: float, raised: Callable[[], int], used: Callable[[], float], *, tick: float = TICK
) -> list[Window]:
    """Return a window for each; `raised` counts events, `used` tells the seconds that raising took."""
    windows = list[Window]()
    for _ in range(max(1, round(seconds / WINDOW))):
        window = Window()
        windows.append(window)
        began, events, cpu, raising = time.monotonic(), raised(), time.process_time(), used()
        while (now := time.monotonic()) < began + WINDOW:
            worked = time.thread_time()
            await asyncio.sleep(tick)
            window.lags.append(time.monotonic() - now - tick)
            window.works.append(time.thread_time() - worked)
        took = time.monotonic() - began
        window.cpu, window.raising = (time.process_time() - cpu) / took, (used() - raising) / took
        window.rate, window.resident = (raised() - events) / took, resident()
    return windows


def percentile(seconds: Sequence[float], percent: int) -> float:
    """Return a percentile, in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def resident() -> int:
    """Return the bytes that this process holds."""
    with Path("/proc/self/statm").open(encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
