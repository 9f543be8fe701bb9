"""The commands of queued transports: list the outboxes, rotate a flat file."""

import math

from evtui.core.errors import DeliveryError
from evtui.core.ports import OutboxState
from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.mi_jsonrpc import Result
from evtui.mi.refusals import RefusedError


async def queues_list(context: CommandContext, _arguments: Arguments) -> Result:
    """List the waiting notifications of each destination, and its state; OpenSIPS has no queues."""
    boxes: dict[str, OutboxState] = {}
    for state in await context.backend.subscriptions():
        if state.outbox is not None:
            boxes.setdefault(str(state.outbox.socket), state.outbox)
    status = await context.backend.status()
    for outbox in status.outboxes:  # and those whose subscription has ended
        boxes.setdefault(str(outbox.socket), outbox)
    listed: dict[str, Result] = {"Queues": [_queue(socket, box) for socket, box in boxes.items()]}
    if status.set_aside:
        listed["Spool"] = {"set_aside": status.set_aside}
    return listed


async def flat_rotate(context: CommandContext, arguments: Arguments) -> Result:
    """Rotate the flat file of a path now: what is written from now on goes into a new one."""
    path = arguments.text("path")
    if context.rotate is None:
        raise RefusedError(404, "No flat files here")
    if (await context.backend.status()).read_only:
        raise RefusedError(403, "Forbidden", "read-only: rotating is refused")
    try:
        await context.rotate(path)
    except DeliveryError as error:
        raise RefusedError(500, "Cannot rotate", error.reason) from error
    return "OK"


def _queue(socket: str, box: OutboxState) -> Result:
    """Describe an outbox; `age` and `retry_in` are seconds, to the millisecond."""
    return {
        "socket": socket,
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
