"""`evtui raise --repeat` and `--from`: raise many times, with progress, and tell at the end what became of them."""

import math
import signal
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import click

from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, EXIT_USAGE, fail, run_with_backend, usage
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.ports import Backend
from evtui.core.records import Raised
from evtui.core.values import Params, check_event_name
from evtui.raising.raise_file import open_rows
from evtui.raising.raise_run import AnyStep, Pace, RaiseCounts, repeated, run_raises
from evtui.raising.raise_template import RaiseTemplate
from evtui.raising.random_pick import pick

_PROGRESS_SECONDS: Final = 1.0
_STDIN: Final = Path("-")


def raise_repeated(
    template: RaiseTemplate, times: int, rate: float | None, mi: Sequence[str], *, as_json: bool
) -> None:
    """Raise a template so many times; ctrl+c ends it and tells how many were raised."""
    steps = repeated(template, times, REAL_CLOCKS.wall, pick)
    raise_all(steps, RaiseCounts(times), rate, mi, what="raise", as_json=as_json)


def raise_file(path: Path, event: str | None, rate: float | None, mi: Sequence[str], *, as_json: bool) -> None:
    """Raise the rows of a file, `-` for standard input; bad lines are told by their number and do not end it."""
    if event is not None:
        usage(lambda: check_event_name(event))
    with closing(_open(path)) as file:
        rows = usage(lambda: open_rows(str(path), file, event))
        raise_all(_walk(rows), RaiseCounts(), rate, mi, what="line", as_json=as_json)


def _open(path: Path) -> BinaryIO:
    if path == _STDIN:
        return sys.stdin.buffer
    try:
        return path.open("rb")
    except OSError as error:
        fail(f"{path}: {error.strerror or error}", EXIT_USAGE)


async def _walk(rows: Iterator[AnyStep]) -> AsyncGenerator[AnyStep]:
    for row in rows:
        yield row


def raise_all(
    steps: AsyncGenerator[AnyStep], counts: RaiseCounts, rate: float | None, mi: Sequence[str], *,
    what: str, as_json: bool,
) -> None:  # fmt: skip
    """Raise steps on a server, or each on several, until there are no more, or ctrl+c.

    It tells how far it is, and at the end what became of it. `what` names a step by its number, as in `line 7`.
    """
    has_begun = is_over = False

    async def work(backend: Backend) -> None:
        nonlocal has_begun, is_over
        # Nothing else runs in this loop, so that reading a file may block it; the loop's handler would not interrupt.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        progress = Progress(counts)

        async def raise_event(event: str, params: Params) -> Raised | None:
            progress.tell()
            return await backend.raise_event(event, params)

        has_begun = True
        pace = Pace(rate, REAL_CLOCKS.monotonic, REAL_CLOCKS.sleep)
        await run_raises(steps, raise_event, counts, pace, partial(tell_problem, what))
        is_over = True

    try:
        run_with_backend(mi, work)
    finally:
        if has_begun:
            tell_end(counts, is_over=is_over, as_json=as_json)
    if not counts.is_good:
        raise click.exceptions.Exit(EXIT_USAGE if counts.bad else EXIT_REFUSED)


class Progress:
    """Tells a person at a terminal how far a run is, once a second."""

    def __init__(self, counts: RaiseCounts) -> None:
        self._counts = counts
        self._next = REAL_CLOCKS.monotonic() + _PROGRESS_SECONDS if sys.stderr.isatty() else math.inf

    def tell(self) -> None:
        """Tell it when it is time."""
        now = REAL_CLOCKS.monotonic()
        if now >= self._next:
            self._next = now + _PROGRESS_SECONDS
            output.message(f"{self._counts.progress()} … ctrl+c ends it")


def tell_problem(what: str, number: int, why: str) -> None:
    """Tell why a step was not raised."""
    output.message(f"{what} {number:,}: {why}")


def tell_end(counts: RaiseCounts, *, is_over: bool, as_json: bool) -> None:
    """Tell what became of the raises."""
    if as_json:
        output.json_line(Members(_members(counts, was_cancelled=not is_over)))
    output.message(counts.summary(was_cancelled=not is_over))


def _members(counts: RaiseCounts, *, was_cancelled: bool) -> Iterator[tuple[str, Json]]:
    yield "planned", counts.planned
    yield "raised", counts.raised
    yield "no_subscribers", counts.no_subscribers
    yield "refused", counts.refused
    yield "bad", counts.bad
    yield "skipped", counts.skipped
    yield "reached", counts.reached if counts.tells_reached else None
    yield "failed", counts.missed if counts.tells_reached else None
    yield "cancelled", was_cancelled
    yield "stopped", counts.stopped or None
