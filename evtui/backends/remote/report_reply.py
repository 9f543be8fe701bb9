"""Read the reply of `delivery_report`."""

from typing import cast, get_args

from evtui.backends.remote.reply_members import member_int, member_number, member_text, members_of
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.delivery_report import DeliveryReport, ReportStep, StepKind
from evtui.core.errors import BackendError

_KINDS = frozenset(get_args(StepKind))


def read_report(reply: Json) -> DeliveryReport:
    """Read a report.

    raises BackendError: the server sent something else.
    """
    if not isinstance(reply, Members):
        raise BackendError("the reply holds no report of deliveries")
    steps = tuple(_step(item) for item in members_of(reply, "Timeline") if member_text(item, "what") in _KINDS)
    since = member_number(reply, "since") or None
    return DeliveryReport(
        member_text(reply, "event"), member_text(reply, "socket"), steps, member_text(reply, "answer"),
        member_text(reply, "advice"), since,
    )  # fmt: skip


def _step(item: Members) -> ReportStep:
    return ReportStep(
        cast("StepKind", member_text(item, "what")), member_number(item, "at"), member_number(item, "last"),
        member_int(item, "count"), member_text(item, "cause"), member_text(item, "advice"),
    )  # fmt: skip
