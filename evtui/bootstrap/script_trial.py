"""A script tried out: its startup_route, then messages or one route, and everything it does told in order."""

import re
import signal
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final, TypeAlias

import anyio
from msgspec import Struct

from evtui.bootstrap.engine_setup import make_engine
from evtui.bootstrap.shutdown_report import log_leftovers
from evtui.bootstrap.tasks import lone_error
from evtui.bootstrap.transports import make_transports
from evtui.config.config_loader import LoadedConfig
from evtui.core.errors import BadMessageError, RequestError
from evtui.core.records import Raised
from evtui.core.script_port import ScriptLogRecord
from evtui.engine.engine import Engine
from evtui.engine.journal import JournalWatch
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_state import CompiledRoute, RunOutcome
from evtui.scripting.route_runner import route_head
from evtui.scripting.script_runtime import ScriptRuntime
from evtui.sip.sip_message import SipMessage, parse_message, split_messages
from evtui.transports.route.transport import RouteTransport

DRAIN: Final = 2.0
"""Seconds what a message set going (async event routes, deliveries) has before the next one."""

_HEAD: Final = re.compile(r"(?P<kind>[a-z]+_route|route)(?:\[(?P<name>[^\]]+)\])?")


class MessageRead(Struct, frozen=True):
    """The next message of the file; `error` when it is none."""

    number: int
    message: SipMessage | None
    error: str | None = None


class Replied(Struct, frozen=True):
    """A reply that was asked for; from a file it is only told, a socket sends it."""

    reply: str
    address: tuple[str, int]


class Ended(Struct, frozen=True):
    """A route that was run came to its end."""

    route: str
    outcome: RunOutcome


News: TypeAlias = MessageRead | ScriptLogRecord | Raised | Replied | Ended


class NoRouteError(RequestError):
    """A route that the script does not have."""

    def __init__(self, route: str) -> None:
        super().__init__(f"the script has no {route}")


class ScriptTrial(Struct, frozen=True):
    """What to run after startup_route."""

    messages: bytes | None = None
    route: str | None = None
    """`NAME` is route[NAME]; `0` and `route` the main one. Run for each message, or once without any."""


async def try_script(
    loaded: LoadedConfig, trial: ScriptTrial, tell: Callable[[News], None], say: Callable[[str], None]
) -> bool:
    """Run a script; returns whether nothing went wrong. With a SIP socket it goes on until a signal comes.

    `say` gets the place it listens on. raises ScriptFileError, ScriptError, SipListenError, NoRouteError.
    """
    transports = make_transports(loaded.config)
    (transport,) = (transport for transport in transports if isinstance(transport, RouteTransport))
    stage = _Stage(tell)
    with lone_error(), closing(make_engine(loaded.config, None, transports)) as engine:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(engine.run)
            script = ScriptRuntime(loaded.config.script, engine, transport, tasks)
            stage.watch(script, engine)
            await script.load()
            place = script.listen()
            await script.start()
            if trial.route is not None or trial.messages is not None:
                await stage.run(script, engine, trial)
            if place is not None:
                say(f"listening on {place}")
                await _until_signalled(stage)
            await stage.settle(engine)
            tasks.cancel_scope.cancel()
    log_leftovers(engine)
    return stage.well


class _Stage:
    """Runs routes and tells what happens, in the order it does."""

    def __init__(self, tell: Callable[[News], None]) -> None:
        self._tell = tell
        self._raised: JournalWatch | None = None
        self.well = True

    def watch(self, script: ScriptRuntime, engine: Engine) -> None:
        """Hear of everything from now on."""
        self._raised = engine.watch()
        script.log.heard = self._hear
        script.sip.replied = self._reply
        script.sip.ended = self._end

    async def run(self, script: ScriptRuntime, engine: Engine, trial: ScriptTrial) -> None:
        """Run the messages, or the route."""
        routes: Sequence[CompiledRoute] = () if trial.route is None else _find(script, trial.route)
        if trial.messages is None:
            for compiled in routes:
                self._end(compiled, await script.routes.run(compiled))
        for number, data in enumerate(split_messages(trial.messages or b""), 1):
            await self._message(script, number, data, routes)
            await self.settle(engine)

    async def settle(self, engine: Engine) -> None:
        """Let what is under way come to its end, and tell of it."""
        await engine.drain(DRAIN)
        self.flush()

    def flush(self) -> None:
        """Tell of the events that were raised."""
        for record in self._raised.read() if self._raised is not None else ():
            if isinstance(record, Raised):
                self._tell(record)

    async def _message(self, script: ScriptRuntime, number: int, data: bytes, routes: Sequence[CompiledRoute]) -> None:
        try:
            message = parse_message(data)
        except BadMessageError as error:
            self.well = False
            self._tell(MessageRead(number, None, error.why))
            return
        self._tell(MessageRead(number, message))
        if not routes:
            await script.sip.run(message, lambda _data, _address: True)
        for compiled in routes:
            self._end(compiled, await script.routes.run(compiled, Scope(message)))

    def _hear(self, record: ScriptLogRecord) -> None:
        self.flush()
        self._tell(record)

    def _reply(self, data: bytes, address: tuple[str, int]) -> None:
        self.flush()
        self._tell(Replied(data.decode("utf-8", "surrogateescape"), address))

    def _end(self, compiled: CompiledRoute, outcome: RunOutcome) -> None:
        self.flush()
        self.well = self.well and outcome.error is None
        self._tell(Ended(route_head(compiled.route.kind, compiled.route.name), outcome))


def _find(script: ScriptRuntime, text: str) -> Sequence[CompiledRoute]:
    head = _HEAD.fullmatch(text)
    kind, name = (head["kind"], head["name"]) if head else ("route", text)
    # `route{}` is `route[0]`, and so are others that have no name.
    found = [
        item for one in ((None, "0") if name in {None, "0"} else (name,)) for item in script.routes.find(kind, one)
    ]
    if not found:
        raise NoRouteError(route_head(kind, name))
    return found


async def _until_signalled(stage: _Stage) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_flush_often, stage)
            async for _ in received:
                break
            tasks.cancel_scope.cancel()


async def _flush_often(stage: _Stage) -> None:
    while True:
        await anyio.sleep(0.05)
        stage.flush()
