"""The script of an engine: loaded, started, reloaded, and controlled by MI commands and the console.

The parts, each in a module of its own: `GreenletRunner` runs code that waits, `ScriptHost` and `ScriptEvents` are what
the script language needs of the world, `RouteRunner` runs and counts routes, `SipRoutes` runs them for SIP messages.
`ScriptRuntime` joins them to an engine and replaces the program when the script is reloaded.
"""

import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from evtui.config.script_settings import ScriptConfig
from evtui.config.value_syntax import check_sip
from evtui.core.clocks import Clocks
from evtui.core.errors import BadEventNameError, ReadOnlyError, RequestError
from evtui.core.line_limit import PERIOD
from evtui.core.script_port import ScriptLogRecord
from evtui.core.transport import Handler, Target
from evtui.core.values import Socket, check_event_name, is_wildcard
from evtui.engine.engine import Engine
from evtui.script.check.findings import Finding
from evtui.script.compiler.program import Program
from evtui.script.runtime.run_state import CompiledRoute
from evtui.script.syntax.expressions import NOWHERE, Place
from evtui.script.syntax.tree import Route
from evtui.scripting.cache_access import CacheAccess
from evtui.scripting.greenlet_runner import GreenletRunner
from evtui.scripting.route_runner import RouteRunner, route_head, script_place
from evtui.scripting.script_events import ScriptEvents
from evtui.scripting.script_host import ScriptHost
from evtui.scripting.script_loader import ScriptSources, carry_over, prepare_scripts
from evtui.scripting.script_log import ScriptLog
from evtui.scripting.script_statistics import ScriptStatistics
from evtui.scripting.sip.listener import SipListener
from evtui.scripting.sip.sip_statistics import SipStatistics
from evtui.scripting.sip_routes import SipRoutes
from evtui.transports.route.transport import RouteTransport

STARTUP_LIMIT: Final = 10.0
"""Seconds that the start of evtui waits for the end of startup_route."""

_log = logging.getLogger(__name__)


class ScriptRuntime:
    """The script of an engine. It may have no files; then it runs nothing."""

    def __init__(
        self,
        config: ScriptConfig,
        engine: Engine,
        transport: RouteTransport,
        tasks: TaskGroup,
        clocks: Clocks,
        *,
        configured: set[tuple[str, str]] | None = None,
        read_only: bool = False,
    ) -> None:
        """Routes and timers run in `tasks`.

        `configured` gets event and socket of each permanent subscription that the script makes, now as at each start.
        """
        self.config, self.read_only = config, read_only
        self._configured = set[tuple[str, str]]() if configured is None else configured
        self._engine = engine
        self._tasks = tasks
        self._clocks = clocks
        self._timers, self._loading = anyio.CancelScope(), anyio.Lock()
        self.sip_statistics = SipStatistics()
        self.log = ScriptLog(config.log_records, clocks.monotonic, self._tell_omitted_soon)
        self.statistics = ScriptStatistics(engine, self.sip_statistics, config.statistics)
        greenlets = GreenletRunner(engine.dispatcher, engine.held, clocks, config.run_limit)
        self._host = ScriptHost(greenlets, tasks, self.statistics, self._append_log, clocks.wall)
        self.events = ScriptEvents(engine, greenlets, self._host.spawn, clocks.monotonic)
        self.events.subscribed = self._add_configured
        self.routes = RouteRunner(greenlets, self.events, self._host.spawn, clocks)
        self.sip = SipRoutes(
            self.routes, self._host, clocks.monotonic, keeps_avps=config.onreply_avps, salt=secrets.token_bytes(16)
        )
        transport.serve(self.routes.destinations, self.events.waiting)
        self.program: Program | None = None
        self.sources: ScriptSources | None = None
        self.findings: tuple[Finding, ...] = ()
        self.loaded_at: float | None = None
        self.trouble: str | None = None

    async def load(self) -> None:
        """Read the files, publish the events they name and subscribe their event routes; run nothing yet.

        raises ScriptFileError, ScriptError: nothing has changed then.
        """
        if not self.config.files:
            return
        async with self._loading:
            prepare = partial(prepare_scripts, m4=self.config.m4)
            prepared = await to_thread.run_sync(
                prepare, self.config.files, self._host, self.events, self._engine.parse, self.config.as_
            )
            program = prepared.program
            if self.program is not None:
                carry_over(program, self.program)
            if self.config.xlog_level is not None:
                program.set_xlog_level(self.config.xlog_level)
            self._tell_version(program)
            self.program, self.sources, self.findings = program, prepared.sources, prepared.findings
            self.loaded_at = self._clocks.wall()
            new, ended = self.routes.use(program)
            self._publish(program)
            self._unsubscribe(ended)
            self._subscribe(new)

    async def begin(self) -> list[str]:
        """Start the script, then listen for SIP messages; return where it listens. raises SipListenError."""
        await self.start()
        place = self.listen()
        return [] if place is None else [place]

    async def start(self) -> None:
        """Run startup_route, then start the timer routes. A startup_route that takes too long goes on concurrently."""
        for compiled in self.routes.find("startup_route", None):
            done = anyio.Event()
            self._tasks.start_soon(self._run_then, compiled, done)
            with anyio.move_on_after(STARTUP_LIMIT):
                await done.wait()
            if not done.is_set():
                _log.warning("startup_route has not ended after %g s: the start goes on without it", STARTUP_LIMIT)
        self._start_timers()

    def listen(self) -> str | None:
        """Listen for SIP messages if the settings say where; returns the place. raises SipListenError."""
        if self.config.sip is None:
            return None
        host, port = check_sip(self.config.sip)
        listener = SipListener(host, port, self.sip.run, self.sip_statistics, self._clocks.monotonic)
        self._tasks.start_soon(listener.run)
        return listener.place

    async def reload(self) -> str | None:
        """Load the files again. When they are wrong the current program stays; return why, or None.

        startup_route does not run again; variables, cache and statistics stay. raises ReadOnlyError.
        """
        if self.read_only:
            raise ReadOnlyError("reload")
        if not self.config.files:
            return "no script is loaded: start evtui with --script FILE"
        try:
            await self.load()
        except RequestError as error:
            self.trouble = str(error)
            _log.error("script not reloaded, the one loaded before stays: %s", error)
            return self.trouble
        self.trouble = None
        self._start_timers()
        _log.info("reloaded %s", ", ".join(self.config.files))
        return None

    def shown_statistics(self) -> dict[str, int]:
        """List the statistics of scripts by `group:name`."""
        omitted = {"script:omitted_lines": self.log.omitted} if self.log.omitted else {}
        return {**self.statistics.shown(), **omitted}

    def give_statistic(self, name: str, value: int) -> None:
        """Set the value of `$stat(name)`. raises ReadOnlyError."""
        if self.read_only:
            raise ReadOnlyError("set_statistic")
        self.statistics.set_value(name, value)

    @property
    def cache(self) -> CacheAccess:
        """The local cache of the program that runs."""
        return CacheAccess(None if self.program is None else self.program.state.cache, self._clocks.wall)

    def _tell_version(self, program: Program) -> None:
        read_as = program.read_as
        if not read_as.is_default:
            _log.info("the script is read as that of OpenSIPS %s: %s", read_as.dialect.version, read_as.reason)

    def _publish(self, program: Program) -> None:
        for name in sorted(program.events | self.routes.destinations.keys()):
            if not is_wildcard(name):
                with suppress(BadEventNameError):  # reported among the findings, and by the statement that uses it
                    self._engine.publish(name)

    def _subscribe(self, names: set[str]) -> None:
        for name in sorted(names):
            try:
                self._add_configured(name, f"route:{name}")
                check_event_name(name)
                self._engine.subscribe(name, f"route:{name}")
            except RequestError as error:
                route = self.routes.find("event_route", name)[0].route
                self._append_log(-1, str(error), route.place, route)

    def _unsubscribe(self, names: set[str]) -> None:
        """End all subscriptions of these event routes, whether the script or a client made them."""
        for name in names:
            target = Target(Socket("route", name), "jsonrpc", lambda: Handler(lambda _notification: None))
            for state in self._engine.subscription_states(socket=target.socket):
                self._engine.apply(state.subscription.event, target, 0)

    def _start_timers(self) -> None:
        self._timers.cancel()
        self._timers = anyio.CancelScope()
        self._tasks.start_soon(self._run_timers, self._timers, self._timer_routes())

    def _timer_routes(self) -> Sequence[CompiledRoute]:
        program = self.program
        return [item for item in program.routes if item.route.kind == "timer_route"] if program is not None else []

    async def _run_timers(self, scope: anyio.CancelScope, routes: Sequence[CompiledRoute]) -> None:
        with scope:
            async with anyio.create_task_group() as tasks:
                for compiled in routes:
                    tasks.start_soon(self.routes.run_timer, compiled)

    async def _run_then(self, compiled: CompiledRoute, done: anyio.Event) -> None:
        try:
            await self.routes.run(compiled)
        finally:
            done.set()

    def _tell_omitted_soon(self) -> None:
        self._tasks.start_soon(self._tell_omitted)

    async def _tell_omitted(self) -> None:
        try:
            await self._clocks.sleep(PERIOD)
        finally:  # also when evtui ends
            self.log.tell_omitted()

    def _add_configured(self, event: str, socket: str) -> None:
        self._configured.add((event, socket))

    def _append_log(self, level: int, text: str, place: Place, route: Route | None) -> None:
        name = "" if route is None else route_head(route.kind, route.name)
        where = None if place is NOWHERE else script_place(place)
        self.log.append(ScriptLogRecord(self._clocks.wall(), level, name, where, text))
