"""Run one benchmark in this process: `python -m tests.benchmarks.one NAME [REPORT]`.

The report is what `tests.benchmarks` puts into the table; without one it is only printed, as for a profiler.
"""

import importlib
import json
import sys
from pathlib import Path

from tests.benchmarks.benches import BENCHES
from tests.benchmarks.pairs import TABLE


def main(name: str, report: Path | None) -> None:
    """Run it, and write its lines also if it fails in the middle."""
    TABLE.bench = name
    try:
        importlib.import_module(f"tests.benchmarks.{BENCHES[name].module}").main()
    finally:
        if report is not None:
            told = {"lines": [line._asdict() for line in TABLE.lines], "not_measured": TABLE.not_measured}
            report.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
