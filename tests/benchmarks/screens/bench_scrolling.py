"""Scrolling and filtering the records of a full journal: a console under a terminal of its own, nothing is raised."""

import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks.loads.journal_load import ToldJournal
from tests.benchmarks.loads.terminal import report_of
from tests.benchmarks.pairs import say

SIZE: Final = 200, 50
SECONDS: Final = 60.0
KEY_LIMIT: Final = "at most 50 ms"
FIRST_LIMIT: Final = "at most 100 ms"
PAUSE_LIMIT: Final = "at most 60 ms"


def main() -> None:
    """Print what keys and filters took."""
    told = _told()
    label = f"{SIZE[0]}x{SIZE[1]}, {told.records:,} records"
    for key, seconds in told.keys.items():
        each = [1000 * second for second in seconds]
        say(f"{label}: {key}, to the paint", each, KEY_LIMIT, f"{len(each)} times", unit="ms")
    for text, rounds in told.filters.items():
        first, everything, pauses = (
            [1000 * getattr(each, name) for each in rounds] for name in ("first", "all", "pause")
        )
        work = f"{1000 * max(each.work for each in rounds):.0f} ms of processor time at most"
        say(f"{label}: filter `{text}`, to its first rows", first, FIRST_LIMIT, unit="ms")
        say(f"{label}: filter `{text}`, to its last row", everything, "no limit set", unit="ms")
        say(f"{label}: filter `{text}`, longest pause of the loop", pauses, PAUSE_LIMIT, work, unit="ms")


def _told() -> ToldJournal:
    with tempfile.TemporaryDirectory(prefix="evtui-bench-") as home:
        report = Path(home) / "report.json"
        command = [sys.executable, "-m", "tests.benchmarks.loads.journal_load", str(report)]
        return msgspec.json.decode(report_of(command, report, Path(home), SECONDS, SIZE), type=ToldJournal)
