"""Run all benchmarks, or those named: `python -m tests.benchmarks [--json FILE] [raise] [table] [mi] [outbox] …`.

Each runs in a process of its own, so that none finds the memory of another, and that the others go on when one fails.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.benches import BENCHES
from tests.benchmarks.pairs import Line
from tests.benchmarks.report import Report

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
PATIENCE = 900.0
"""Seconds after which a benchmark is ended."""


def main() -> int:
    """Run what was asked for; the exit status is 1 if one failed, whatever its figures are."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)}; all without")
    parser.add_argument("--json", type=Path, help="write the lines to this file, too")
    parser.add_argument("--markdown", type=Path, help="write them as tables to this file, too")
    parser.add_argument("--docs", action="store_true", help=f"put them into {PAGE.name}, too, section by section")
    parser.add_argument("--reference", type=Path, metavar="DIR", help="a server of OpenSIPS: `opensips` and `modules/`")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(BENCHES)):
        parser.error(f"there is no benchmark named {', '.join(unknown)}")
    report, failed = Report(), list[str]()
    for name in options.names or BENCHES:
        print(f"== {name}", flush=True)
        if (why := _run(name, report, options.reference)) is not None:
            failed.append(name)
            report.not_measured.append(f"{name}: {why}")
            print(f"FAILED: {name}: {why}", flush=True)
        _write(report, options.json, options.markdown)
    if options.docs:
        PAGE.write_text(report.into_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(report.summary())
    for each in report.not_measured:
        print(f"not measured: {each}")
    return bool(failed)


def _run(name: str, report: Report, reference: Path | None) -> str | None:
    """Run one in a process of its own and take its lines; returns why it failed."""
    with tempfile.TemporaryDirectory(prefix="evtui-bench-") as folder:
        told = Path(folder) / "told.json"
        command = [sys.executable, "-m", "tests.benchmarks.one", name, "--report", str(told)]
        command += ["--reference", str(reference)] if reference is not None else []
        with subprocess.Popen(command, start_new_session=True) as process:
            try:
                status = process.wait(PATIENCE)
                why = None if status == 0 else f"it ended with status {status}"
            except subprocess.TimeoutExpired:
                why = f"it took more than {PATIENCE:.0f} s"
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        if told.exists():
            found = json.loads(told.read_text(encoding="utf-8"))
            report.lines += [Line(**line) for line in found["lines"]]
            report.not_measured += found["not_measured"]
    return why


def _write(report: Report, as_json: Path | None, as_markdown: Path | None) -> None:
    """Write the files after each benchmark, so that nothing is lost when the last one is interrupted."""
    if as_json is not None:
        as_json.write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")
    if as_markdown is not None:
        as_markdown.write_text("\n".join(report.as_markdown()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
