"""Run one benchmark in this process: `python -m tests.benchmarks.one NAME [--report FILE] [--reference DIR]`.

The report is what `tests.benchmarks` puts into the table; without one it is only printed, as for a profiler.
"""

import argparse
import importlib
import json
from pathlib import Path

from tests.benchmarks.benches import BENCHES
from tests.benchmarks.pairs import TABLE


def main() -> None:
    """Run it, and write its lines also if it fails in the middle."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.one")
    parser.add_argument("name", choices=BENCHES)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--reference", type=Path)
    options = parser.parse_args()
    TABLE.bench, TABLE.reference = options.name, options.reference
    try:
        importlib.import_module(f"tests.benchmarks.{BENCHES[options.name].module}").main()
    finally:
        if options.report is not None:
            told = {"lines": [line._asdict() for line in TABLE.lines], "not_measured": TABLE.not_measured}
            options.report.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
