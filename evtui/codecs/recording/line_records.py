"""Lines of a recording as records and states again.

What a recording does not hold is left out: the monotonic end of a subscription, which means nothing in another process.
"""

import math
from typing import TypeAlias, assert_never

from evtui.codecs.recording.line_base import NOT_RAISED
from evtui.codecs.recording.line_json import decode_params
from evtui.codecs.recording.line_types import (
    ExpiredLine,
    GroupEntry,
    MarkLine,
    PlanLine,
    PublishedLine,
    RaisedLine,
    RecordLine,
    RefreshedLine,
    RefusedLine,
    RestartedLine,
    RetryingLine,
    SettledLine,
    SubscribedLine,
    UnsubscribedLine,
)
from evtui.codecs.recording.state_line_types import EventEntry, QueueEntry, SubscriptionEntry
from evtui.codecs.sockets import split_scheme
from evtui.core.errors import BadMessageError, BadSocketError
from evtui.core.ports import EventState, OutboxState, SubscriptionState
from evtui.core.record_marks import RecordMark
from evtui.core.records import (
    DispatchGroup,
    DispatchPlan,
    Expired,
    Failure,
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
from evtui.core.values import Event, Params, Socket, Subscription

_NO_PLAN = DispatchPlan()

ChangeLine: TypeAlias = SubscribedLine | RefreshedLine | UnsubscribedLine | ExpiredLine


class LineRecords:
    """Turns the lines of records into records, with the dispatch plans that were read before."""

    def __init__(self, most_plans: int | None = None) -> None:
        """`most_plans` are kept, those that came last; without it all until the next state line."""
        self._plans: dict[int, DispatchPlan] = {}
        self._most_plans = most_plans

    def begin_part(self) -> None:
        """Forget the plans: a state line was read."""
        self._plans.clear()

    def take_plan(self, line: PlanLine) -> None:
        """Take a dispatch plan that later lines name.

        raises BadMessageError: a group names a codec that there is not.
        """
        groups = tuple([_group(group, line.server) for group in line.groups])
        if any(not 0 <= group.codec < len(line.codecs) for group in groups):
            raise BadMessageError("`groups` name a codec that is not in `codecs`")
        size = sum(len(group.sockets) for group in groups)
        queued = sum(len(group.sockets) for group in groups if group.queued)
        self._plans.pop(line.plan, None)
        self._plans[line.plan] = DispatchPlan(line.codecs, groups, size, queued)
        if self._most_plans is not None and len(self._plans) > self._most_plans:
            del self._plans[next(iter(self._plans))]

    def record(self, line: RecordLine) -> Record:  # noqa: PLR0911 - one of each type
        """Return the record that a line is.

        raises BadMessageError: what is wrong with it.
        """
        match line:
            case RaisedLine():
                return self._raised(line)
            case SettledLine():
                return Settled(
                    line.serial, line.time, line.event, to_socket(line.socket, line.server), line.outcome, line.latency,
                    line.attempt, line.reason, line.test,
                )  # fmt: skip
            case RetryingLine():
                return Retrying(
                    line.time, line.event, to_socket(line.socket, line.server), line.first, line.last, line.queued,
                    line.attempt, line.reason, line.pause,
                )  # fmt: skip
            case RefusedLine():
                return Refused(line.time, line.event, decode_params(line.params), line.reason, line.cause, line.server)
            case PublishedLine():
                return Published(line.time, line.event, line.server)
            case RestartedLine():
                return Restarted(line.time, line.hole, line.server)
            case SubscribedLine() | RefreshedLine() | UnsubscribedLine() | ExpiredLine():
                return _change(line)
            case _:
                assert_never(line)

    def _raised(self, line: RaisedLine) -> Raised:
        plan = _NO_PLAN if line.plan is None else self._plans.get(line.plan)
        if plan is None:
            raise BadMessageError(f"no line before it has plan {line.plan}")
        if len(line.payloads) != len(plan.codecs) or len(line.latencies) != len(plan.groups):
            raise BadMessageError(f"`payloads` or `latencies` do not fit plan {line.plan}")
        return Raised(
            line.serial, line.time, line.event, decode_params(line.params), plan,
            tuple(map(_payload, line.payloads)),
            tuple([math.nan if latency is None else latency for latency in line.latencies]),
            tuple([Failure(each.group, each.place, each.reason) for each in line.failures]),
            line.test, line.server,
        )  # fmt: skip


def _payload(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise BadMessageError("`payloads`: half of a surrogate pair is not text") from error


def to_mark(line: MarkLine) -> RecordMark:
    """Return the mark that a line is."""
    return RecordMark((line.of, line.kind, line.event, line.serial), line.socket, line.by)


def to_socket(text: str, server: str = "") -> Socket:
    """Return the socket that a line names, at a server of a fleet.

    raises BadMessageError: it has no scheme.
    """
    try:
        return Socket(*split_scheme(text), server)
    except BadSocketError as error:
        raise BadMessageError(f"`socket`: {error.why}") from error


def to_event_state(entry: EventEntry) -> EventState:
    """Return the state of an event, without its documentation, which the catalogue has."""
    return EventState(
        Event(entry.id, entry.name, entry.module), entry.subscribers, entry.raised, entry.sent, entry.failed,
        entry.dropped, entry.last_time, _last_params(entry),
        viewers=entry.viewers, received=entry.received, no_subscribers=entry.no_subscribers, refused=entry.refused,
    )  # fmt: skip


def to_outbox_state(entry: QueueEntry) -> OutboxState:
    """Return the state of a queue."""
    return OutboxState(
        to_socket(entry.socket, entry.server), entry.link, entry.queued, entry.bytes, entry.age, entry.attempt,
        entry.retry_in, entry.delivered, entry.failed, entry.dropped, entry.last_error, entry.last_error_age,
        entry.durable,
    )  # fmt: skip


def to_subscription_state(entry: SubscriptionEntry) -> SubscriptionState:
    """Return the state of a subscription; its queue is added by what knows the queues."""
    subscription = Subscription(entry.event, to_socket(entry.socket, entry.server), entry.expire, None, entry.pattern)
    return SubscriptionState(
        subscription, entry.left, entry.sent, entry.failed, entry.queued, entry.dropped, entry.last_error,
        entry.last_time, entry.latency, entry.codec, None, entry.viewer,
    )  # fmt: skip


def _last_params(entry: EventEntry) -> Params | None:
    return None if bytes(entry.last_params) == bytes(NOT_RAISED) else decode_params(entry.last_params)


def _group(entry: GroupEntry, server: str) -> DispatchGroup:
    return DispatchGroup(tuple([to_socket(text, server) for text in entry.sockets]), entry.codec, entry.queued)


def _change(line: ChangeLine) -> Record:
    subscription = Subscription(line.event, to_socket(line.socket, line.server), line.expire, None, line.pattern)
    match line:
        case SubscribedLine():
            return Subscribed(line.time, subscription)
        case RefreshedLine():
            return Refreshed(line.time, subscription)
        case ExpiredLine():
            return Expired(line.time, subscription)
        case UnsubscribedLine():
            return Unsubscribed(line.time, subscription, line.by)
        case _:
            assert_never(line)
