"""Records as lines of a recording.

All raises with the same subscribers share a dispatch plan. It is written once, with a number; the lines of raises name
the number. A state line begins the numbers anew, so that a reader can begin at each.
"""

import math
from collections.abc import Iterator, Sequence
from typing import assert_never

from msgspec import Struct

from evtui.codecs.jsonvalue import decode_text
from evtui.codecs.recording.line_base import NOT_RAISED
from evtui.codecs.recording.line_json import encode_params
from evtui.codecs.recording.line_types import (
    AnyLine,
    ExpiredLine,
    FailureEntry,
    GroupEntry,
    MarkLine,
    PlanLine,
    PublishedLine,
    RaisedLine,
    RefreshedLine,
    RefusedLine,
    RestartedLine,
    RetryingLine,
    SettledLine,
    SubscribedLine,
    UnsubscribedLine,
)
from evtui.codecs.recording.state_line_types import (
    EventEntry,
    QueueEntry,
    StateLine,
    SubscriptionEntry,
    SubscriptionsLine,
)
from evtui.core.ports import EventState, OutboxState, Status, SubscriptionState
from evtui.core.record_marks import RecordMark
from evtui.core.records import (
    DispatchPlan,
    Expired,
    Published,
    Raised,
    Record,
    Refreshed,
    Refused,
    Restarted,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)

PART = 500
"""Subscriptions in one line."""


class BackendStates(Struct, frozen=True):
    """How a backend stood at a moment."""

    wall: float
    monotonic: float
    status: Status
    events: Sequence[EventState]
    subscriptions: Sequence[SubscriptionState]


class RecordLines:
    """Turns records into lines. `ends_at` turns the monotonic end of a subscription into wall seconds."""

    def __init__(self) -> None:
        self._plans: dict[int, tuple[DispatchPlan, int]] = {}
        self._offset = 0.0
        """Wall seconds less monotonic seconds."""
        self.records = 0
        """Records so far."""

    def state(self, states: BackendStates) -> Iterator[AnyLine]:
        """Write how everything stands."""
        self._plans.clear()
        self._offset = states.wall - states.monotonic
        yield state_line(states, self.records)
        for first in range(0, len(states.subscriptions), PART):
            entries = tuple(map(subscription_entry, states.subscriptions[first : first + PART]))
            yield SubscriptionsLine(states.wall, entries)

    def forget_plans(self) -> None:
        """Write the plans of later raises again: what was written last is lost."""
        self._plans.clear()

    def record(self, record: Record) -> Iterator[AnyLine]:
        """Write one record: one line, and before it that of a dispatch plan that was not written yet."""
        self.records += 1
        if not isinstance(record, Raised) or not record.plan.size:
            yield record_line(record, self._offset)
            return
        number, is_new = self._number(record.plan)
        if is_new:
            yield plan_line(record, number)
        yield raised_line(record, number)

    def _number(self, plan: DispatchPlan) -> tuple[int, bool]:
        known = self._plans.get(id(plan))
        if known is not None:
            return known[1], False
        number = len(self._plans) + 1
        self._plans[id(plan)] = plan, number
        return number, True


def record_line(record: Record, offset: float) -> AnyLine:  # noqa: PLR0911 - one of each type
    """Write a record that names no dispatch plan; `offset` is wall seconds less monotonic seconds."""
    match record:
        case Settled():
            return SettledLine(
                record.at, record.event, str(record.socket), record.serial, record.outcome, record.latency,
                record.attempt, record.reason, record.is_test, server=record.socket.server,
            )  # fmt: skip
        case Retrying():
            return RetryingLine(
                record.at, record.event, str(record.socket), record.first, record.last, record.queued,
                record.attempt, record.reason, record.pause, server=record.socket.server,
            )  # fmt: skip
        case Published():
            return PublishedLine(record.at, record.event, server=record.server)
        case Refused():
            return RefusedLine(
                record.at, record.event, encode_params(record.params), record.reason, record.cause,
                server=record.server,
            )  # fmt: skip
        case Restarted():
            return RestartedLine(record.at, record.hole, server=record.server)
        case Raised():
            return raised_line(record, None)
        case Subscribed() | Refreshed() | Expired() | Unsubscribed():
            return _change_line(record, offset)
        case _:
            assert_never(record)


def mark_line(mark: RecordMark, wall: float) -> MarkLine:
    """Write a mark that was made at a wall second."""
    of, kind, event, serial = mark.key
    return MarkLine(wall, of, kind, event, serial, mark.socket, mark.by)


def _change_line(record: Subscribed | Refreshed | Expired | Unsubscribed, offset: float) -> AnyLine:
    subscription = record.subscription
    ends = None if subscription.expires_at is None else subscription.expires_at + offset
    parts = subscription.event, str(subscription.socket), subscription.expire, ends, subscription.pattern
    server = subscription.server
    match record:
        case Subscribed():
            return SubscribedLine(record.at, *parts, server=server)
        case Refreshed():
            return RefreshedLine(record.at, *parts, server=server)
        case Expired():
            return ExpiredLine(record.at, *parts, server=server)
        case Unsubscribed():
            return UnsubscribedLine(record.at, *parts, record.by, server=server)
        case _:
            assert_never(record)


def plan_line(record: Raised, number: int) -> PlanLine:
    """Write the dispatch plan of a raise."""
    groups = tuple(
        GroupEntry(tuple(map(str, group.sockets)), group.codec, group.queued) for group in record.plan.groups
    )
    return PlanLine(record.at, number, record.plan.codecs, groups, record.server)


def raised_line(record: Raised, plan: int | None) -> RaisedLine:
    """Write a raise that names a dispatch plan by its number."""
    return RaisedLine(
        record.at, record.event, record.serial, encode_params(record.params), plan,
        tuple(map(decode_text, record.payloads)),
        tuple([None if math.isnan(latency) else latency for latency in record.latencies]),
        tuple([FailureEntry(each.group, each.place, each.reason) for each in record.failures]),
        record.is_test, server=record.server,
    )  # fmt: skip


def state_line(states: BackendStates, records: int, place: int = 0) -> StateLine:
    """Write how everything stands, without the subscriptions."""
    status = states.status
    return StateLine(
        states.wall, records, status.connected, status.detail, status.tells_all, status.gaps, status.raised,
        status.sent, status.failed, status.dropped, status.queued, status.no_subscribers, status.refused,
        status.duplicates, status.set_aside, status.queue_use, tuple(map(_event_entry, states.events)),
        tuple(map(queue_entry, status.outboxes)), place,
    )  # fmt: skip


def _event_entry(state: EventState) -> EventEntry:
    event = state.event
    return EventEntry(
        event.id, event.name, event.module, state.subscribers, state.raised, state.sent, state.failed, state.dropped,
        state.no_subscribers, state.refused, state.received, state.viewers, state.last_at,
        NOT_RAISED if state.last_params is None else encode_params(state.last_params),
    )  # fmt: skip


def queue_entry(state: OutboxState) -> QueueEntry:
    """Write a queue."""
    return QueueEntry(
        str(state.socket), state.link, state.queued, state.bytes, state.age, state.attempt, state.retry_in,
        state.delivered, state.failed, state.dropped, state.last_error, state.last_error_age, state.durable,
        state.socket.server,
    )  # fmt: skip


def subscription_entry(state: SubscriptionState) -> SubscriptionEntry:
    """Write a subscription; an error of its queue stands in the line of the queue alone, which tells its end too."""
    subscription = state.subscription
    error = None if state.outbox is not None and state.outbox.last_error else state.last_error
    return SubscriptionEntry(
        subscription.event, str(subscription.socket), subscription.expire, state.ttl, subscription.pattern,
        state.sent, state.failed, state.queued, state.dropped, error, state.last_at, state.latency,
        state.codec, state.viewer, state.outbox is not None, subscription.server,
    )  # fmt: skip
