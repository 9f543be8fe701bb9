"""The commands that tell of single raises: what became of one, and which ones the journal holds."""

import math
from collections.abc import Iterable, Iterator
from typing import Final

import anyio

from evtui.codecs.byte_escapes import escape_bytes
from evtui.codecs.jsonvalue import Json, Members, dump_bytes
from evtui.core.ports import Watch
from evtui.core.records import Delivery, Raised, Retrying, Settled
from evtui.core.values import Params, Socket, is_wildcard
from evtui.core.wildcards import matches
from evtui.mi.command_context import CommandContext
from evtui.mi.commands.event_commands import raise_checked
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Listing, LongResult, Result, listing
from evtui.mi.refusals import invalid_params

PATIENCE: Final = 1.0
"""Seconds that the ends of queued deliveries are waited for, unless the request says otherwise."""
LONGEST: Final = 5.0
"""Seconds that a request may say."""


async def raise_report(context: CommandContext, arguments: Arguments) -> Result:
    """Raise an event and say what became of it for each subscriber; OpenSIPS cannot tell. `wait`: milliseconds."""
    patience = arguments.number("wait") / 1000 if "wait" in arguments else PATIENCE
    if not 0 <= patience <= LONGEST:
        raise invalid_params(f"wait is 0 to {LONGEST * 1000:.0f} milliseconds")
    watch = await context.backend.watch([arguments.name("event")])
    try:
        raised = raise_checked(context, arguments)
        ends = _Ends(raised)
        with anyio.move_on_after(patience):
            await ends.wait(watch)
    finally:
        await watch.aclose()
    deliveries = listing(map(ends.describe, raised.deliveries()))
    result = {**_head(raised), "Deliveries": deliveries}
    return LongResult(result) if isinstance(deliveries, Listing) else result


async def raises_list(context: CommandContext, arguments: Arguments) -> Result:
    """List the raises of the last `seconds` that the journal holds, oldest first; OpenSIPS cannot tell.

    With `event`, only those of this event or wildcard; with `without`, not those that this socket was sent. The
    parameters are the text of an object or an array.
    """
    seconds = arguments.number("seconds")
    if seconds < 0:
        raise invalid_params("seconds is 0 or more")
    event = arguments.name("event") if "event" in arguments else ""
    without = arguments.name("without") if "without" in arguments else ""
    since = context.about.wall() - seconds
    raises = listing(_wanted(context.backend.walk_raises(since), event, without))
    result: dict[str, Result] = {"Raises": raises, "since": context.backend.remembered_since()}
    return LongResult(result) if isinstance(raises, Listing) else result


class _Ends:
    """The ends of the queued deliveries of one raise."""

    def __init__(self, raised: Raised) -> None:
        queued = (group.sockets for group in raised.plan.groups if group.queued)
        self._serial = raised.serial
        self._open = {socket for sockets in queued for socket in sockets}
        self._settled: dict[Socket, Settled] = {}
        self._reasons: dict[Socket, str] = {}
        """Why the last attempt failed, of those that are tried again."""

    async def wait(self, watch: Watch) -> None:
        """Return when each is settled, or was tried and is tried again later."""
        while self._open:
            await watch.wait()
            for record in watch.read():
                match record:
                    case Settled() if record.serial == self._serial:
                        self._settled[record.socket] = record
                        self._open.discard(record.socket)
                    case Retrying() if record.first <= self._serial <= record.last:
                        self._reasons[record.socket] = record.reason
                        self._open.discard(record.socket)
                    case _:
                        pass

    def describe(self, delivery: Delivery) -> Result:
        """Describe what became of one delivery; `latency` are seconds, null while it waits."""
        end, socket = self._settled.get(delivery.socket), delivery.socket
        outcome, latency, reason = "sent", delivery.latency, delivery.error
        if end is not None:
            outcome, latency, reason = end.outcome, end.latency, end.reason
        elif delivery.queued:
            outcome, latency, reason = "queued", math.nan, self._reasons.get(socket)
        elif reason is not None:
            outcome = "failed"
        shown = None if math.isnan(latency) else latency
        return {"socket": escape_bytes(str(socket)), "outcome": outcome, "latency": shown, "reason": reason}


def _wanted(walk: Iterable[Raised | None], event: str, without: str) -> Iterator[Result]:
    """Describe the raises that were asked for; None stands for one that was not."""
    for raised in walk:
        is_wanted = raised is not None and (not event or _is_of(raised, event)) and not _served(raised, without)
        yield {**_head(raised), "params": _params(raised.params)} if raised is not None and is_wanted else None


def _is_of(raised: Raised, event: str) -> bool:
    return raised.event == event or (is_wildcard(event) and matches(raised.event, event))


def _served(raised: Raised, socket: str) -> bool:
    return bool(socket) and any(str(each) == socket for group in raised.plan.groups for each in group.sockets)


def _head(raised: Raised) -> dict[str, Result]:
    return {"event": escape_bytes(raised.event), "serial": raised.serial, "time": raised.at}


def _params(params: Params) -> str:
    """Write parameters as the text of a JSON object, or of an array; names may repeat, and bytes are kept."""
    value: Json = Members(zip(params.names, params.values, strict=True)) if params.names else list(params.values)
    return dump_bytes(value).decode()
