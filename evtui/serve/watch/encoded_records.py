"""The newest records as lines, encoded once for all readers of a feed."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from evtui.codecs.recording.line_json import encode_line
from evtui.codecs.recording.record_lines import plan_line, raised_line, record_line
from evtui.core.records import DispatchPlan, Raised, Record

MAX_RECORDS: Final = 20_000
MAX_BYTES: Final = 16 << 20
"""Records that are kept encoded, and their bytes: a reader that lags by more loses the oldest."""

MOST_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 256 << 10
"""Records that are sent in one piece, and their bytes: one record at least."""

_MAX_PLANS: Final = 1000
_MAX_PLAN_BYTES: Final = 4 << 20
_SLACK: Final = 8
"""The oldest records are dropped in parts, of this fraction of the bound."""


class EncodedPlan(Struct, frozen=True):
    """The line of a dispatch plan; records name its number."""

    number: int
    line: bytes


class EncodedRecord(Struct, frozen=True):
    """A record, its place in the journal from 1, and its line. The plan that it names may not be sent yet."""

    place: int
    record: Record
    line: bytes
    plan: EncodedPlan | None = None
    is_new_plan: bool = False
    """Whether it is the first that names its plan."""

    @property
    def size(self) -> int:
        """Return the bytes that it holds, with those of its plan if it is the first that names it."""
        return len(self.line) + (len(self.plan.line) if self.plan is not None and self.is_new_plan else 0)


class RecordEncoder:
    """Encodes records. Dispatch plans get numbers that are never used again."""

    def __init__(self) -> None:
        self._plans: dict[int, tuple[DispatchPlan, EncodedPlan]] = {}
        self._plan_bytes = self._number = 0

    def forget_plans(self) -> None:
        """Give plans that come again new numbers."""
        self._plans.clear()
        self._plan_bytes = 0

    def encode(self, record: Record, place: int, offset: float) -> EncodedRecord:
        """Encode one record; `offset` is wall seconds less monotonic seconds."""
        last = self._number
        plan = self._plan_of(record) if isinstance(record, Raised) and record.plan.size else None
        line = record_line(record, offset) if plan is None else raised_line(record, plan.number)  # type: ignore[arg-type]
        return EncodedRecord(
            place, record, b'%b,"place":%d}\n' % (encode_line(line)[:-1], place), plan, self._number > last
        )

    def _plan_of(self, record: Raised) -> EncodedPlan:
        known = self._plans.get(id(record.plan))  # it is kept, so no other plan gets this id
        if known is not None:
            return known[1]
        self._number += 1
        made = EncodedPlan(self._number, encode_line(plan_line(record, self._number)) + b"\n")
        self._plans[id(record.plan)] = record.plan, made
        self._plan_bytes += len(made.line)
        while len(self._plans) > _MAX_PLANS or (self._plan_bytes > _MAX_PLAN_BYTES and len(self._plans) > 1):
            _, dropped = self._plans.pop(next(iter(self._plans)))
            self._plan_bytes -= len(dropped.line)
        return made


class FeedChunk:
    """Neighbouring records that were encoded, joined once for all readers."""

    def __init__(self, records: Sequence[EncodedRecord]) -> None:
        self.records = records
        self.plans = tuple({plan.number: plan for each in records if (plan := each.plan) is not None}.values())
        self.data = b"".join([each.line for each in records])
        self.places = tuple([each.place for each in records])
        self.begin = records[0].place - 1
        self.end = records[-1].place


class EncodedRecords:
    """The newest records without a hole, bounded by number and bytes."""

    def __init__(self) -> None:
        self._records: list[EncodedRecord] = []
        self._bytes = 0
        self._chunk: FeedChunk | None = None
        self._chunk_until = 0
        self.end = 0
        """The place of the newest."""

    @property
    def begin(self) -> int:
        """Return the place before the oldest."""
        return self.end - len(self._records)

    def restart(self, end: int) -> None:
        """Forget all; the next record has the place behind `end`."""
        self._records.clear()
        self._bytes, self._chunk, self.end = 0, None, end

    def append(self, record: EncodedRecord) -> None:
        """Take the next record."""
        self._records.append(record)
        self._bytes += record.size
        self.end = record.place
        if len(self._records) > MAX_RECORDS + MAX_RECORDS // _SLACK or self._bytes > MAX_BYTES + MAX_BYTES // _SLACK:
            self._drop_oldest()

    def behind(self, place: int) -> FeedChunk | None:
        """Return the oldest records behind a place that is not before `begin`, as many as one piece has; None without.

        All readers at one place are given the same.
        """
        if place >= self.end:
            return None
        if self._chunk is None or self._chunk.begin != place or self._chunk_until != self.end:
            self._chunk, self._chunk_until = FeedChunk(_piece(self._records, place - self.begin)), self.end
        return self._chunk

    def _drop_oldest(self) -> None:
        count, left = max(0, len(self._records) - MAX_RECORDS), self._bytes
        left -= sum(each.size for each in self._records[:count])
        while left > MAX_BYTES and count < len(self._records) - 1:
            left -= self._records[count].size
            count += 1
        del self._records[:count]
        self._bytes = left


def _piece(records: Sequence[EncodedRecord], first: int) -> Sequence[EncodedRecord]:
    size, stop = 0, first
    for stop in range(first, min(first + MOST_AT_ONCE, len(records))):
        size += records[stop].size
        if size > BYTES_AT_ONCE and stop > first:
            return records[first:stop]
    return records[first : stop + 1]
