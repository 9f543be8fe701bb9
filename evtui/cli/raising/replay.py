"""`evtui replay`: raise again what a recording holds, each raise once, in its own time or faster."""

import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import click
from anyio import to_thread
from msgspec import Struct

from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.recording.recorded_items import FileItem, HoleItem, RecordedItems, read_header
from evtui.backends.recording.recorded_set import RecordedSet
from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, EXIT_USAGE, refuse, usage
from evtui.cli.raising.raise_many import Progress, raise_all, tell_end, tell_problem
from evtui.cli.settings.profile_option import given_profile
from evtui.codecs.recording.line_items import RecordItem
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.errors import EvtuiError
from evtui.core.records import Raised, Record
from evtui.core.values import Params
from evtui.engine.engine import Engine
from evtui.raising.raise_run import AnyStep, Pace, RaiseCounts, Step, run_raises
from evtui.raising.raise_template import RaiseRequest
from evtui.scripting.program_config import read_config

_PART: Final = 500
"""Items that are read at once."""

_MOST_QUEUED: Final = 10_000
"""Notifications that may wait for the socket before the next raise."""

_PATIENCE: Final = 10.0
"""Seconds that the socket may take nothing of what waits, at the end."""

_LOOK: Final = 0.02


class ReplayOptions(Struct, frozen=True):
    """How a recording is replayed."""

    speed: float | None = 1.0
    """Times as fast as it was; None is as fast as the raises are accepted."""
    to: str | None = None
    """The socket that gets the notifications, instead of those of a server."""
    filter: str | None = None


def replay(path: Path, asked: ReplayOptions, mi: Sequence[str], *, as_json: bool) -> None:
    """Raise the events of a recording; ctrl+c ends it and tells how many were raised."""
    if asked.to is not None:
        socket = asked.to
        usage(lambda: check_socket(socket, KNOWN_SCHEMES))
    source = usage(lambda: _open(path))
    raises = RecordedRaises(source, _filter(asked.filter), asked.speed)
    counts = RaiseCounts()
    if asked.to is None:
        raise_all(raises.steps(counts), counts, None, mi, what="record", as_json=as_json)
    else:
        _raise_to(asked.to, raises, counts, as_json=as_json)


def _open(path: Path) -> RecordedSet:
    source = RecordedSet(path)
    read_header(source.parts[0])
    return source


def _filter(text: str | None) -> Callable[[Record], bool]:
    if text is None:
        return lambda _record: True
    # On first use: without a filter lark is not loaded.
    from evtui.filters.parse_filter import parse_filter

    wanted = usage(lambda: parse_filter(text, REAL_CLOCKS.wall()))
    return lambda record: wanted.shows(record, REAL_CLOCKS.wall())


class RecordedRaises:
    """The raises of a recording, each when it is due."""

    def __init__(self, source: RecordedSet, wanted: Callable[[Record], bool], speed: float | None) -> None:
        self._items = RecordedItems(source)
        self._wanted = wanted
        self._speed = speed
        self._number = 0
        self._holes = 0.0
        """Seconds of which the recording tells nothing; they are not waited for."""

    async def steps(self, counts: RaiseCounts) -> AsyncGenerator[AnyStep]:
        """Yield each raise when it is due, numbered by the records of the file; damage ends them and is told."""
        first: float | None = None
        begin = REAL_CLOCKS.monotonic()
        while found := await to_thread.run_sync(self._items.take, _PART):
            for record in self._raises(found):
                first = record.at if first is None else first
                if self._speed is not None:
                    due = begin + (record.at - first - self._holes) / self._speed
                    await REAL_CLOCKS.sleep(max(0.0, due - REAL_CLOCKS.monotonic()))
                yield Step(self._number, RaiseRequest(record.event, record.params))
        if self._items.damage is not None:
            counts.stopped = f"the recording is damaged at {self._items.damage}"

    def _raises(self, items: list[FileItem]) -> Iterator[Raised]:
        for item in items:
            if isinstance(item, HoleItem) and item.hole is not None:
                self._holes += item.hole.until - item.hole.since
                output.message(f"not recorded: {item.hole.span(output.clock_time)}")
            elif isinstance(item, RecordItem):
                self._number += 1
                if isinstance(item.record, Raised) and not item.record.is_test and self._wanted(item.record):
                    yield item.record


class SocketRun:
    """An engine of its own whose only subscriber is a socket."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event, which is published at its first raise; waits while too much is queued."""
        if self._engine.catalogue.get(event) is None:
            self._engine.publish(event)
        while self._engine.totals().queued > _MOST_QUEUED:
            await REAL_CLOCKS.sleep(_LOOK)
        return self._engine.raise_event(event, params)

    async def deliver(self) -> int:
        """Wait until all is delivered that waits; returns how much is left when the socket takes nothing any more."""
        left, since = self._engine.totals().queued, REAL_CLOCKS.monotonic()
        while left and REAL_CLOCKS.monotonic() - since < _PATIENCE:
            await REAL_CLOCKS.sleep(_LOOK)
            now = self._engine.totals().queued
            if now != left:
                left, since = now, REAL_CLOCKS.monotonic()
        return left


def _raise_to(socket: str, raises: RecordedRaises, counts: RaiseCounts, *, as_json: bool) -> None:
    transports = usage(lambda: read_config(None, os.environ, [], given_profile())).config.transports
    has_begun = is_over = False

    async def work() -> None:
        nonlocal has_begun, is_over
        async with open_engine(static_events=False, transports=transports) as engine:
            await EmbeddedBackend(engine).subscribe("*", socket, None)
            has_begun = True
            run, progress = SocketRun(engine), Progress(counts)

            async def raise_event(event: str, params: Params) -> Raised | None:
                progress.tell()
                return await run.raise_event(event, params)

            pace = Pace(None, REAL_CLOCKS.monotonic, REAL_CLOCKS.sleep)
            await run_raises(raises.steps(counts), raise_event, counts, pace, partial(tell_problem, "record"))
            left = await run.deliver()
            totals = engine.totals()
            counts.missed = totals.failed + totals.dropped + left
            counts.reached = max(0, counts.raised - counts.missed)
            if counts.missed and not counts.stopped:
                counts.stopped = f"{counts.missed:,} notifications were not delivered"
            is_over = True

    try:
        anyio.run(work)
    except EvtuiError as error:
        refuse(error, EXIT_REFUSED if has_begun else EXIT_USAGE)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
    finally:
        if has_begun:
            tell_end(counts, is_over=is_over, as_json=as_json)
    if not counts.is_good:
        raise click.exceptions.Exit(EXIT_REFUSED)
