"""Follows the watch feed of a server: what it tells, and the records, also over lost connections and restarts."""

import logging
from collections.abc import Sequence
from math import ceil
from typing import Final

import anyio
from anyio.lowlevel import checkpoint

from evtui.backends.recording.recorded_states import RecordedStates
from evtui.backends.watched.feed_stream import FeedAddress, FeedRequest, open_feed
from evtui.codecs.recording.line_items import GapItem, Item, LineItems, PulseItem, RecordItem, StateItem
from evtui.codecs.recording.line_json import decode_line
from evtui.codecs.recording.line_records import LineRecords
from evtui.codecs.recording.line_types import VERSION, HeaderLine
from evtui.codecs.recording.plan_window import SENT_PLANS
from evtui.core.backoff import Backoff
from evtui.core.clocks import Clocks
from evtui.core.errors import BackendError, BadMessageError, RequestError
from evtui.core.records import Raised, Record, Refused, Restarted
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds

SILENCE: Final = 3.0
"""Seconds without a line after which a server counts as not answering; it sends one every second."""

ALL_RECORDS: Final = 1 << 31
"""Stands for all records that a server has."""

STEP: Final = 20
"""Lines that are taken before others have their turn: a fleet has many followers, and all may be behind at once."""

_GIVE_UP: Final = 15.0
"""Seconds without a line after which the connection is made anew."""

_RETRY_FIRST: Final = 0.5
_RETRY_LONGEST: Final = 10.0

_log = logging.getLogger(__name__)


class FeedFollower:
    """One server. `run` follows it until cancelled; what it tells is in `states` and `journal`."""

    def __init__(
        self, address: FeedAddress, shown: str, clocks: Clocks, back: int, bounds: JournalBounds = WHOLE_JOURNAL, *,
        wanted: str = "",
    ) -> None:  # fmt: skip
        """`shown` is the address of the server as it is shown, `back` the records before now that are wanted.

        The server sends only the records that the filter `wanted` shows.
        """
        self._wanted = wanted
        self._address = address
        self._shown = shown
        self._clocks = clocks
        self._back = back
        self._backoff = Backoff(_RETRY_FIRST, _RETRY_LONGEST)
        self._instance = ""
        self._place = 0
        """The place of the last record that was taken."""
        self._known_place = 0
        """The place up to which everything is known, by records or by how everything stood."""
        self._heard_at = clocks.monotonic()
        self._alive_at = clocks.wall()
        self._skew = 0.0
        """Wall seconds of the server less those here."""
        self._is_connected = False
        self._is_ready = anyio.Event()
        self._moved = anyio.Event()
        self._why = ""
        """Why it is not connected."""
        self._retry_at = 0.0
        """Monotonic seconds of the next attempt."""
        self.states = RecordedStates(shown)
        self.journal = bounds.make()
        self.lost = 0
        """Records that the server no longer had, or that this reader was too slow for."""
        self.read_only = False
        """Whether the server refuses all changes."""

    @property
    def silence(self) -> float:
        """Return the seconds for which a server has said nothing over a connection that stands; 0.0 for a few."""
        silent = self._clocks.monotonic() - self._heard_at
        return silent if self._is_connected and silent >= SILENCE else 0.0

    @property
    def detail(self) -> str:
        """Say why the server is not followed now; empty while it is."""
        if silence := self.silence:
            return f"{self._shown}: it has said nothing for {silence:.0f} s: it is stopped or busy"
        if self._is_connected:
            return ""
        left = ceil(self._retry_at - self._clocks.monotonic())
        return f"{self._why}; next attempt in {max(1, left)} s" if self._why else f"{self._shown}: not connected yet"

    def server_wall(self) -> float:
        """Return the wall seconds of the server."""
        return self._clocks.wall() + self._skew

    async def ready(self) -> None:
        """Return when the states are known."""
        await self._is_ready.wait()

    async def reach(self, place: int, seconds: float) -> bool:
        """Wait until the record of a place is taken, at most so many seconds; returns whether it is."""
        with anyio.move_on_after(seconds):
            while self._known_place < place:
                await self._moved.wait()
        return self._known_place >= place

    async def run(self) -> None:
        """Follow the server until cancelled."""
        while True:
            try:
                await self._follow()
            except (BackendError, BadMessageError, RequestError, TimeoutError) as error:
                self._why = str(error) or f"{self._shown}: no answer"
            else:
                self._why = f"{self._shown}: it has closed the connection"
            if self._is_connected:
                self._is_connected = False
                _log.warning("%s", self._why)
            pause = self._backoff.next_pause()
            self._retry_at = self._clocks.monotonic() + pause
            await self._clocks.sleep(pause)

    async def _follow(self) -> None:
        """Read one connection to its end."""
        request = FeedRequest(back=self._back, filter=self._wanted)
        if self._instance:  # of another run all records are wanted
            request = FeedRequest(ALL_RECORDS, self._known_place, self._instance, self._wanted)
        items = LineItems(LineRecords(SENT_PLANS))
        is_first = True
        async with open_feed(self._address, request) as lines:
            reading = aiter(lines)
            while True:
                with anyio.fail_after(_GIVE_UP):
                    some = await anext(reading, None)
                if some is None:
                    return
                self._heard_at = self._clocks.monotonic()
                if is_first:
                    self._begin(some[0])
                await self._take_lines(some[is_first:], items)
                is_first = False

    def _begin(self, first: bytes) -> None:
        """Take the header. raises BadMessageError: it is none that this program can read."""
        line = decode_line(first)
        if not isinstance(line, HeaderLine) or not line.instance:
            raise BadMessageError(f"{self._shown}: it is not a watch feed")
        if line.recording > VERSION:
            raise BadMessageError(f"{self._shown}: version {line.recording} of the watch feed is not known here")
        now = self._clocks.wall()
        self._skew = line.time - now
        if line.instance != self._instance:
            if self._instance:
                self._write(Restarted(line.time, max(0.0, now - self._alive_at)))
            self._place = self._known_place = 0
            self.states.take_header(line)
        self.states.take_documentation(line)
        self._instance, self.read_only = line.instance, line.read_only
        self._is_connected = True
        self._backoff.reset()

    async def _take_lines(self, lines: Sequence[bytes], items: LineItems) -> None:
        for number, raw in enumerate(lines):
            if number % STEP == STEP - 1:
                await checkpoint()
            for item in items.take(decode_line(raw)):
                self._take(item)
        self._moved.set()
        self._moved = anyio.Event()

    def _take(self, item: Item) -> None:
        match item:
            case StateItem():
                self.states.take_state(item)
                self._known_place = max(self._known_place, item.line.place)
                self._is_ready.set()
            case RecordItem():
                if item.place > self._place:
                    self.states.take(item.record, item.ends, item.place)
                    self._write(item.record)
                    self._place = item.place
                    self._known_place = max(self._known_place, item.place)
            case PulseItem():
                self.states.take_pulse(item)
                self._alive_at = self._clocks.wall()
            case GapItem():
                self.lost += item.lost

    def _write(self, record: Record) -> None:
        size = record.params.text_size if isinstance(record, Raised | Refused) else 0
        self.journal.append(record, size + (sum(map(len, record.payloads)) if isinstance(record, Raised) else 0))
