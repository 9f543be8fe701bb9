"""Moves through a recording in time.

A task moves the position on as time passes, and hands over what happened until there: it changes the states and goes
into a journal, which the console watches. What is needed next is read ahead in a thread, a bounded number of items.
When reading does not keep up with the speed, the position waits.

A jump reads from the last state before the moment, or some more, so that the stream shows what came before.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

import anyio
from anyio import to_thread

from evtui.backends.recording.recorded_items import FileItem, HoleItem, RecordedItems, read_header
from evtui.backends.recording.recorded_lines import Damage
from evtui.backends.recording.recorded_set import RecordedSource
from evtui.backends.recording.recorded_states import RecordedStates
from evtui.backends.recording.recording_index import RecordingIndex
from evtui.codecs.recording.line_items import GapItem, PulseItem, RecordItem, StateItem
from evtui.core.clocks import Clocks
from evtui.core.ports import Clock
from evtui.core.record_marks import MarksByRecord
from evtui.core.recording_port import PlaybackState
from evtui.core.records import Expired, Raised, Record, Refreshed, Refused, Subscribed, Unsubscribed
from evtui.engine.history.subscription_history import SubscriptionHistory
from evtui.engine.journal import Journal

TICK: Final = 0.05
"""Seconds between two moves."""

KEPT: Final = 2_000
"""Records before a moment that is jumped to."""

_AHEAD: Final = 4_000
"""Items that are read ahead."""

_PART: Final = 1_000
"""Items that are read at once."""


class _Spot(NamedTuple):
    """A place in the recording, and what is known there."""

    states: RecordedStates
    items: RecordedItems
    ahead: list[FileItem]
    before: deque[Record]
    record: int
    position: float
    lost: int


class Player:
    """A recording at a position; satisfies `core.recording_port.Playback`."""

    def __init__(self, source: RecordedSource, clocks: Clocks) -> None:
        """Read the headers of the oldest and the newest file.

        raises RecordingError: it is not a recording.
        """
        self._source = source
        self._clocks = clocks
        self.header, self._newest = read_header(source.parts[0]), read_header(source.parts[-1])
        self.index = RecordingIndex()
        self.states = self._new_states()
        self.journal = Journal()
        self.history = SubscriptionHistory(self.journal)
        self.lost = 0
        """Records that the recording lacks until the position."""
        self.moves = 0
        """How often it moved to another place."""
        self._items = RecordedItems(source)
        self._ahead: deque[FileItem] = deque()
        self._is_read = False
        self._position = self.header.time
        self._record = 0
        self._speed = 1.0
        self._is_paused = False
        self._played = 0.0
        self._moved: list[Callable[[], object]] = []
        self._stopped: list[Callable[[], object]] = []
        self._moving = anyio.Lock()

    async def begin(self) -> None:
        """Go to the first record: how everything stood then is known at once."""
        async with self._moving:
            await self._go_to(number=0)

    # Playback

    @property
    def state(self) -> PlaybackState:
        """Say where it is."""
        index, damage = self.index, self._damage()
        return PlaybackState(
            self._source.path.name, self._position, self.header.time, max(index.end, self._position), self._speed,
            self._is_paused, self._record, max(index.records, self._record), index.progress, str(damage or ""),
            tuple(index.holes),
        )  # fmt: skip

    @property
    def marks(self) -> MarksByRecord:
        """Return the marks that were read so far."""
        return self.index.marks

    def play(self, *, is_paused: bool) -> None:
        """Go on, or stand still."""
        self._is_paused = is_paused
        if is_paused:
            self._stop()

    def set_speed(self, speed: float) -> None:
        """Go on at so many times the speed of real time."""
        self._speed = speed

    async def step(self, records: int) -> None:
        """Go so many records forward, or back, and stand still there."""
        self._is_paused = True
        async with self._moving:
            if records < 0:
                await self._go_to(number=max(0, self._record + records))
                return
            until = self._record + records
            while self._record < until and (self._ahead or await self._read_ahead()):
                item = self._ahead.popleft()
                self._take(item)
            self._stop()

    async def jump(self, time: float) -> None:
        """Go to a moment, in wall seconds."""
        async with self._moving:
            await self._go_to(time=max(time, self.header.time))

    def on_moved(self, call: Callable[[], object]) -> None:
        """Call a function whenever it moved to another place."""
        self._moved.append(call)

    def on_stopped(self, call: Callable[[], object]) -> None:
        """Call a function whenever it came to stand still."""
        self._stopped.append(call)

    def _stop(self) -> None:
        """Stand still, and tell so: the clocks do not move, so nothing else leads to another look at the states."""
        self._is_paused = True
        for call in self._stopped:
            call()

    # The clocks of the recording

    @property
    def wall(self) -> Clock:
        """Return the clock that tells the position, in wall seconds."""
        return lambda: self._position

    @property
    def monotonic(self) -> Clock:
        """Return the clock of the console: seconds of the recording that were played, never fewer."""
        return lambda: self._played

    # Tasks

    async def run(self) -> None:
        """Move on with time, until cancelled."""
        cancelled = False
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(to_thread.run_sync, self.index.read, self._source, lambda: cancelled)
            try:
                before = self._clocks.monotonic()
                while True:
                    await self._clocks.sleep(TICK)
                    now = self._clocks.monotonic()
                    async with self._moving:
                        await self._move_on(now - before)
                    before = now
            finally:
                cancelled = True

    async def _move_on(self, seconds: float) -> None:
        if len(self._ahead) < _AHEAD // 2:
            await self._read_ahead()
        if self._is_paused:
            return
        until = self._position + seconds * self._speed
        ahead = self._ahead
        # A hole is passed over at once: nothing is known of its time.
        while ahead and (ahead[0].time <= until or isinstance(ahead[0], HoleItem)):
            self._take(ahead.popleft())
            until = max(until, self._position)
        if not ahead:
            until = self._position
        self._played += max(0.0, until - self._position)
        self._position = until
        if not ahead and self._is_read:
            self._stop()

    async def _read_ahead(self) -> bool:
        """Read some items; returns whether there are any."""
        if self._is_read:
            return False
        found = await to_thread.run_sync(self._items.take, _PART)
        self._ahead.extend(found)
        self._is_read = not found
        return bool(found)

    def _take(self, item: FileItem) -> None:
        """Go on to the next item."""
        self._played += max(0.0, item.time - self._position)
        self._position = max(self._position, item.time)
        fold(item, self.states)
        if isinstance(item, RecordItem):
            self._record += 1
            self._write(item.record)
        elif isinstance(item, GapItem):
            self.lost += item.lost

    def _write(self, record: Record) -> None:
        if isinstance(record, Subscribed | Refreshed | Unsubscribed | Expired):
            self.history.tell(record)
        elif isinstance(record, Raised):
            self.journal.append(record, sum(map(len, record.payloads)) + record.params.text_size)
        else:
            self.journal.append(record, record.params.text_size if isinstance(record, Refused) else 0)

    # To another place

    async def _go_to(self, *, time: float | None = None, number: int | None = None) -> None:
        spot = await to_thread.run_sync(self._find, time, number)
        self.states, self._items, self._ahead = spot.states, spot.items, deque(spot.ahead)
        self._is_read = False
        self._position, self._record, self.lost = spot.position, spot.record, spot.lost
        self.journal = Journal()
        self.history = SubscriptionHistory(self.journal)
        for record in spot.before:
            self._write(record)
        self.moves += 1
        for call in self._moved:
            call()

    def _find(self, time: float | None, number: int | None) -> _Spot:
        """Read up to a moment, or a number of records; blocks."""
        index = self.index
        near = index.before(time) if time is not None else index.before_record(number or 0)
        place = None if near is None else index.before_record(near.records - KEPT)
        items, states = RecordedItems(self._source, place), self._new_states()
        before: deque[Record] = deque(maxlen=KEPT)
        record, lost, position = 0 if place is None else place.records, 0, self.header.time
        while found := items.take(_PART):
            for place_in, item in enumerate(found):
                if (time is not None and item.time > time) or (record == number and isinstance(item, RecordItem)):
                    return _Spot(states, items, found[place_in:], before, record, time or position, lost)
                fold(item, states)
                position = max(position, item.time)
                if isinstance(item, RecordItem):
                    record += 1
                    before.append(item.record)
                elif isinstance(item, GapItem):
                    lost += item.lost
        return _Spot(states, items, [], before, record, position, lost)

    def _new_states(self) -> RecordedStates:
        states = RecordedStates(self.header.source)
        states.take_header(self.header)
        states.take_documentation(self._newest)
        return states

    def _damage(self) -> Damage | None:
        found = [each for each in (self.index.damage, self._items.damage) if each is not None]
        return min(found, key=lambda damage: damage.line, default=None)


def fold(item: FileItem, states: RecordedStates) -> None:
    """Change the states by an item."""
    match item:
        case StateItem():
            states.take_state(item)
        case RecordItem():
            states.take(item.record, item.ends, item.place)
        case PulseItem():
            states.take_pulse(item)
        case GapItem() | HoleItem():
            pass
