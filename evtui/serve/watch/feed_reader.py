"""One reader of a watch feed: what it is sent, in its own time."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Final

from anyio.lowlevel import checkpoint
from msgspec import Struct

from evtui.codecs.recording.line_json import encode_line
from evtui.codecs.recording.line_types import GapLine
from evtui.codecs.recording.plan_window import SENT_PLANS
from evtui.serve.watch.encoded_records import EncodedPlan, EncodedRecord

if TYPE_CHECKING:
    from evtui.filters.decisions import Filter
    from evtui.serve.watch.feed_options import FeedOptions
    from evtui.serve.watch.watch_feed import WatchFeed

OLDER_AT_ONCE: Final = 100
"""Records of the journal that are encoded for one reader before others get their turn."""

_TOO_SLOW: Final = "they were read too slowly"
_EVICTED: Final = "the journal of the server does not hold them any more"


class FeedLines(Struct, frozen=True):
    """Some lines, and for each the place of its record, 0 for a line that is none."""

    data: bytes
    places: Sequence[int]


class FeedReader:
    """The place of one reader. `lines` ends only by cancellation."""

    def __init__(self, feed: "WatchFeed", options: "FeedOptions", wanted: "Filter | None") -> None:
        self._feed = feed
        self._options = options
        self._filter = wanted
        self._place = 0
        self._is_catching_up = True
        """Whether it has not reached the records that are encoded for all."""
        self._sent_plans: OrderedDict[int, None] = OrderedDict()
        self._pulse = 0
        """The number of the pulse that it was sent last, or that the state followed."""
        self._needs_whole = False
        """Whether the next pulse must have all queues."""

    async def lines(self) -> AsyncGenerator[FeedLines]:
        """Give what is to be sent: the header, how everything stands, then what happens."""
        feed = self._feed
        yield _plain(feed.header())
        async for part in self._begin():
            yield part
        while True:
            if self._is_catching_up or self._filter is not None:  # work that is not shared with other readers
                await feed.turn()
            if (pulse := self._new_pulse()) is not None:
                yield _plain(pulse)
            if self._place >= feed.encoded.begin:
                self._is_catching_up = False
            elif not self._is_catching_up or self._place < feed.journal.evicted:
                async for part in self._skip():
                    yield part
                continue
            lines = self._older() if self._is_catching_up else self._newer()
            if lines is None:
                await feed.wait()
                continue
            if lines.data:
                yield lines
            await checkpoint()

    async def _begin(self) -> AsyncGenerator[FeedLines]:
        """Give what stands before the first record."""
        feed, after = self._feed, self._resumed_at()
        evicted = feed.journal.evicted
        if after is not None and after >= evicted:
            self._place = after
            self._pulse, self._needs_whole = feed.pulse_number, not feed.has_pulse
            yield _plain(feed.whole_pulse())
            return
        self._place = max(feed.journal.written - self._options.back, evicted)
        if after is not None:
            self._place = evicted
            yield self._gap(evicted - after, _EVICTED)
        async for lines in self._state():
            yield lines

    def _resumed_at(self) -> int | None:
        """Return the place behind which the reader goes on; None when it begins anew, perhaps in another run."""
        options, feed = self._options, self._feed
        is_same_run = options.instance == feed.instance and (options.after or 0) <= feed.journal.written
        return options.after if is_same_run else None

    async def _state(self) -> AsyncGenerator[FeedLines]:
        """Give how everything stands; all that later lines refer to is sent again behind it."""
        self._sent_plans.clear()
        self._pulse, self._needs_whole = self._feed.pulse_number, True
        async for data in self._feed.snapshot():
            yield _plain(data)

    async def _skip(self) -> AsyncGenerator[FeedLines]:
        """Leave out what the reader was too slow for: tell how many records, then how everything stands."""
        encoded = self._feed.encoded
        lost = encoded.begin + (encoded.end - encoded.begin) // 2 - self._place
        self._place += lost
        self._is_catching_up = False
        self._feed.statistics.lost += lost
        yield self._gap(lost, _TOO_SLOW)
        async for lines in self._state():
            yield lines

    def _new_pulse(self) -> bytes | None:
        """Return the pulse of this second, if it was not sent; with all queues when one before it was not sent."""
        feed = self._feed
        number, last = feed.pulse_number, self._pulse
        if number == last:
            return None
        is_whole = self._needs_whole or number != last + 1
        self._pulse, self._needs_whole = number, False
        return feed.whole_pulse() if is_whole else feed.pulse

    def _older(self) -> FeedLines:
        """Take the next records that only the journal holds."""
        feed = self._feed
        most = min(OLDER_AT_ONCE, feed.encoded.begin - self._place)
        records = feed.encode(feed.journal.part(self._place, most), self._place)
        self._place += len(records)
        return self._shown(records)

    def _newer(self) -> FeedLines | None:
        """Take the next records that are encoded for all; None without any."""
        chunk = self._feed.encoded.behind(self._place)
        if chunk is None:
            return None
        self._place = chunk.end
        if self._filter is not None:
            return self._shown(chunk.records)
        if not (new := self._new_plans(chunk.plans)):
            return FeedLines(chunk.data, chunk.places)
        return FeedLines(b"".join([*new, chunk.data]), [*[0] * len(new), *chunk.places])

    def _shown(self, records: Sequence[EncodedRecord]) -> FeedLines:
        """Join the records that the filter shows, each behind its plan."""
        now, wanted = self._feed.wall(), self._filter
        lines: list[bytes] = []
        places: list[int] = []
        for each in records:
            if wanted is not None and not wanted.shows(each.record, now):
                continue
            if each.plan is not None and (new := self._new_plans((each.plan,))):
                lines.extend(new)
                places.append(0)
            lines.append(each.line)
            places.append(each.place)
        return FeedLines(b"".join(lines), places)

    def _new_plans(self, plans: Sequence[EncodedPlan]) -> Sequence[bytes]:
        """Return the lines of those plans that this reader does not hold; it holds the last `SENT_PLANS` ones."""
        sent = self._sent_plans
        new = [plan for plan in plans if plan.number not in sent]
        if new and len(sent) + len(new) > SENT_PLANS:
            new = [*plans]  # the new ones may take the place of one of them
        for plan in new:
            sent.pop(plan.number, None)
            sent[plan.number] = None
            if len(sent) > SENT_PLANS:
                sent.popitem(last=False)
        return [plan.line for plan in new]

    def _gap(self, lost: int, reason: str) -> FeedLines:
        return _plain(encode_line(GapLine(self._feed.wall(), lost, reason)) + b"\n")


def _plain(data: bytes) -> FeedLines:
    return FeedLines(data, [0] * data.count(b"\n"))
