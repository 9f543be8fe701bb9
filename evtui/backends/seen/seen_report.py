"""Say of a server that keeps no history what this program saw itself: why a socket got an event, or why it did not.

Such a server tells neither what became of a notification nor that a raise had no subscribers. This program sees the
raises that reach its own feed, and the subscriptions each time it asks for their list. The report says only what
follows from these, and calls the rest not told.
"""

from collections.abc import Sequence
from typing import Final

from evtui.backends.seen.seen_subscriptions import SeenChange, SeenSubscriptions
from evtui.codecs.display_text import display_safe
from evtui.core.delivery_report import DeliveryReport, ReportStep, StepKind
from evtui.core.records import Raised, Record

MAX_STEPS: Final = 500

_CANNOT_KNOW: Final = "This server does not tell what became of a notification: this is what evtui saw itself"
_ATTACH: Final = (
    "attach the console (evtui --mi ADDRESS), let the event be raised, and ask there: a single request does not see "
    "what was before it"
)
_CHECK: Final = "check that the subscriber runs and that its address is right; the log of the server may name a failure"
_SUBSCRIBE: Final = "subscribe it again, or renew it before it expires"


def report_seen(
    event: str, socket: str, seen: SeenSubscriptions, records: Sequence[Record], watched_since: float | None, *,
    is_own: bool,
) -> DeliveryReport:  # fmt: skip
    """Report from the changes that were seen and the records of a watch; `is_own` says that it is this program's feed.

    `watched_since` is the wall second since which raises are seen, None when none are.
    """
    name = display_safe(event, 64)
    if not socket:
        answer = f"No socket is subscribed to {name}, as the server lists it. {_CANNOT_KNOW}."
        return DeliveryReport(event, "", (), answer, "subscribe one", watched_since)
    steps = _Steps()
    changes = list(seen.of(event, socket))
    state: SeenChange | None = None
    raises = [record for record in records if isinstance(record, Raised) and record.event == event]
    for record in raises:
        while changes and changes[0].after <= record.at:
            state = changes.pop(0)
            steps.add_change(state)
        steps.add(*_of_raise(record, state, seen, is_own=is_own), record.at)
    for change in changes:
        steps.add_change(change)
    is_listed = is_own or seen.is_listed(event, socket)
    how = "is subscribed" if is_listed else "is not subscribed"
    answer = f"It {how} to {name} now, as the server lists it. {_CANNOT_KNOW}."
    if watched_since is None:
        advice = _ATTACH
    elif is_own:
        advice = ""
    else:
        advice = _CHECK if is_listed else _SUBSCRIBE
    return DeliveryReport(event, socket, steps.last(), answer, advice, watched_since)


def _of_raise(
    record: Raised, state: SeenChange | None, seen: SeenSubscriptions, *, is_own: bool
) -> tuple[StepKind, str, str]:
    """Say what is known of one raise, from the last change that may have come before it."""
    if is_own:
        return "delivered", "this program received it", ""
    if seen.first_look is None or record.at < seen.first_look:
        return "not told", "this program had not asked yet which sockets are subscribed", ""
    if state is not None and state.kind != "renewed" and state.after <= record.at < state.at:
        return "not told", "the subscription changed at about the same time", ""
    if state is not None and state.kind in {"subscribed", "renewed"}:
        return "not told", "the socket was subscribed; whether it got the notification the server does not tell", _CHECK
    if state is None:
        return "missed", "it was not in the list of subscribers", "subscribe it before the event is raised"
    how = "had expired" if state.kind == "expired" else "had ended"
    return "missed", f"its subscription {how}", _SUBSCRIBE


class _Steps:
    """The steps, oldest first; those alike that follow each other are one."""

    def __init__(self) -> None:
        self._steps: list[ReportStep] = []

    def last(self) -> tuple[ReportStep, ...]:
        return tuple(self._steps[-MAX_STEPS:])

    def add_change(self, change: SeenChange) -> None:
        self.add(change.kind, change.cause, "", change.at)

    def add(self, kind: StepKind, cause: str, advice: str, at: float) -> None:
        before = self._steps[-1] if self._steps else None
        if before is not None and (before.kind, before.cause) == (kind, cause):
            self._steps[-1] = ReportStep(kind, before.at, at, before.count + 1, cause, advice)
        else:
            self._steps.append(ReportStep(kind, at, at, 1, cause, advice))
