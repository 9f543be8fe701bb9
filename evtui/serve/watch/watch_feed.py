"""The watch feed of an engine: its records, encoded once, for all who read.

Nothing is encoded while there is no reader. The engine only writes its journal, as without a feed: a task follows the
journal in turns, and works at most a third of the time, so that a flood leaves the loop to others. A reader that is too
slow misses records and is told how many.
"""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final

import anyio
from anyio.lowlevel import checkpoint
from msgspec.structs import replace

from evtui.codecs.recording.line_json import encode_line
from evtui.codecs.recording.line_types import VERSION, AnyLine, HeaderLine
from evtui.codecs.recording.record_lines import PART, BackendStates, queue_entry, state_line, subscription_entry
from evtui.codecs.recording.state_line_types import PulseLine, QueueEntry, SubscriptionsLine
from evtui.core.clocks import Clocks
from evtui.core.errors import RequestError
from evtui.core.ports import QueueUse
from evtui.core.records import Record
from evtui.engine.journal import Journal
from evtui.mi.listener_statistics import FeedStatistics
from evtui.mi.served_backend import ServedBackend
from evtui.serve.watch.encoded_records import MAX_RECORDS, EncodedRecord, EncodedRecords, RecordEncoder
from evtui.serve.watch.feed_options import FeedOptions
from evtui.serve.watch.feed_reader import FeedReader

if TYPE_CHECKING:
    from evtui.filters.decisions import Filter

TURN: Final = 0.05
"""Seconds between two turns: the most that a record waits before it is sent."""

PULSE: Final = 1.0
"""Seconds between two pulses."""

_REST: Final = 2.0
"""Seconds of rest for each second of work."""

_AT_ONCE: Final = 20
_SECONDS_AT_ONCE: Final = 0.004
"""Records that are encoded at once, and the seconds of such work before others get their turn."""

_READERS_AT_ONCE: Final = 4
"""Readers that filter, or read older records, in one round of the event loop: some milliseconds of work each."""

_MOST_AGED: Final = 200
"""Queues in a pulse of which nothing but their age has changed; in the next pulse it is the turn of others."""


class TooManyReadersError(RequestError):
    """The watch feed has as many readers as it may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the watch feed has {most:,} readers, the most that mi.watch_readers allows")
        self.most = most


class WatchFeed:
    """The feed of one engine. `run` follows the journal, `reader` makes the place of a reader."""

    def __init__(
        self, backend: ServedBackend, journal: Journal, clocks: Clocks, *, instance: str, program: str, readers: int
    ) -> None:
        """`instance` names this run of the program, `readers` is how many there may be."""
        self._backend = backend
        self._clocks = clocks
        self._program = program
        self._most = readers
        self._encoder = RecordEncoder()
        self._queues: dict[str, QueueEntry] = {}
        self._queue_use = QueueUse()
        self._pulse_at = 0.0
        self._pulse_place = 0
        self._whole_pulse: bytes | None = None
        self._seats = 0
        self._is_resting = True
        self._begun = anyio.Event()
        self._news = anyio.Event()
        self._turns = anyio.Semaphore(_READERS_AT_ONCE)
        self.journal = journal
        self.instance = instance
        self.encoded = EncodedRecords()
        self.pulse = b""
        """The line of the last pulse."""
        self.pulse_number = 0
        self.has_pulse = False
        """Whether there was a pulse since the feed rested."""
        self.statistics = FeedStatistics()

    @contextmanager
    def seat(self) -> Generator[None]:
        """Count one more connection of a reader until the block ends, before its request has come.

        raises TooManyReadersError.
        """
        if self._seats >= self._most:
            self.statistics.refused += 1
            raise TooManyReadersError(self._most)
        self._seats += 1
        try:
            yield
        finally:
            self._seats -= 1

    @contextmanager
    def reader(self, options: FeedOptions) -> Generator[FeedReader]:
        """Make a reader, which counts until the block ends. It has a seat.

        raises BadFilterError.
        """
        wanted = self._parse_filter(options.filter)
        if self._is_resting:
            self._is_resting = False
            self.encoded.restart(self.journal.written)
            self._begun.set()
        self.statistics.readers += 1
        try:
            yield FeedReader(self, options, wanted)
        finally:
            self.statistics.readers -= 1

    async def run(self) -> None:
        """Follow the journal while there is a reader, until cancelled."""
        while True:
            if not self.statistics.readers:
                self._rest()
                await self._begun.wait()
            with anyio.move_on_after(PULSE):
                await self.journal.wait_beyond(self.encoded.end)
            spent = await self._encode_new()
            now = self._clocks.monotonic()
            if now - self._pulse_at >= PULSE or not self.has_pulse:
                self._pulse_at = now
                spent += await self._beat()
            self._news.set()
            self._news = anyio.Event()
            await self._clocks.sleep(min(PULSE, max(TURN, _REST * spent)))

    def _rest(self) -> None:
        """Hold nothing while there is no reader."""
        self._begun = anyio.Event()
        self._is_resting = True
        self.encoded.restart(self.journal.written)
        self._encoder.forget_plans()
        self._queues.clear()
        self._whole_pulse, self.has_pulse = None, False

    async def turn(self) -> None:
        """Wait for the turn of a reader with work of its own: few of them go on in a round of the event loop."""
        async with self._turns:
            await checkpoint()

    async def wait(self) -> None:
        """Return when there may be something to send."""
        await self._news.wait()

    def wall(self) -> float:
        """Return the wall seconds of now."""
        return self._clocks.wall()

    # What a reader is sent

    def header(self) -> bytes:
        """Return the first line."""
        events, read_only = tuple(self._backend.catalogue()), self._backend.read_only
        return _line(HeaderLine(self.wall(), VERSION, self._program, "embedded", events, self.instance, read_only))

    async def snapshot(self) -> AsyncGenerator[bytes]:
        """Give the lines of how everything stands, the subscriptions in parts between which others get their turn.

        A pulse ends them, so that a reader need not wait to know that there are no more.
        """
        status, events = await self._backend.status(), await self._backend.events()
        place = self.journal.written  # nothing else ran since: the two are of this moment
        walk = self._backend.walk_subscriptions()
        states = BackendStates(self.wall(), self._clocks.monotonic(), status, events, ())
        yield _line(state_line(states, 0, place))
        entries = [*map(subscription_entry, islice(walk, PART))]
        while entries:
            yield _line(SubscriptionsLine(self.wall(), tuple(entries), self.journal.written))
            await checkpoint()
            entries = [*map(subscription_entry, islice(walk, PART))]
        yield _line(PulseLine(self.wall(), place, self.statistics.readers, queue_use=status.queue_use))

    def whole_pulse(self) -> bytes:
        """Return the last pulse with all queues; one that tells of none when there was no pulse yet."""
        if not self.has_pulse:
            return _line(PulseLine(self.wall(), self.journal.written, self.statistics.readers))
        if self._whole_pulse is None:
            self._whole_pulse = self._pulse_line(tuple(self._queues.values()), (), is_whole=True)
        return self._whole_pulse

    def encode(self, records: Sequence[Record], place: int) -> list[EncodedRecord]:
        """Encode records of which the first is behind a place."""
        offset = self.wall() - self._clocks.monotonic()
        encode = self._encoder.encode
        return [encode(record, number, offset) for number, record in enumerate(records, place + 1)]

    # The turns

    async def _encode_new(self) -> float:
        """Encode what is new; returns the seconds that it took."""
        records, skipped = self.journal.since(self.encoded.end)
        if len(records) > MAX_RECORDS:  # more than are kept
            skipped += len(records) - MAX_RECORDS
            records = records[-MAX_RECORDS:]
        if skipped:
            self.encoded.restart(self.encoded.end + skipped)
        work = _Work(self._clocks)
        for first in range(0, len(records), _AT_ONCE):
            for each in self.encode(records[first : first + _AT_ONCE], self.encoded.end):
                self.encoded.append(each)
            await work.give_way()
        return work.seconds()

    async def _beat(self) -> float:
        """Make the pulse of this second; returns the seconds that it took."""
        work = _Work(self._clocks)
        before, queues = self._queues, dict[str, QueueEntry]()
        changed, aged = list[QueueEntry](), list[QueueEntry]()
        for number, state in enumerate(self._backend.walk_outboxes(), 1):
            if state is not None:
                entry = queue_entry(state)
                queues[entry.socket] = entry
                old = before.get(entry.socket)
                if old != entry:
                    (aged if old is not None and _differ_by_age(old, entry) else changed).append(entry)
            if number % _AT_ONCE == 0:
                await work.give_way()
        gone = tuple([socket for socket in before if socket not in queues])
        self._queue_use = self._backend.totals().queue_use
        self._queues, self._whole_pulse, self._pulse_place = queues, None, self.journal.written
        self.has_pulse = True
        self.pulse_number += 1
        turn = self.pulse_number * _MOST_AGED % len(aged) if len(aged) > _MOST_AGED else 0
        self.pulse = self._pulse_line((*changed, *aged[turn : turn + _MOST_AGED]), gone)
        return work.seconds()

    def _pulse_line(self, queues: tuple[QueueEntry, ...], gone: tuple[str, ...], *, is_whole: bool = False) -> bytes:
        readers = self.statistics.readers
        return _line(PulseLine(self.wall(), self._pulse_place, readers, queues, gone, is_whole, self._queue_use))

    def _parse_filter(self, text: str) -> "Filter | None":
        if not text:
            return None
        from evtui.filters.parse_filter import parse_filter  # on first use: most readers have no filter

        return parse_filter(text, self.wall())


def _line(line: AnyLine) -> bytes:
    return encode_line(line) + b"\n"


class _Work:
    """Measures work that is done in parts, between which others get their turn when a part took long."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._begun = clocks.monotonic()
        self._before = 0.0

    async def give_way(self) -> None:
        """Let others run, if it is time."""
        spent = self._clocks.monotonic() - self._begun
        if spent >= _SECONDS_AT_ONCE:
            self._before += spent
            await checkpoint()
            self._begun = self._clocks.monotonic()

    def seconds(self) -> float:
        """Return the seconds of work so far, without those of others."""
        return self._before + self._clocks.monotonic() - self._begun


def _differ_by_age(old: QueueEntry, new: QueueEntry) -> bool:
    """Say whether two entries of a queue tell the same but for the time that has passed."""
    return replace(old, age=new.age, retry_in=new.retry_in, last_error_age=new.last_error_age) == new
