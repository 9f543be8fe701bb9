"""The commands of queued transports: list the outboxes, rotate a flat file."""

import math

from evtui.codecs.byte_escapes import escape_bytes
from evtui.core.errors import DeliveryError, ReadOnlyError
from evtui.core.ports import OutboxState
from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Listing, LongResult, Result, listing
from evtui.mi.refusals import RefusedError


async def queues_list(context: CommandContext, _arguments: Arguments) -> Result:
    """List the waiting notifications of each destination, and its state; OpenSIPS has no queues."""
    walk = context.backend.walk_outboxes()
    items = listing(None if box is None else _queue(box) for box in walk)
    listed: dict[str, Result] = {"Queues": items}
    if set_aside := context.backend.totals().set_aside:
        listed["Spool"] = {"set_aside": set_aside}
    return LongResult(listed) if isinstance(items, Listing) else listed


async def flat_rotate(context: CommandContext, arguments: Arguments) -> Result:
    """Rotate the flat file of a path now: what is written from now on goes into a new one."""
    path = arguments.filled_name("path")
    if context.backend.read_only:
        raise ReadOnlyError("rotate")
    if context.rotate is None:
        raise RefusedError(404, "No flat files here")
    try:
        await context.rotate(path)
    except DeliveryError as error:
        raise RefusedError(500, "Cannot rotate", error.reason) from error
    return "OK"


def _queue(box: OutboxState) -> Result:
    """Describe an outbox; `age` and `retry_in` are seconds, to the millisecond."""
    return {
        "socket": escape_bytes(str(box.socket)),
        "state": box.link,
        "queued": box.queued,
        "bytes": box.bytes,
        "age": _milliseconds(box.age),
        "attempt": box.attempt,
        "retry_in": None if box.retry_in is None else _milliseconds(box.retry_in),
        "delivered": box.delivered,
        "failed": box.failed,
        "dropped": box.dropped,
        "durable": box.durable,
        "last_error": box.last_error,
    }


def _milliseconds(seconds: float) -> float:
    return math.floor(seconds * 1000) / 1000
