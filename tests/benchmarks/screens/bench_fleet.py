"""A console on 20 servers with 200 events a second each: loop lag, processor share, records that came."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from tests.benchmarks.loads.fleet_load import ToldFleet
from tests.benchmarks.loads.lag_probe import percentile
from tests.benchmarks.loads.terminal import report_of
from tests.benchmarks.pairs import say
from tests.processes import read_line

SECONDS = 15.0
FLEETS = (1, 0), (1, 4000), (20, 0), (20, 200)
"""Numbers of servers, and the events a second of each: the same traffic from one server and from twenty."""


def main() -> None:
    """Print the figures of each fleet."""
    for number, rate in FLEETS:
        _bench(number, rate)


def _bench(number: int, rate: int) -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-b-") as home:
        command = [sys.executable, "-m", "tests.benchmarks.loads.fleet_servers", str(number), str(rate), home]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as servers:
            try:
                assert read_line(servers, servers.stdout) == "ready\n"
                report = _measure(number, Path(home))
            finally:
                servers.kill()
        told = msgspec.json.decode(report, type=ToldFleet)
    label = f"console on {number} servers at {rate:,} events/s each"
    windows = told.windows
    every = [lag for window in windows for lag in window.lags]
    works = [work for window in windows for work in window.works]
    say(
        f"{label}: lag p99", [percentile(window.lags, 99) for window in windows], "at most 60 ms",
        f"p50 {percentile(every, 50):.1f} ms, worst {1000 * max(every):.0f} ms; worst work {1000 * max(works):.0f} ms;"
        f" {statistics.median(window.rate for window in windows):,.0f} records/s read", unit="ms",
    )  # fmt: skip
    say(
        f"{label}: part of a core", [100 * window.cpu for window in windows], "no limit set",
        f"{told.grown / 1e6:+.1f} MB meanwhile, {told.live} live, {told.lost:,} lost", unit="%",
    )  # fmt: skip


def _measure(number: int, directory: Path) -> bytes:
    report = directory / "report.json"
    command = [sys.executable, "-m", "tests.benchmarks.loads.fleet_load", str(number), str(SECONDS), str(directory)]
    return report_of([*command, str(report)], report, directory, SECONDS, (200, 50))
