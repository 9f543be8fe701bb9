"""What became of a single raise: asked of a server that tells it, and printed for each subscriber.

At several servers it is raised at the same time, and each has a result of its own.
"""

from collections.abc import Awaitable, Sequence
from typing import Final

from evtui.backends.remote.asked_server import AskedServer
from evtui.backends.remote.remote_requests import RemoteRequests
from evtui.backends.remote.reply_members import member_number, member_text, members_of
from evtui.backends.remote.report_reply import tells_results
from evtui.cli import output
from evtui.codecs.display_text import UNTOLD
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.raise_arguments import raise_arguments
from evtui.core.errors import BackendError, ReadOnlyError, ServerError, UnknownEventError
from evtui.core.ports import Backend
from evtui.raising.raise_template import RaiseRequest

_TITLES: Final = ("subscriber", "outcome", "latency", "reason")
_COMMAND: Final = "raise_report"
_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403
_NO_SUBSCRIBERS: Final = 480


class NoSubscribersError(BackendError):
    """The event has no subscribers."""

    def __init__(self, event: str) -> None:
        super().__init__(f"{event} has no subscribers: nothing was sent")


async def raise_once(server: AskedServer, request: RaiseRequest) -> Members | None:
    """Raise an event, and return its results; None when the server does not tell them.

    raises NoSubscribersError, UnknownEventError, ReadOnlyError, BackendError.
    """
    if not await tells_results(server.client):
        await raise_untold(server.backend, request)
        return None
    reply = await raise_and_ask(server, request)
    if reply is None:
        raise NoSubscribersError(request.event)
    return reply


async def raise_untold(backend: Backend | RemoteRequests, request: RaiseRequest) -> None:
    """Raise an event. raises NoSubscribersError, UnknownEventError, ReadOnlyError, BackendError."""
    raised = await backend.raise_event(request.event, request.params)
    if raised is not None and not raised.subscribers:
        raise NoSubscribersError(request.event)


def raise_at_each(request: RaiseRequest, mi: Sequence[str], *, as_json: bool) -> None:
    """Raise an event at each of several servers, and print what became of it at each."""
    from evtui.cli.servers.several_servers import ask_at_each, end_by

    def asked(server: AskedServer) -> Awaitable[Members | None]:
        return raise_once(server, request)

    answers = ask_at_each(mi, asked)
    rows: list[Sequence[str]] = []
    for answer in answers:
        if as_json:
            told = result_members(request.event, answer.told)
            output.json_line(answer.members(*((name, value) for name, value in told if name != "ok")))
        elif answer.error is None:
            output.message(f"{answer.server}: {accepted(request.event, answer.told)}")
            rows += [(answer.server, *row) for row in _rows(answer.told or Members())]
    if rows:
        output.table(("server", *_TITLES), rows, right=(3,))
    end_by(answers)


def accepted(event: str, reply: Members | None) -> str:
    """Say that a server took a raise, and whether it tells what became of it."""
    return f"{event}: accepted" + ("" if reply else "; this server does not tell its results")


async def raise_and_ask(server: AskedServer, request: RaiseRequest) -> Members | None:
    """Raise an event and wait for its results: the serial and each delivery. None when it has no subscribers.

    raises UnknownEventError, ReadOnlyError, BackendError.
    """
    try:
        reply = await server.client.call(_COMMAND, Members(raise_arguments(request.event, request.params)))
    except ServerError as error:
        if error.code == _NO_SUBSCRIBERS:
            return None
        if error.code == _NOT_FOUND:
            raise UnknownEventError(request.event) from error
        if error.code == _FORBIDDEN:
            raise ReadOnlyError("raise") from error
        raise
    return reply if isinstance(reply, Members) else Members()


def print_results(reply: Members) -> None:
    """Print one line for each subscriber: what became of its notification, how long that took, and why."""
    if rows := _rows(reply):
        output.table(_TITLES, rows, right=(2,))


def result_members(event: str, reply: Members | None) -> Members:
    """Write the results as JSON; `serial` and `subscribers` are null when the server does not tell them."""
    told = dict(reply) if reply is not None else {}
    return Members(
        (("event", event), ("ok", True), ("serial", told.get("serial")), ("subscribers", told.get("Deliveries")))
    )


def _latency(item: Members) -> str:
    latency: Json = dict(item).get("latency")
    return UNTOLD if latency is None else f"{1000 * member_number(item, 'latency'):,.1f} ms"


def _rows(reply: Members) -> Sequence[Sequence[str]]:
    return [
        (member_text(item, "socket"), member_text(item, "outcome"), _latency(item), member_text(item, "reason"))
        for item in members_of(reply, "Deliveries")
    ]
