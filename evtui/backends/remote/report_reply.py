"""Ask an evtui server what OpenSIPS has no commands for, and read its replies: reports and tests of deliveries."""

import math
from typing import Final, cast, get_args

from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.reply_members import member_int, member_number, member_text, members_of
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.raise_arguments import params_argument, raise_arguments
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
from evtui.core.records import DispatchGroup, DispatchPlan, Failure, Outcome, Raised, SubscriberTest
from evtui.core.redact import redact_listed
from evtui.core.values import Params, Socket

_KINDS = frozenset(get_args(StepKind))
_OUTCOMES: Final = frozenset({*get_args(Outcome), "queued"})
_TEST: Final = "test_subscriber"
_REPORT: Final = "raise_report"
_FORBIDDEN, _NOT_FOUND, _METHOD_NOT_FOUND = 403, 404, -32601


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


async def tells_results(client: MiClient) -> bool:
    """Say whether a server tells what became of a raise: evtui does. raises BackendError."""
    try:
        known = await client.call("which")
    except ServerError:
        return False
    return isinstance(known, list) and _REPORT in known


class ReportedRaises:
    """Raises events on a server, and asks an evtui what became of them."""

    def __init__(self, client: MiClient) -> None:
        self._client = client
        self._tells: bool | None = None
        """Whether the server tells it; None before it was asked."""

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event; None when the server does not tell what became of it.

        raises ServerError, BackendError.
        """
        if self._tells is None:
            self._tells = await tells_results(self._client)
        if self._tells:
            try:
                return await _raise_reported(self._client, event, params)
            except ServerError as error:
                if error.code != _METHOD_NOT_FOUND:
                    raise
                self._tells = False  # another program was started there
        await self._client.call("raise_event", Members(raise_arguments(event, params)))
        return None


async def _raise_reported(client: MiClient, event: str, params: Params) -> Raised:
    """Raise an event and read what became of it, without waiting for what is queued. Payloads are not told."""
    arguments = Members((*raise_arguments(event, params), ("wait", 0)))
    if params_argument(params) is None:
        arguments = Members((("event", event), ("params", []), ("wait", 0)))
    reply = await client.call(_REPORT, arguments)
    if not isinstance(reply, Members):
        raise BackendError(f"{client.address}: the reply does not say what became of the raise")
    items = members_of(reply, "Deliveries")
    queued = [member_text(item, "outcome") == "queued" for item in items]
    groups = tuple(
        DispatchGroup((Socket(*split_scheme(member_text(item, "socket"))),), 0, queued=is_queued)
        for item, is_queued in zip(items, queued, strict=True)
    )
    failures = tuple(
        Failure(place, 0, member_text(item, "reason"))
        for place, item in enumerate(items)
        if member_text(item, "outcome") in {"failed", "dropped"}
    )
    latencies = tuple(_latency(item) for item in items)
    plan = DispatchPlan(("",), groups, len(groups), sum(queued)) if groups else DispatchPlan()
    payloads = (b"",) if groups else ()
    return Raised(
        member_int(reply, "serial"), member_number(reply, "time"), event, params, plan, payloads, latencies, failures
    )


def _latency(item: Members) -> float:
    latency = dict(item).get("latency")
    return float(latency) if isinstance(latency, int | float) else math.nan


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
