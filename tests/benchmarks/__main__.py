"""Run all benchmarks, or those named: `python -m tests.benchmarks [raise] [table] [mi] [outbox] …`."""

import sys

from tests.benchmarks import (
    bench_amqp_client,
    bench_console,
    bench_fleet,
    bench_journal_view,
    bench_mi,
    bench_outbox,
    bench_paint,
    bench_rabbitmq,
    bench_raise,
    bench_script,
    bench_table,
    bench_viewers,
    bench_watch,
)

BENCHES = {
    "raise": bench_raise.main,
    "table": bench_table.main,
    "paint": bench_paint.main,
    "console": bench_console.main,
    "journal-view": bench_journal_view.main,
    "fleet": bench_fleet.main,
    "mi": bench_mi.main,
    "outbox": bench_outbox.main,
    "watch": bench_watch.main,
    "viewers": bench_viewers.main,
    "script": bench_script.main,
    "rabbitmq": bench_rabbitmq.main,
    "amqp-client": bench_amqp_client.main,
}


def main() -> None:
    """Run what was asked for."""
    for name in sys.argv[1:] or BENCHES:
        print(f"== {name}", flush=True)
        BENCHES[name]()


main()
