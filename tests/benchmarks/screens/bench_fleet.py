"""A console on 20 servers with 200 events a second each: loop lag, processor share, records that came."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.loads.terminal import under_terminal
from tests.processes import read_line

SECONDS = 20.0
LIMIT_MS = 60
FLEETS = (1, 0), (1, 4000), (20, 0), (20, 200)
"""Numbers of servers, and the events a second of each: the same traffic from one server and from twenty."""


def main() -> None:
    """Print the figures of each fleet."""
    for number, rate in FLEETS:
        _bench(number, rate)


def _bench(number: int, rate: int) -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-b-") as home:
        directory, report = Path(home), Path(home) / "report.json"
        command = [sys.executable, "-m", "tests.benchmarks.loads.fleet_servers", str(number), str(rate), home]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as servers:
            try:
                assert read_line(servers, servers.stdout) == "ready\n"
                _measure(number, directory, report)
            finally:
                servers.kill()
        measured = json.loads(report.read_text())
    lags = sorted(1000 * lag for lag in measured["lags"])
    works = sorted(1000 * work for work in measured["works"])
    print(
        f"{number:2d} servers at {rate:5,d} events/s each: lag p50 {lags[len(lags) // 2]:5.1f} ms,"
        f" p99 {lags[len(lags) * 99 // 100]:5.1f} ms (at most {LIMIT_MS}), worst {lags[-1]:5.1f} ms;"
        f" work p99 {works[len(works) * 99 // 100]:5.1f} ms, worst {works[-1]:5.1f} ms;"
        f" read {measured['rate']:,.0f} records/s, {measured['cpu'] * 100:.0f} % of a core,"
        f" grown {measured['grown'] / 1e6:.1f} MB, {measured['live']} live, {measured['lost']:,} lost",
        flush=True,
    )


def _measure(number: int, directory: Path, report: Path) -> None:
    environment = os.environ | {"HOME": str(directory), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "tests.benchmarks.loads.fleet_load", str(number), str(SECONDS), str(directory)]
    with under_terminal([*command, str(report)], environment, 200, 50) as terminal:
        terminal.drain_until_exit(SECONDS)
        if not report.exists():
            message = f"the console left no report: {bytes(terminal.seen[-2000:])!r}"
            raise RuntimeError(message)
