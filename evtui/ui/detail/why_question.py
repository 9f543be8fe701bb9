"""The question why a subscriber got an event, or did not, to the backend."""

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend
from evtui.ui.detail.subject import Subject, server_named_by
from evtui.ui.fleet.requests_to import requests_to
from evtui.ui.messages import Notice, ReportArrived
from evtui.ui.stream.stream_rows import StreamRow, socket_of
from evtui.ui.subscribers.subscribers_view import Subscriber


def socket_text(subject: Subject | None) -> str:
    """Write the socket of what is selected; empty when it is about none."""
    if isinstance(subject, Subscriber):
        return str(subject.state.subscription.socket)
    socket = socket_of(subject) if isinstance(subject, StreamRow) else None
    return "" if socket is None else str(socket)


async def ask_why(backend: Backend, event: str, subject: Subject | None) -> ReportArrived | Notice:
    """Ask about the socket of what is selected; ends in the report, or in a notice why there is none."""
    try:
        asked = requests_to(backend, server_named_by(subject))
        return ReportArrived(await asked.report_delivery(event, socket_text(subject)))
    except EvtuiError as error:
        return Notice(display_safe(str(error), 300), bad=True)
