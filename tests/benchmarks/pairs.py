"""Two pieces of work timed in turn, A B A B …, so that a ratio holds while the machine's speed drifts."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

ROUNDS = 15

Work = Callable[[], None]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Pairs:
    """What the rounds took: medians in seconds, and the sorted ratios ours/theirs, pair by pair."""

    ours: float
    theirs: float
    ratios: list[float]


class Line(NamedTuple):
    """One line of the table."""

    bench: str
    label: str
    ratio: float
    lowest: float
    highest: float
    limit: str
    held: bool | None
    """Whether the median keeps the limit; None where none is set."""
    more: str


class Table:
    """The lines of the benchmarks that have run."""

    def __init__(self) -> None:
        self.bench = ""
        """The one that runs."""
        self.lines: list[Line] = []


TABLE: Final = Table()


def compare(
    ours: Work, theirs: Work, *, before: Work | None = None, rounds: int = ROUNDS, clock: Clock = time.perf_counter
) -> Pairs:
    """Time both in turn after one warm-up; `before` runs before each, untimed. `clock` tells seconds."""
    ready = before or (lambda: None)
    _timed(ours, ready, clock)
    _timed(theirs, ready, clock)
    return pairs_of([(_timed(ours, ready, clock), _timed(theirs, ready, clock)) for _ in range(rounds)])


def pairs_of(pairs: list[tuple[float, float]]) -> Pairs:
    """Sum up what the rounds took, ours and theirs, in seconds."""
    return Pairs(
        statistics.median(our for our, _ in pairs),
        statistics.median(their for _, their in pairs),
        sorted(our / their for our, their in pairs),
    )


def say(label: str, ratios: list[float], limit: str, more: str = "") -> None:
    """Print one line, and keep it for the table: the median ratio, its range, the limit it is held against."""
    middle = statistics.median(ratios)
    held = _holds(middle, limit)
    TABLE.lines.append(Line(TABLE.bench, label, middle, ratios[0], ratios[-1], limit, held, more))
    mark = "" if held is not False else "NOT HELD  "
    print(f"{label:46s} {middle:5.2f} x  ({ratios[0]:.2f} to {ratios[-1]:.2f}; {limit})  {mark}{more}", flush=True)


def _holds(ratio: float, limit: str) -> bool | None:
    match limit.split():
        case ["at", "most", bound]:
            return ratio <= float(bound)
        case ["at", "least", bound]:
            return ratio >= float(bound)
        case _:
            return None


def _timed(work: Work, ready: Work, clock: Clock) -> float:
    ready()
    started = clock()
    work()
    return clock() - started
