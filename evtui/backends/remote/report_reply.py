"""Ask an evtui server what OpenSIPS has no commands for, and read its replies: reports and tests of deliveries."""

from typing import Final, cast, get_args

from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.reply_members import member_int, member_number, member_text, members_of
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.raise_arguments import params_argument
from evtui.codecs.sockets import split_scheme
from evtui.core.delivery_report import DeliveryReport, ReportStep, StepKind
from evtui.core.errors import (
    BackendError,
    BadSocketError,
    NoSubscriberError,
    ReadOnlyError,
    ServerError,
    UnknownEventError,
    UnsupportedError,
)
from evtui.core.records import Outcome, SubscriberTest
from evtui.core.redact import redact_listed
from evtui.core.values import Params, Socket

_KINDS = frozenset(get_args(StepKind))
_OUTCOMES: Final = frozenset({*get_args(Outcome), "queued"})
_TEST: Final = "test_subscriber"
_FORBIDDEN, _NOT_FOUND = 403, 404


async def ask_test(client: MiClient, event: str, socket: str, params: Params) -> SubscriberTest:
    """Ask a server to send one notification to one subscriber alone.

    raises UnsupportedError: it has no such command. UnknownEventError, NoSubscriberError, BadSocketError,
    ReadOnlyError, BackendError.
    """
    try:
        # It is asked for its commands first: an unknown one would be an error in the log of OpenSIPS.
        known = await client.call("which")
        if not isinstance(known, list) or _TEST not in known:
            raise UnsupportedError(f"{client.address} cannot test one subscriber: only evtui has {_TEST}")
        argument = params_argument(params)
        reply = await client.call(_TEST, [event, socket] if argument is None else [event, socket, argument])
    except ServerError as error:
        raise _refused_test(error, event, socket) from error
    if not isinstance(reply, Members) or (outcome := member_text(reply, "outcome")) not in _OUTCOMES:
        raise BackendError(f"{client.address}: the reply does not say how the test went")
    found, latency = dict(reply), dict(reply).get("latency")
    return SubscriberTest(
        event, Socket(*split_scheme(member_text(reply, "socket"))), member_int(reply, "serial"),
        cast("Outcome", outcome), float(latency) if isinstance(latency, int | float) else None,
        None if found.get("reason") is None else member_text(reply, "reason"),
    )  # fmt: skip


def _refused_test(error: ServerError, event: str, socket: str) -> Exception:
    if error.code == _FORBIDDEN:
        return ReadOnlyError("test")
    if error.code == _NOT_FOUND:
        return NoSubscriberError(event, socket) if "ubscriber" in error.message else UnknownEventError(event)
    part, _, why = (error.data or "").removeprefix("socket: ").partition(": ")
    return BadSocketError(redact_listed(socket), part, why) if why else error


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
