"""`evtui tail` of an evtui: the raises that its watch feed tells."""

from collections.abc import Sequence

from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.cli import output
from evtui.cli.tail.tail_filter import TailFilter
from evtui.cli.tail.tail_output import TailLines, until_signal
from evtui.core.ports import Watch
from evtui.core.records import Raised, Record, server_of


async def follow_records(
    watch: Watch, shown: TailFilter, lines: TailLines, seconds: int | None, *, tells_begin: bool = True
) -> None:
    """Print raises until a signal arrives, and how many records did not come.

    With `seconds` it begins so far back, as far as the server has records; `tells_begin` says that it tells that.
    """
    async with until_signal() as tasks:
        tasks.start_soon(_print, watch, shown, lines, seconds, tells_begin)
    await watch.aclose()
    if watch.lost:
        output.message(f"{watch.lost:,} records did not come: they were read too slowly, or the server was away")


async def _print(watch: Watch, shown: TailFilter, lines: TailLines, seconds: int | None, tells_begin: bool) -> None:
    since = 0.0 if seconds is None else REAL_CLOCKS.wall() - seconds
    is_first = seconds is not None and tells_begin
    while True:
        await watch.wait()
        records = watch.read()
        if is_first and records:
            is_first = False
            _tell_begin(records, since)
        for record in records:
            if isinstance(record, Raised) and record.at >= since and shown.shows_record(record):
                _write(record, lines)


def _tell_begin(records: Sequence[Record], since: float) -> None:
    """Tell of each server whose first record is later than what is wanted since when it has records."""
    first: dict[str, float] = {}
    for record in records:
        first.setdefault(server_of(record), record.at)
    for server, at in first.items():
        if at > since + 1:
            output.message(f"{server or 'the server'} remembers what happened since {output.clock_time(at)}")


def _write(record: Raised, lines: TailLines) -> None:
    rest = ("source", None), ("bytes", sum(map(len, record.payloads)))
    told = ("serial", record.serial), ("subscribers", record.subscribers), ("failed", len(record.failures))
    where = (("server", record.server),) if record.server else ()
    lines.write(record.at, record.event, record.params, *rest, *told, *where, server=record.server)
