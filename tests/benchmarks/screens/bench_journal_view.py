"""What the stream does with a full journal: each step of a filter, of a search and of new records, in milliseconds.

A step is what the event loop does at once; a lag cannot be shorter. The times are processor time.
"""

import gc
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from evtui.engine.journal import Journal
from evtui.filters.parse_filter import parse_filter
from evtui.ui.stream.record_filter import text_of
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_pane import STEP_RECORDS
from evtui.ui.stream.stream_view import StreamView
from evtui.ui.widgets.list_search import LOOKED_AT_ONCE
from tests.benchmarks.pairs import say
from tests.fakes.engine_fakes import fake_engine

RECORDS: Final = 50_000
NEW: Final = 1_000
"""Records of one look at 10,000 events a second."""
LIMIT: Final = "at most 60 ms"
FILTERS: Final = (
    "number=77 load",
    "event~LOAD and ip=192.0.2.* and not outcome=failed",
    "latency>5ms or age<1s",
    '(text~"load*sent" or to=fake:7) and number>100',
)


def main() -> None:
    """Print the steps."""
    for subscribers in (1, 10):
        _bench(subscribers)


def _bench(subscribers: int) -> None:
    view, more = _full_view(subscribers)
    label = f"{RECORDS:,} records, {subscribers} subscribers"
    _say(f"{label}: take {NEW:,} records", more)
    for text in FILTERS:
        filters = StreamFilter().added(parse_filter(text, time.time()))
        steps = [_timed(partial(view.show_only, filters))]
        while view.progress is not None:
            steps.append(_timed(lambda: view.scan(STEP_RECORDS)))
        more_told = f"{len(steps)} steps, {1000 * sum(steps):.0f} ms in all"
        say(f"{label}: a step of filter `{text}`", _in_ms(steps), LIMIT, more_told, unit="ms")
        _say(f"{label}: take {NEW:,} records, filter `{text}`", more)
    view.show_only(StreamFilter())
    rows = view.rows
    _say(f"{label}: a step of a search", lambda: [text_of(rows[i]) for i in range(LOOKED_AT_ONCE)])
    _say(f"{label}: 50 lines anywhere", lambda: [rows[i] for i in range(0, len(rows), len(rows) // 50)])
    _say(f"{label}: hold still and follow", partial(_hold, view))


def _hold(view: StreamView) -> None:
    view.freeze("held")
    view.follow()


def _full_view(subscribers: int) -> tuple[StreamView, Callable[[], object]]:
    engine, view = fake_engine("E_LOAD", journal=Journal(max_records=RECORDS)), StreamView()
    watch = engine.watch()
    for number in range(subscribers):
        engine.subscribe("E_LOAD", f"fake:{number}")

    def more() -> None:
        view.take(watch.read(), watch.journal)

    for number in range(RECORDS + NEW):
        engine.raise_event("E_LOAD", {"number": number, "ip": "192.0.2.1", "reason": "load"})
        if number % NEW == 0:
            more()

    def take_new() -> float:
        for number in range(NEW):
            engine.raise_event("E_LOAD", {"number": number, "ip": "192.0.2.1", "reason": "load"})
        return _timed(more)

    return view, take_new


def _say(label: str, work: Callable[[], object]) -> None:
    times = list[float]()
    for _ in range(20):
        times.append(_timed(work))
    say(label, _in_ms(times), LIMIT, unit="ms")


def _in_ms(times: list[float]) -> list[float]:
    return [1000 * each for each in times]


def _timed(work: Callable[[], object]) -> float:
    """Return what a piece of work takes; one that returns a float measured itself."""
    gc.collect()
    started = time.process_time()
    told = work()
    return told if isinstance(told, float) else time.process_time() - started
