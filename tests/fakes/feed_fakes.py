"""A reader of the watch feed for tests: it applies each line, and counts what it got and what is missing."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.recording.recorded_states import RecordedStates
from evtui.codecs.recording.line_items import GapItem, LineItems, PulseItem, RecordItem, StateItem
from evtui.codecs.recording.line_json import decode_line
from evtui.codecs.recording.line_records import LineRecords
from evtui.codecs.recording.line_types import AnyLine, HeaderLine
from evtui.codecs.recording.plan_window import SENT_PLANS
from evtui.core.clocks import Clocks
from evtui.core.records import Record
from evtui.engine.engine import Engine
from evtui.serve.watch.watch_feed import WatchFeed
from tests.fakes.engine_fakes import fake_clocks
from tests.limits import HANG


class FeedClient:
    """What a reader makes of the bytes that it is sent."""

    def __init__(self) -> None:
        self.states = RecordedStates("feed")
        self.header: HeaderLine | None = None
        self.errors: list[str] = []
        """What the server refused, in words."""
        self.lines: list[AnyLine] = []
        self.records: list[tuple[int, Record]] = []
        """Each record and its place."""
        self.gaps: list[GapItem] = []
        self.pulses: list[PulseItem] = []
        self._items = LineItems(LineRecords(SENT_PLANS))
        self._rest = b""

    @property
    def place(self) -> int:
        """Return the place of the last record, or of what is counted."""
        return self.records[-1][0] if self.records else 0

    @property
    def lost(self) -> int:
        """Return how many records it was told are missing."""
        return sum(gap.lost for gap in self.gaps)

    def take(self, data: bytes) -> None:
        """Apply what came."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for raw in whole:
            self.take_line(raw)

    def take_line(self, raw: bytes) -> None:
        """Apply one line."""
        if raw.startswith(b'{"error"'):
            self.errors.append(json.loads(raw)["error"])
            return
        line = decode_line(raw)
        self.lines.append(line)
        if isinstance(line, HeaderLine):
            self.header = line
            self.states.take_header(line)
        for item in self._items.take(line):
            match item:
                case StateItem():
                    self.states.take_state(item)
                case RecordItem():
                    self.records.append((item.place, item.record))
                    self.states.take(item.record, item.ends, item.place)
                case PulseItem():
                    self.pulses.append(item)
                    self.states.take_pulse(item)
                case GapItem():
                    self.gaps.append(item)


def make_feed(engine: Engine, clocks: Clocks | None = None, *, readers: int = 100, instance: str = "run1") -> WatchFeed:
    """Make the feed of an engine; its `run` is not started."""
    backend = EmbeddedBackend(engine, trusted=False)
    return WatchFeed(
        backend, engine.journal, clocks or fake_clocks(), instance=instance, program="evtui 0", readers=readers
    )


@asynccontextmanager
async def running(feed: WatchFeed) -> AsyncGenerator[WatchFeed]:
    """Run a feed while the block runs."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        yield feed
        tasks.cancel_scope.cancel()


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until something holds."""
    with anyio.fail_after(HANG):
        while not condition():  # noqa: ASYNC110 - counters have no event to wait for
            await anyio.sleep(0.001)


def at_place(place: int) -> Callable[[FeedClient], bool]:
    """Say whether a client has the record of a place."""
    return lambda client: client.place >= place
