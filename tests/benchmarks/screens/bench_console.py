"""The console under load: how late its loop is, and its part of a core, each a process under its own terminal.

The engine raises in the same process and loop, as `evtui` and `evtui --demo` do; what raising and sending takes is not
the console's part. A figure is the median of windows of 1.5 seconds.
"""

import itertools
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks.loads.console_load import Told
from tests.benchmarks.loads.lag_probe import percentile
from tests.benchmarks.loads.terminal import report_of
from tests.benchmarks.pairs import say

SECONDS: Final = 7.5
RATES: Final = 1_000, 10_000, 50_000
SIZES: Final = (80, 24), (120, 40), (200, 50)
MODES: Final = "", "filter"
LAG_LIMIT: Final = "at most 60 ms"
PART_LIMIT: Final = "at most 40 %"
OTHERS: Final = (0, "countdowns", "at most 5 %"), (0, "work", "no limit set"), (1_000, "work", PART_LIMIT)
"""On the largest screen, too: 50 countdowns, and a person who works."""


def main() -> None:
    """Measure each size, rate and mode."""
    cases = [(size, rate, mode, PART_LIMIT) for size, rate, mode in itertools.product(SIZES, RATES, MODES)]
    cases += [(SIZES[-1], rate, mode, limit) for rate, mode, limit in OTHERS]
    uncounted = [_bench(*case) for case in cases]
    label = f"{len(cases)} consoles: raised, neither read nor counted as not read"
    say(label, [sum(uncounted)], "at most 0 events", unit="events")


def _bench(size: tuple[int, int], rate: int, mode: str, part: str) -> int:
    """Measure one console; returns how many events were neither read nor counted."""
    told = _told(size, rate, mode)
    label = f"{size[0]}x{size[1]}, {rate:,} events/s{f', {mode}' if mode else ''}"
    lags = [percentile(window.lags, 99) for window in told.windows]
    parts = [100 * (window.cpu - window.raising) for window in told.windows]
    every = [lag for window in told.windows for lag in window.lags]
    works = [work for window in told.windows for work in window.works]
    reached = statistics.median(window.rate for window in told.windows)
    say(
        f"{label}: lag p99", lags, LAG_LIMIT,
        f"p50 {percentile(every, 50):.1f} ms, worst {1000 * max(every):.0f} ms;"
        f" worst work {1000 * max(works):.0f} ms; {reached:,.0f}/s reached;"
        f" {told.unread:,} of {told.raised:,} counted as not read", unit="ms",
    )  # fmt: skip
    say(
        f"{label}: console's part of a core", parts, part,
        f"{100 * statistics.median(window.raising for window in told.windows):.0f} % more to raise and send;"
        f" {told.windows[-1].resident / 1e6:.0f} MB resident, {told.grown / 1e6:+.1f} MB meanwhile", unit="%",
    )  # fmt: skip
    return told.raised - told.read - told.unread


def _told(size: tuple[int, int], rate: int, mode: str) -> Told:
    with tempfile.TemporaryDirectory(prefix="evtui-bench-") as home:
        report = Path(home) / "report.json"
        command = [sys.executable, "-m", "tests.benchmarks.loads.console_load", str(rate), str(SECONDS), str(report)]
        command += [mode] if mode else []
        return msgspec.json.decode(report_of(command, report, Path(home), SECONDS, size), type=Told)
