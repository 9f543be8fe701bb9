"""The items that the lines of a recording or of a watch feed tell: how everything stood, and what happened."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from evtui.codecs.recording.line_records import (
    LineRecords,
    to_event_state,
    to_outbox_state,
    to_socket,
    to_subscription_state,
)
from evtui.codecs.recording.line_types import (
    AnyLine,
    EndLine,
    GapLine,
    HeaderLine,
    MarkLine,
    PlanLine,
    RefreshedLine,
    SubscribedLine,
)
from evtui.codecs.recording.state_line_types import PulseLine, StateLine, SubscriptionEntry, SubscriptionsLine
from evtui.core.ports import EventState, OutboxState, QueueUse, SubscriptionState
from evtui.core.records import Record
from evtui.core.values import Socket


class RecordedSubscription(NamedTuple):
    """A subscription, the wall second of its end, and the last record that it counts."""

    state: SubscriptionState
    ends: float | None
    place: int


class StateItem(NamedTuple):
    """How everything stood."""

    time: float
    line: StateLine
    events: list[EventState]
    outboxes: list[OutboxState]
    subscriptions: list[RecordedSubscription]


class RecordItem(NamedTuple):
    """What happened.

    `ends` is the wall second at which the subscription of the record ends, `place` its place in a watch feed, else 0.
    """

    time: float
    record: Record
    ends: float | None
    place: int


class PulseItem(NamedTuple):
    """How the queues of a watched server stand."""

    time: float
    outboxes: list[OutboxState]
    gone: list[Socket]
    is_whole: bool
    queue_use: QueueUse
    readers: int
    place: int


class GapItem(NamedTuple):
    """Records that are missing."""

    time: float
    lost: int
    reason: str


Item: TypeAlias = StateItem | RecordItem | PulseItem | GapItem


class LineItems:
    """Makes items of lines, one after the other. A state is complete with the first line that is none of its own."""

    def __init__(self, records: LineRecords | None = None) -> None:
        self._records = records or LineRecords()
        self._state: StateItem | None = None

    def take(self, line: AnyLine) -> Iterator[Item]:
        """Take the next line.

        raises BadMessageError: what is wrong with it.
        """
        if self._state is not None:
            if isinstance(line, SubscriptionsLine):
                entries = [_subscription(each, line) for each in line.subscriptions]
                self._state.subscriptions.extend(entries)
                return
            yield from self.finish()
        if isinstance(line, StateLine):
            self._records.begin_part()
            events, outboxes = map(to_event_state, line.events), map(to_outbox_state, line.outboxes)
            self._state = StateItem(line.time, line, [*events], [*outboxes], [])
        elif (item := self._item(line)) is not None:
            yield item

    def finish(self) -> Iterator[Item]:
        """Give the state that no line has completed yet."""
        if self._state is not None:
            state, self._state = self._state, None
            yield state

    def _item(self, line: AnyLine) -> Item | None:
        match line:
            case PlanLine():
                self._records.take_plan(line)
                return None
            case GapLine():
                return GapItem(line.time, line.lost, line.reason)
            case PulseLine():
                queues, gone = [*map(to_outbox_state, line.queues)], [*map(to_socket, line.gone)]
                return PulseItem(line.time, queues, gone, line.whole, line.queue_use, line.readers, line.place)
            case HeaderLine() | StateLine() | SubscriptionsLine() | EndLine() | MarkLine():
                return None  # the marks of all of a file are in its index
            case _:
                ends = line.ends if isinstance(line, SubscribedLine | RefreshedLine) else None
                return RecordItem(line.time, self._records.record(line), ends, line.place)


def _subscription(entry: SubscriptionEntry, line: SubscriptionsLine) -> RecordedSubscription:
    ends = None if entry.left is None else line.time + entry.left
    return RecordedSubscription(to_subscription_state(entry), ends, line.place)
