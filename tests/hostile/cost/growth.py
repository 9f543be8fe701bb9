"""Measure how the processor time of a piece of work grows with the size of its input."""

import time
from collections.abc import Callable
from typing import Final

SIZES: Final = (1, 2, 4, 8)
"""The input is doubled three times."""
FACTOR: Final = 20.0
"""Eight times the input may take at most this many times the time; linear work takes 8, quadratic work 64 times."""
SUSPECT: Final = 16.0
"""Times the time of the smallest input that eight times the input takes, from which on it is measured again."""
FLOOR: Final = 0.002
"""Seconds of processor time below which times are not compared: they are noise."""

ENOUGH: Final = 0.2
"""Seconds of one measurement after which a factor that is too large is believed."""


def processor_time(work: Callable[[], object], rounds: int = 3) -> float:
    """Return the least processor time that the work takes in several rounds, in seconds."""
    return min(_once(work) for _ in range(rounds))


def growth(work: Callable[[int], Callable[[], object]], size: int) -> float:
    """Return by what factor the time grows from `size` to eight times that.

    `work` makes the work for an input of a size. What is surely not linear is not measured to its end.
    """
    first = last = max(processor_time(work(size)), FLOOR)
    for step in SIZES[1:]:
        last = processor_time(work(size * step), 2)
        if last > ENOUGH and last / first > FACTOR:
            break
    return last / first


def grows_linearly(work: Callable[[int], Callable[[], object]], size: int) -> bool:
    """Return whether eight times the input takes at most FACTOR times the time; measured again before it is denied.

    Most work is linear: the smallest and the largest input are enough for it.
    """
    smallest = max(processor_time(work(size), 1), FLOOR)
    if processor_time(work(size * SIZES[-1]), 1) <= SUSPECT * smallest:
        return True
    return any(growth(work, size) <= FACTOR for _ in range(2))


def _once(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
