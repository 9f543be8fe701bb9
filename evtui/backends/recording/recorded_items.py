"""What happened in a recording, item by item from a place on; it is read in a thread, one at a time."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from evtui.backends.recording.recorded_bytes import RecordedBytes
from evtui.backends.recording.recorded_lines import Damage, DamagedError, RecordedLine, read_lines
from evtui.backends.recording.recorded_set import PartEnd, RecordedSource
from evtui.backends.recording.recording_index import StatePlace
from evtui.codecs.recording.line_json import decode_line
from evtui.codecs.recording.line_records import (
    LineRecords,
    to_event_state,
    to_outbox_state,
    to_subscription_state,
)
from evtui.codecs.recording.line_types import (
    VERSION,
    AnyLine,
    EndLine,
    GapLine,
    HeaderLine,
    MarkLine,
    PlanLine,
    RefreshedLine,
    StateLine,
    SubscribedLine,
    SubscriptionEntry,
    SubscriptionsLine,
)
from evtui.core.errors import BadMessageError, RecordingError, RequestError
from evtui.core.ports import EventState, OutboxState, SubscriptionState
from evtui.core.recording_port import Hole
from evtui.core.records import Record


class RecordedSubscription(NamedTuple):
    """A subscription, the wall second of its end, and whether it has a queue."""

    state: SubscriptionState
    ends: float | None
    is_queued: bool


class StateItem(NamedTuple):
    """How everything stood."""

    time: float
    line: StateLine
    events: list[EventState]
    outboxes: list[OutboxState]
    subscriptions: list[RecordedSubscription]


class RecordItem(NamedTuple):
    """What happened; `ends` is the wall second at which the subscription of the record ends."""

    time: float
    record: Record
    ends: float | None


class GapItem(NamedTuple):
    """Records that are missing."""

    time: float
    lost: int


class HoleItem(NamedTuple):
    """The next file of the recording begins, and what is missing before it; nothing of the file before goes on."""

    time: float
    hole: Hole | None


Item = StateItem | RecordItem | GapItem | HoleItem


class RecordedItems:
    """Reads the items from a place on, or from the start."""

    def __init__(self, source: RecordedSource, place: StatePlace | None = None) -> None:
        self.damage: Damage | None = None
        """Where nothing can be read any more, and why."""
        self._items = self._read(source, place)

    def take(self, most: int) -> list[Item]:
        """Read the next items; none at the end. Blocks."""
        return list(islice(self._items, most))

    def _read(self, source: RecordedSource, place: StatePlace | None) -> Iterator[Item]:
        """Read one file after the other; what cannot be read of one is missing, and the next one is read."""
        before = PartEnd()
        first = 0 if place is None else place.part
        for part in source.parts[first:]:
            self.damage = None
            is_resumed = place is not None and before.time is None
            lines = read_lines(part, place.offset, place.line) if place and is_resumed else read_lines(part)
            if is_resumed:
                before.begin(part)
            yield from self._read_part(part, lines, before)
            before.damage = self.damage

    def _read_part(self, part: RecordedBytes, lines: Iterator[RecordedLine], before: PartEnd) -> Iterator[Item]:
        records, number = LineRecords(), 0
        state: StateItem | None = None
        try:
            for raw in lines:
                number = raw.number
                line = decode_line(raw.text)
                if number == 1:
                    yield from _begun(part, line.time, before)
                before.take(line.time, is_end=isinstance(line, EndLine))
                if state is not None:
                    if isinstance(line, SubscriptionsLine):
                        state.subscriptions.extend([_subscription(each, line.time) for each in line.subscriptions])
                        continue
                    yield state
                    state = None
                if isinstance(line, StateLine):
                    records.begin_part()
                    state = _state_item(line)
                elif (item := _item(line, records)) is not None:
                    yield item
        except DamagedError as error:
            self.damage = error.damage
        except (BadMessageError, RequestError) as error:
            self.damage = Damage(number, str(error))
        if state is not None:
            yield state


def read_header(source: RecordedBytes) -> HeaderLine:
    """Read the first line.

    raises RecordingError: it is not the header of a recording that this program can read.
    """
    path = str(source.path)
    try:
        first: RecordedLine | None = next(read_lines(source), None)
        line = None if first is None else decode_line(first.text)
    except BadMessageError as error:
        raise RecordingError(path, f"it is not a recording: {error}") from error
    if not isinstance(line, HeaderLine):
        raise RecordingError(path, "it is not a recording: it has no header")
    if line.recording > VERSION:
        raise RecordingError(path, f"its version is {line.recording}; this program reads versions up to {VERSION}")
    return line


def _begun(part: RecordedBytes, time: float, before: PartEnd) -> Iterator[HoleItem]:
    if before.time is not None:
        yield HoleItem(time, before.hole_before(part, time))
    before.begin(part)


def _state_item(line: StateLine) -> StateItem:
    events, outboxes = map(to_event_state, line.events), map(to_outbox_state, line.outboxes)
    return StateItem(line.time, line, [*events], [*outboxes], [])


def _subscription(entry: SubscriptionEntry, time: float) -> RecordedSubscription:
    ends = None if entry.left is None else time + entry.left
    return RecordedSubscription(to_subscription_state(entry), ends, entry.outbox)


def _item(line: AnyLine, records: LineRecords) -> Item | None:
    match line:
        case PlanLine():
            records.take_plan(line)
            return None
        case GapLine():
            return GapItem(line.time, line.lost)
        case HeaderLine() | StateLine() | SubscriptionsLine() | EndLine() | MarkLine():
            return None  # the marks of all of the file are in its index
        case _:
            ends = line.ends if isinstance(line, SubscribedLine | RefreshedLine) else None
            return RecordItem(line.time, records.record(line), ends)
