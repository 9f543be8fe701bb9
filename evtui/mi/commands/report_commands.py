"""The commands that say why a socket got an event or did not, and where the watch feed is."""

from evtui.codecs.byte_escapes import escape_bytes
from evtui.core.delivery_report import DeliveryReport
from evtui.core.errors import UnknownEventError
from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Result
from evtui.mi.refusals import RefusedError


async def delivery_report(context: CommandContext, arguments: Arguments) -> Result:
    """Say why a socket got an event or did not; without a socket, that which was subscribed last. OpenSIPS has none."""
    event = arguments.filled_name("event")
    socket = arguments.filled_name("socket") if "socket" in arguments else ""
    try:
        report = await context.backend.report_delivery(event, socket)
    except UnknownEventError as error:
        raise RefusedError(404, "Event not published") from error
    return write_report(report)


async def watch_feed(context: CommandContext, _arguments: Arguments) -> Result:
    """Say where the watch feed is read: a UNIX socket, and a path at the HTTP listener. OpenSIPS has none."""
    if context.feed is None:
        raise RefusedError(404, "No watch feed here")
    feed = context.feed
    return {"instance": feed.instance, "unix": feed.unix, "http": feed.http, "place": feed.place()}


def write_report(report: DeliveryReport) -> Result:
    """Write a report as the reply of `delivery_report`."""
    return {
        "event": escape_bytes(report.event), "socket": escape_bytes(report.socket), "answer": report.answer,
        "advice": report.advice, "since": report.since, "Timeline": [{**step.members()} for step in report.steps],
    }  # fmt: skip
