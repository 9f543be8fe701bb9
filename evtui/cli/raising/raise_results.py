"""What became of a single raise: asked of a server that tells it, and printed for each subscriber."""

from typing import Final

from evtui.backends.remote.reply_members import member_number, member_text, members_of
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.codecs.display_text import UNTOLD
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.raise_arguments import raise_arguments
from evtui.core.errors import ReadOnlyError, ServerError, UnknownEventError
from evtui.raising.raise_template import RaiseRequest

_COMMAND: Final = "raise_report"
_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403
_NO_SUBSCRIBERS: Final = 480


async def raise_and_ask(server: AttachedServer, request: RaiseRequest) -> Members | None:
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
    rows = [
        (member_text(item, "socket"), member_text(item, "outcome"), _latency(item), member_text(item, "reason"))
        for item in members_of(reply, "Deliveries")
    ]
    if rows:
        output.table(("subscriber", "outcome", "latency", "reason"), rows, right=(2,))


def result_members(event: str, reply: Members | None) -> Members:
    """Write the results as JSON; `serial` and `subscribers` are null when the server does not tell them."""
    told = dict(reply) if reply is not None else {}
    return Members(
        (("event", event), ("ok", True), ("serial", told.get("serial")), ("subscribers", told.get("Deliveries")))
    )


def _latency(item: Members) -> str:
    latency: Json = dict(item).get("latency")
    return UNTOLD if latency is None else f"{1000 * member_number(item, 'latency'):,.1f} ms"
