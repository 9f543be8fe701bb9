"""Two pieces of work timed in turn, A B A B …, so that a ratio holds while the machine's speed drifts."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 15

Work = Callable[[], None]


@dataclass(frozen=True)
class Pairs:
    """What the rounds took: medians in seconds, and the sorted ratios ours/theirs, pair by pair."""

    ours: float
    theirs: float
    ratios: list[float]


def compare(ours: Work, theirs: Work, *, before: Work | None = None, rounds: int = ROUNDS) -> Pairs:
    """Time both in turn after one warm-up; `before` runs before each, untimed."""
    ready = before or (lambda: None)
    _timed(ours, ready)
    _timed(theirs, ready)
    pairs = [(_timed(ours, ready), _timed(theirs, ready)) for _ in range(rounds)]
    return Pairs(
        statistics.median(our for our, _ in pairs),
        statistics.median(their for _, their in pairs),
        sorted(our / their for our, their in pairs),
    )


def say(label: str, ratios: list[float], limit: str, more: str = "") -> None:
    """Print one line: the median ratio, its range, the limit it is held against."""
    middle = statistics.median(ratios)
    print(f"{label:46s} {middle:5.2f} x  ({ratios[0]:.2f} to {ratios[-1]:.2f}; {limit})  {more}", flush=True)


def _timed(work: Work, ready: Work) -> float:
    ready()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
