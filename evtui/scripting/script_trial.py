"""A trial of a script: routes run for messages of a file or by hand, and everything they do reported in order."""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from evtui.core.clocks import Sleep
from evtui.core.errors import BadMessageError, RequestError
from evtui.core.records import Raised
from evtui.core.script_port import ScriptLogRecord
from evtui.engine.engine import Engine
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_state import CompiledRoute, RunOutcome
from evtui.scripting.route_runner import route_head
from evtui.scripting.script_runtime import ScriptRuntime
from evtui.scripting.sip.sip_message import SipMessage, parse_message, split_messages

DRAIN: Final = 2.0
"""Seconds in which async event routes and deliveries that a message started may end before the next message."""

REPORT_PAUSE: Final = 0.05
"""Seconds between two reports of raised events while the script listens for SIP messages."""

_HEAD: Final = re.compile(r"(?P<kind>[a-z]+_route|route)(?:\[(?P<name>[^\]]+)\])?")


class MessageRead(Struct, frozen=True):
    """The next message of the file; with an `error` when it is not a SIP message."""

    number: int
    message: SipMessage | None
    error: str | None = None


class ReplyMade(Struct, frozen=True):
    """A reply that a route made. It is sent only when the request came from a socket, not from a file."""

    reply: str
    address: tuple[str, int]


class RouteEnded(Struct, frozen=True):
    """A route has ended."""

    route: str
    outcome: RunOutcome


TrialReport: TypeAlias = MessageRead | ScriptLogRecord | Raised | ReplyMade | RouteEnded
"""One thing that happened."""


class RouteNotFoundError(RequestError):
    """A route that the script does not have."""

    def __init__(self, route: str) -> None:
        super().__init__(f"the script has no {route}")


class TrialRequest(Struct, frozen=True):
    """What to run after startup_route."""

    messages: bytes | None = None
    route: str | None = None
    """`NAME` is route[NAME]; `0` and `route` are the main one. It runs for each message, or once without messages."""


class ScriptTrial:
    """Runs routes of a loaded script and reports what happens, in the order in which it does."""

    def __init__(self, script: ScriptRuntime, engine: Engine, report: Callable[[TrialReport], None]) -> None:
        """Everything that happens from now on is reported."""
        self._script = script
        self._engine = engine
        self._report = report
        self._raised = engine.watch()
        self.succeeded = True
        """False once a message was not a SIP message or a route ended by an error."""
        script.log.limited = False
        script.log.on_record = self._report_log
        script.sip.on_reply = self._report_reply
        script.sip.on_end = self._report_end

    async def run(self, request: TrialRequest) -> None:
        """Run the requested route, or the routes for each message.

        raises RouteNotFoundError.
        """
        routes: Sequence[CompiledRoute] = () if request.route is None else self._find(request.route)
        if request.messages is None:
            for compiled in routes:
                self._report_end(compiled, await self._script.routes.run(compiled))
        for number, data in enumerate(split_messages(request.messages or b""), 1):
            await self._run_message(number, data, routes)
            await self.drain()

    async def drain(self) -> None:
        """Let async routes and deliveries end, then report the events that were raised."""
        await self._engine.drain(DRAIN)
        self._report_raised()

    async def report_regularly(self, sleep: Sleep) -> None:
        """Report the events that are raised, soon after each, until cancelled.

        The lines of the log are limited from now on: a sender of messages could fill it.
        """
        self._script.log.limited = True
        while True:
            await sleep(REPORT_PAUSE)
            self._report_raised()

    async def _run_message(self, number: int, data: bytes, routes: Sequence[CompiledRoute]) -> None:
        try:
            message = parse_message(data)
        except BadMessageError as error:
            self.succeeded = False
            self._report(MessageRead(number, None, error.why))
            return
        self._report(MessageRead(number, message))
        if not routes:
            await self._script.sip.run(message, lambda _data, _address: True)
        for compiled in routes:
            self._report_end(compiled, await self._script.routes.run(compiled, Scope(message)))

    def _find(self, text: str) -> Sequence[CompiledRoute]:
        head = _HEAD.fullmatch(text)
        kind, name = (head["kind"], head["name"]) if head else ("route", text)
        names = (None, "0") if name in {None, "0"} else (name,)  # a route without a name is the one named 0
        found = [compiled for each in names for compiled in self._script.routes.find(kind, each)]
        if not found:
            raise RouteNotFoundError(route_head(kind, name))
        return found

    def _report_raised(self) -> None:
        for record in self._raised.read():
            if isinstance(record, Raised):
                self._report(record)

    def _report_log(self, record: ScriptLogRecord) -> None:
        self._report_raised()
        self._report(record)

    def _report_reply(self, data: bytes, address: tuple[str, int]) -> None:
        self._report_raised()
        self._report(ReplyMade(data.decode("utf-8", "surrogateescape"), address))

    def _report_end(self, compiled: CompiledRoute, outcome: RunOutcome) -> None:
        self._report_raised()
        self.succeeded = self.succeeded and outcome.error is None
        self._report(RouteEnded(route_head(compiled.route.kind, compiled.route.name), outcome))
