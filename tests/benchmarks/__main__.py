"""Run all benchmarks, or those named: `python -m tests.benchmarks [--json FILE] [raise] [table] [mi] [outbox] …`."""

import argparse
import datetime as dt
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import (
    bench_amqp_client,
    bench_commands,
    bench_console,
    bench_fleet,
    bench_journal_view,
    bench_mi,
    bench_outbox,
    bench_paint,
    bench_rabbitmq,
    bench_raise,
    bench_responders,
    bench_script,
    bench_sendto,
    bench_table,
    bench_viewers,
    bench_watch,
)
from tests.benchmarks.pairs import TABLE

BENCHES = {
    "raise": bench_raise.main,
    "sendto": bench_sendto.main,
    "table": bench_table.main,
    "paint": bench_paint.main,
    "commands": bench_commands.main,
    "console": bench_console.main,
    "journal-view": bench_journal_view.main,
    "fleet": bench_fleet.main,
    "mi": bench_mi.main,
    "responders": bench_responders.main,
    "outbox": bench_outbox.main,
    "watch": bench_watch.main,
    "viewers": bench_viewers.main,
    "script": bench_script.main,
    "rabbitmq": bench_rabbitmq.main,
    "amqp-client": bench_amqp_client.main,
}


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)}; all without")
    parser.add_argument("--json", type=Path, help="write the ratios to this file, too")
    parser.add_argument("--markdown", type=Path, help="write them as a table to this file, too")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(BENCHES)):
        parser.error(f"there is no benchmark named {', '.join(unknown)}")
    for name in options.names or BENCHES:
        print(f"== {name}", flush=True)
        TABLE.bench = name
        BENCHES[name]()
    held = [line.held for line in TABLE.lines if line.held is not None]
    print(f"{sum(held)} of {len(held)} limits are kept; the load of the machine is {os.getloadavg()[0]:.1f} now")
    if options.json is not None:
        options.json.write_text(json.dumps(_as_json(), indent=1) + "\n", encoding="utf-8")
    if options.markdown is not None:
        options.markdown.write_text("\n".join(_as_markdown()) + "\n", encoding="utf-8")


def _as_markdown() -> Iterator[str]:
    yield "| measure | ratio | from | to | limit | |"
    yield "|---|---|---|---|---|---|"
    for line in TABLE.lines:
        label = line.label if line.held is not False else f"{line.label} (**not held**)"
        yield f"| {label} | {line.ratio:.2f} | {line.lowest:.2f} | {line.highest:.2f} | {line.limit} | {line.more} |"


def _as_json() -> dict[str, object]:
    return {
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "lines": [line._asdict() for line in TABLE.lines],
    }


main()
