"""Say of a source that is only consumed what arrived of an event: all that can be known of its delivery here."""

from collections.abc import Sequence
from typing import Final

from evtui.codecs.display_text import display_safe
from evtui.core.delivery_report import DeliveryReport, ReportStep, StepKind
from evtui.core.records import Raised, Record, Refused

MAX_STEPS: Final = 500

_ASK_SERVER: Final = "ask the server that raises it, if it is evtui: evtui why EVENT SOCKET --mi ADDRESS"
_CHECK_SOURCE: Final = (
    "check that a server publishes it there, and that this source reads what its socket writes: "
    "exchange and binding key, or the topic"
)
_WRITE_RIGHT: Final = "let its sender write a notification: JSON-RPC 2.0, or the text of OpenSIPS 2"


def report_arrivals(event: str, place: str, records: Sequence[Record], since: float | None) -> DeliveryReport:
    """Report what arrived of an event; `place` names the source, `since` is when records begin (wall)."""
    steps: list[ReportStep] = []
    arrived = 0
    for record in records:
        if isinstance(record, Raised) and record.event == event:
            arrived += 1
            source = display_safe(str(record.plan.groups[0].sockets[0]), 200)
            _add(steps, "delivered", f"it arrived here, as {source}", "", record.at)
        elif isinstance(record, Refused) and record.event == event:
            _add(steps, "missed", display_safe(record.reason, 300), _WRITE_RIGHT, record.at)
    name, where = display_safe(event, 64), display_safe(place, 200)
    number = f"{arrived:,} notification{'s' * (arrived != 1)}" if arrived else "No notification"
    answer = (
        f"{number} of {name} arrived here from {where}. A broker does not tell which other consumers got a message."
    )
    return DeliveryReport(
        event, "", tuple(steps[-MAX_STEPS:]), answer, _ASK_SERVER if arrived else _CHECK_SOURCE, since
    )  # fmt: skip


def _add(steps: list[ReportStep], kind: StepKind, cause: str, advice: str, at: float) -> None:
    before = steps[-1] if steps else None
    if before is not None and (before.kind, before.cause) == (kind, cause):
        steps[-1] = ReportStep(kind, before.at, at, before.count + 1, cause, advice)
    else:
        steps.append(ReportStep(kind, at, at, 1, cause, advice))
