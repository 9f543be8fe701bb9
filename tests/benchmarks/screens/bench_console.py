"""Loop lag of the console at 10,000 events a second against the quiet one, each a process under its own terminal."""

import json
import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.loads.terminal import under_terminal

SECONDS = 10.0
RATES = 0, 100, 1_000, 10_000
SIZES = (80, 24), (200, 50)
LIMIT_MS = 60


def main() -> None:
    """Print the lag at each size and rate, then with a full journal: while it is filtered, and while a person works."""
    for columns, lines in SIZES:
        for rate in RATES:
            _bench(columns, lines, rate)
    _bench(200, 50, 10_000, "filter", seconds=60.0)
    _bench(200, 50, 0, "countdowns")
    _bench(200, 50, 0, "work")
    _bench(200, 50, 1_000, "work")


def _bench(columns: int, lines: int, rate: int, mode: str = "", *, seconds: float = SECONDS) -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-bench-") as home:
        report = Path(home) / "report.json"
        environment = os.environ | {"HOME": home, "TERM": "xterm-256color"}
        command = [sys.executable, "-m", "tests.benchmarks.loads.console_load", str(rate), str(seconds), str(report)]
        command += [mode] if mode else []
        with under_terminal(command, environment, columns, lines) as terminal:
            terminal.drain_until_exit(seconds)
            if not report.exists():
                message = f"the console under load left no report: {bytes(terminal.seen[-2000:])!r}"
                raise RuntimeError(message)
        measured = json.loads(report.read_text())
    lags = sorted(1000 * lag for lag in measured["lags"])
    p50, p99 = lags[len(lags) // 2], lags[len(lags) * 99 // 100]
    works = sorted(1000 * work for work in measured["works"])
    print(
        f"{columns}x{lines} {mode:6s} at {rate:6,d} events/s:"
        f" lag p50 {p50:5.1f} ms, p99 {p99:5.1f} ms (at most {LIMIT_MS}),"
        f" worst {lags[-1]:5.1f} ms; work p99 {works[len(works) * 99 // 100]:5.1f} ms, worst {works[-1]:5.1f} ms;"
        f" reached {measured['rate']:,.0f}/s, {measured['cpu'] * 100:.0f} % of a core"
        f" ({measured['raising'] * 100:.0f} % to raise and send), grown {measured['grown'] / 1e6:.1f} MB",
        flush=True,
    )
