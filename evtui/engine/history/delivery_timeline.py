"""Find out why a socket got an event or why it did not, from the journal and the history of subscriptions."""

from collections.abc import Iterator, Sequence
from typing import Final

from anyio.lowlevel import checkpoint

from evtui.codecs.display_text import display_safe
from evtui.core.delivery_report import DeliveryReport, ReportStep, StepKind
from evtui.core.records import (
    DispatchPlan,
    Expired,
    Raised,
    Record,
    Refreshed,
    Refused,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)
from evtui.core.values import Socket
from evtui.core.wildcards import matches
from evtui.engine.history.subscription_history import Change, SubscriptionHistory, SubscriptionRecord
from evtui.engine.journal import Journal

MAX_STEPS: Final = 500
"""Steps of a report; the oldest are left out."""

_PART: Final = 500
_PART_SOCKETS: Final = 50_000
"""Records, and sockets of dispatch plans, that are read before others get their turn."""

_RESUBSCRIBE: Final = "subscribe it again, or renew it before it expires"
_CHECK_PEER: Final = "check that the subscriber runs and that its address is right"

_ADVICE: Final = (
    ("ENOENT", "the path of the socket does not exist: start the subscriber, or correct the path"),
    ("ECONNREFUSED", "nothing listens at the address: start the subscriber, or correct host and port"),
    ("older than", "raise max_age of the transport, or let the subscriber read faster"),
    ("all queues together", "raise engine.queue_bytes, or let the subscribers that do not read be ended"),
    ("queue full", "raise queue_count or queue_bytes of the transport, or let the subscriber read faster"),
    ("no subscription any more", "it waited when the subscription ended: subscribe it again, or renew it in time"),
    ("evtui stopped", "let the transport keep what waits over a restart: durable = true"),
)
"""What to do, by a word of the reason why a delivery failed or was dropped."""


async def report_delivery(
    event: str, socket: Socket | None, journal: Journal, history: SubscriptionHistory
) -> DeliveryReport:
    """Say why a socket got an event or did not; None takes the socket whose subscription to it changed last.

    Others get their turn while the records are read: a full journal takes some 0.1 s.
    """
    socket = socket or history.last_socket(event)
    if socket is None:
        name = display_safe(event, 64)
        return DeliveryReport(event, "", (), f"No socket was ever subscribed to {name}.", "subscribe one")
    # A socket that a list printed without its password is the one that was subscribed.
    socket = socket if history.of(event, socket) else history.find(event, str(socket)) or socket
    records, _ = journal.since(0)
    timeline = DeliveryTimeline(event, socket, history.of(event, socket), history.wildcards(socket))
    for _ in timeline.read(records, journal.evicted):
        await checkpoint()
    return _write_report(event, socket, timeline, records[0].at if records else None)


class DeliveryTimeline:
    """The timeline of one socket on one event."""

    def __init__(
        self, event: str, socket: Socket, changes: Sequence[Change], wildcards: Sequence[SubscriptionRecord] = ()
    ) -> None:
        """`changes` are those of the subscription, `wildcards` what happened last to each wildcard of the socket."""
        self._event = event
        self._socket = socket
        self.wildcard = wildcard_note(event, wildcards)
        """Why its wildcards made no subscription; empty when it has none."""
        self._changes = list(changes)
        self._state: SubscriptionRecord | None = None
        self._known: dict[int, tuple[DispatchPlan, tuple[int, int] | None]] = {}
        self._steps: list[ReportStep] = []
        self._searched = 0
        """Sockets of dispatch plans that were looked at since the last part."""
        self.last: SubscriptionRecord | None = changes[-1].record if changes else None
        """The last change of the subscription."""

    def read(self, records: Sequence[Record], place: int) -> Iterator[None]:
        """Read the records of a journal, of which the first has a place; yields after each part of the work."""
        ends: dict[int, Settled] = {}
        retry: Retrying | None = None
        for number, record in enumerate(records):
            if isinstance(record, Settled) and record.event == self._event and record.socket == self._socket:
                ends[record.serial] = record
                retry = None
            elif isinstance(record, Retrying) and record.socket == self._socket:
                retry = record
            if number % _PART == 0:
                yield
        for number, record in enumerate(records, place):
            if isinstance(record, Raised | Refused) and record.event == self._event and self._concerns(record):
                self._change_until(number)
                self._add(*self._of_raise(record, ends, retry), record.at)
            if number % _PART == 0 or self._searched >= _PART_SOCKETS:
                self._searched = 0
                yield
        self._change_until(None)

    @property
    def first_step(self) -> str:
        """What to do about a socket that was never subscribed to the event."""
        return "subscribe it to the event, or to a wildcard that matches" if self.wildcard else "subscribe it"

    @property
    def steps(self) -> tuple[ReportStep, ...]:
        """The steps, oldest first."""
        return tuple(self._steps[-MAX_STEPS:])

    def _change_until(self, place: int | None) -> None:
        """Take the changes of the subscription that the journal has before a place; all with None."""
        while self._changes and (place is None or self._changes[0].place < place):
            change = self._changes.pop(0)
            self._state = change.record
            kind, cause = _told_change(change)
            self._add(kind, cause, "", change.first_at, count=change.count, last=change.record.at)

    def _concerns(self, record: Raised | Refused) -> bool:
        """Say whether a record is about the socket: a test notification to another subscriber is not."""
        return not (isinstance(record, Raised) and record.is_test) or self._find(record.plan) is not None

    def _of_raise(
        self, record: Raised | Refused, ends: dict[int, Settled], retry: Retrying | None
    ) -> tuple[StepKind, str, str]:
        if isinstance(record, Refused):
            return "missed", f"the raise was refused: {record.reason}", "let the raiser correct its request"
        found = self._find(record.plan)
        if found is None:
            return self._of_gap(record)
        if not record.plan.groups[found[0]].queued:
            failed = [each.reason for each in record.failures if (each.group, each.place) == found]
            told: tuple[StepKind, str, str] = (
                ("missed", failed[0], advice_on(failed[0])) if failed else ("delivered", "sent", "")
            )
        else:
            told = _of_queued(record, ends.get(record.serial), retry)
        return (told[0], f"test notification: {told[1]}", told[2]) if record.is_test else told

    def _of_gap(self, record: Raised) -> tuple[StepKind, str, str]:
        """Say why a raise did not serve the socket: how the subscription stood then."""
        alone = "" if record.plan.size else "; no other socket was subscribed either"
        match self._state:
            case Expired() as expired:
                return "missed", f"its subscription{_by_pattern(expired)} had expired{alone}", _RESUBSCRIBE
            case Unsubscribed() as ended:
                by = f" by {ended.by}" if ended.by else ""
                return "missed", f"its subscription{_by_pattern(ended)} had been ended{by}{alone}", "subscribe it again"
            case _ if self.last is not None:
                return "missed", f"it was not subscribed yet{alone}", "subscribe before the event is raised"
            case _:
                why = f"; {self.wildcard}" if self.wildcard else ""
                return "missed", f"it was never subscribed to this event{why}{alone}", self.first_step

    def _find(self, plan: DispatchPlan) -> tuple[int, int] | None:
        """Return group and place of the socket in a dispatch plan; all raises with the same subscribers share one."""
        known = self._known.get(id(plan))
        if known is None:
            known = self._known[id(plan)] = plan, plan.place_of(self._socket)
            self._searched += plan.size
        return known[1]

    def _add(
        self, kind: StepKind, cause: str, advice: str, at: float, *, count: int = 1, last: float | None = None
    ) -> None:
        before = self._steps[-1] if self._steps else None
        if before is not None and (before.kind, before.cause) == (kind, cause):
            self._steps[-1] = ReportStep(kind, before.at, last or at, before.count + count, cause, advice)
        else:
            self._steps.append(ReportStep(kind, at, last or at, count, cause, advice))


def _write_report(event: str, socket: Socket, timeline: DeliveryTimeline, oldest: float | None) -> DeliveryReport:
    """Answer from a timeline why a socket gets an event or does not."""
    steps = timeline.steps
    missed = [step for step in steps if step.kind == "missed"]
    number = sum(step.count for step in missed)
    is_subscribed = isinstance(timeline.last, Subscribed | Refreshed)
    name = display_safe(event, 64)
    if timeline.last is None:
        why = f" {timeline.wildcard[0].upper()}{timeline.wildcard[1:]}." if timeline.wildcard else ""
        answer = f"It was never subscribed to {name}, as far as is remembered.{why}"
        advice = timeline.first_step
    elif not is_subscribed:
        how = "expired" if isinstance(timeline.last, Expired) else "was ended"
        answer, advice = f"It is not subscribed to {name}: its subscription {how}.", _RESUBSCRIBE
    elif missed:
        answer, advice = (
            f"It is subscribed to {name} and missed {number:,} raise{'s' * (number != 1)}.",
            missed[-1].advice,
        )
    else:
        answer, advice = f"It is subscribed to {name} and missed no raise that is remembered.", ""
    if missed and not is_subscribed:
        answer += f" It missed {number:,} raise{'s' * (number != 1)}."
    return DeliveryReport(event, str(socket), steps, answer, advice, oldest)


def wildcard_note(event: str, wildcards: Sequence[SubscriptionRecord]) -> str:
    """Say why the wildcards of a socket made no subscription to an event; empty when it has none.

    `wildcards` are what happened last to each, the latest at the end. One that matches says more than one that does
    not.
    """
    matching = [each for each in wildcards if matches(event, each.subscription.event)]
    last = (matching or wildcards)[-1] if wildcards else None
    if last is None:
        return ""
    pattern = display_safe(last.subscription.event, 64)
    match last:
        case _ if not matching:
            return f"its wildcard {pattern} does not match it"
        case Expired():
            return f"its wildcard {pattern} had expired when the event was published"
        case Unsubscribed():
            by = f" by {last.by}" if last.by else ""
            return f"its wildcard {pattern} had been ended{by} when the event was published"
        case _:
            return f"its wildcard {pattern} matches it, but there was no room for one more subscription"


def _by_pattern(record: SubscriptionRecord) -> str:
    pattern = record.subscription.pattern
    return f", by the wildcard {display_safe(pattern, 64)}," if pattern else ""


def _of_queued(record: Raised, end: Settled | None, retry: Retrying | None) -> tuple[StepKind, str, str]:
    if end is None and retry is not None and retry.first <= record.serial <= retry.last:
        return "waiting", f"it waits; attempt {retry.attempt:,} failed: {retry.reason}", advice_on(retry.reason)
    if end is None:
        return "waiting", "it waits in the queue of the socket", ""
    if end.outcome in {"sent", "acknowledged"}:
        return "delivered", end.outcome, ""
    reason = end.reason or end.outcome
    return "missed", f"{end.outcome}: {reason}", advice_on(reason)


def _told_change(change: Change) -> tuple[StepKind, str]:
    subscription = change.record.subscription
    how_long = "for ever" if subscription.expire is None else f"for {subscription.expire:,} s"
    pattern = f", by the wildcard {display_safe(subscription.pattern, 64)}" if subscription.pattern else ""
    match change.record:
        case Subscribed():
            return "subscribed", how_long + pattern
        case Refreshed():
            return "renewed", how_long + pattern
        case Expired():
            return "expired", f"after {subscription.expire or 0:,} s"
        case Unsubscribed() as ended:
            return "unsubscribed", f"by {ended.by}" if ended.by else "on request"


def advice_on(reason: str) -> str:
    """Say what to do about a delivery that failed or was dropped for a reason."""
    return next((advice for word, advice in _ADVICE if word in reason), _CHECK_PEER)
