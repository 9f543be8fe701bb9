"""Two pieces of work timed in turn, A B A B …, so that a ratio holds while the machine's speed drifts.

What was measured is said as lines, which the table keeps: ratios, and figures with a unit of their own.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

ROUNDS = 15
TIMES: Final = "x"
"""The unit of a ratio."""

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
    value: float
    """The median."""
    lowest: float
    highest: float
    unit: str
    limit: str
    held: bool | None
    """Whether the median keeps the limit; None where none is set."""
    more: str


class Table:
    """What the benchmark that runs in this process has told."""

    def __init__(self) -> None:
        self.bench = ""
        """The one that runs."""
        self.lines: list[Line] = []
        self.not_measured: list[str] = []
        """What it could not measure, and why."""
        self.reference: Path | None = None
        """The directory of a server of OpenSIPS to compare with; None when none was given."""


TABLE: Final = Table()


def compare(
    ours: Work, theirs: Work, *, before: Work | None = None, rounds: int = ROUNDS, clock: Clock = time.perf_counter
) -> Pairs:
    """Time both in turn after one warm-up; `before` runs before each, untimed. `clock` tells seconds."""
    ready = before or (lambda: None)
    _timed(ours, ready, clock)
    _timed(theirs, ready, clock)
    return pairs_of([(_timed(ours, ready, clock), _timed(theirs, ready, clock)) for _ in range(rounds)])


def pairs_of(pairs: Sequence[tuple[float, float]]) -> Pairs:
    """Sum up what the rounds took, ours and theirs, in seconds."""
    return Pairs(
        statistics.median(our for our, _ in pairs),
        statistics.median(their for _, their in pairs),
        sorted(our / their for our, their in pairs),
    )


def say(label: str, values: Sequence[float], limit: str, more: str = "", *, unit: str = TIMES) -> None:
    """Print one line, and keep it for the table: the median, its range, the limit it is held against.

    `values` are ratios, or figures in `unit`; a limit is `at most N` or `at least N` in that unit, or another text.
    """
    middle = statistics.median(values)
    held = _holds(middle, limit)
    line = Line(TABLE.bench, label, middle, min(values), max(values), unit, limit, held, more)
    TABLE.lines.append(line)
    mark = "" if held is not False else "NOT HELD  "
    spread = f"{figure(line.lowest, TIMES)} to {figure(line.highest, TIMES)}"
    print(f"{label:46s} {figure(middle, unit)}  ({spread}; {limit})  {mark}{more}", flush=True)


def say_not_measured(what: str, why: str) -> None:
    """Print what cannot be measured here, and keep it for the report."""
    TABLE.not_measured.append(f"{what}: {why}")
    print(f"not measured: {what}: {why}", flush=True)


def figure(value: float, unit: str) -> str:
    """Write a value as the table shows it; a ratio stands without its unit."""
    shown = f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.{_places(value)}f}"
    return shown if unit == TIMES else f"{shown} {unit}"


def _places(value: float) -> int:
    return 3 if abs(value) < 0.1 else 2 if abs(value) < 100 else 1


def _holds(value: float, limit: str) -> bool | None:
    match limit.split():
        case ["at", "most", bound, *_]:
            return value <= float(bound.replace(",", ""))
        case ["at", "least", bound, *_]:
            return value >= float(bound.replace(",", ""))
        case _:
            return None


def _timed(work: Work, ready: Work, clock: Clock) -> float:
    ready()
    started = clock()
    work()
    return clock() - started
