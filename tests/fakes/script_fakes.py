"""A fake of a loaded script, which runs nothing: tests set its state and write its log."""

from collections.abc import Iterable

import anyio
from msgspec.structs import replace

from evtui.core.errors import RequestError
from evtui.core.script_port import (
    RouteState,
    ScriptFile,
    ScriptFinding,
    ScriptLogPart,
    ScriptLogRecord,
    ScriptPlace,
    ScriptState,
    Severity,
)

MAIN = "/etc/opensips/opensips.cfg"


class FakeScript:
    """Satisfies `ScriptView`."""

    def __init__(self, state: ScriptState | None = None, *, limit: int = 5000) -> None:
        self.current = state or ScriptState()
        self.records: list[ScriptLogRecord] = []
        self.limit = limit
        self.ran: list[RouteState] = []
        self.result = "ended with 1"
        self.refusal: str | None = None
        self.held: anyio.Event | None = None
        """Delays all runs until it is set."""
        self.reloads = 0
        self.trouble: str | None = None
        self.next: ScriptState | None = None
        """The state after the next reload."""

    def state(self) -> ScriptState:
        return self.current

    def log(self, cursor: int = 0, limit: int = 1000) -> ScriptLogPart:
        kept = self.records[max(cursor, len(self.records) - min(limit, self.limit)) :]
        return ScriptLogPart(kept, len(self.records), len(self.records) - cursor - len(kept))

    async def run(self, route: RouteState) -> str:
        if self.refusal is not None:
            raise RequestError(self.refusal)
        self.ran.append(route)
        if self.held is not None:
            await self.held.wait()
        self.set_route(replace(route, runs=route.runs + 1, last_took=0.0012, total_took=route.total_took + 0.0012))
        return f"{route.kind}[{route.name}]: {self.result}"

    async def reload(self) -> str | None:
        self.reloads += 1
        self.current = replace(self.next or self.current, trouble=self.trouble)
        return self.trouble

    def set_route(self, changed: RouteState) -> None:
        """Replace the route that has the same place."""
        routes = self.current.routes
        self.current = replace(
            self.current, routes=tuple(changed if route.place == changed.place else route for route in routes)
        )

    def say(self, *texts: str, level: int = 2, route: str = "route[ACC]", line: int = 1, at: float = 0.0) -> None:
        """Write to the log."""
        place = ScriptPlace(MAIN, line)
        self.records += [ScriptLogRecord(at, level, route, place, text) for text in texts]


def loaded(
    text: str, routes: Iterable[RouteState] = (), findings: Iterable[ScriptFinding] = (), *more: ScriptFile
) -> ScriptState:
    """Return the state of a loaded script with this text."""
    return ScriptState((ScriptFile(MAIN, text), *more), tuple(routes), tuple(findings), 1_790_000_000.0)


def route(kind: str, name: str | None, line: int, **counters: object) -> RouteState:
    """A route that begins on a line."""
    return replace(RouteState(kind, name, ScriptPlace(MAIN, line)), **counters)


def finding(line: int, severity: Severity, code: str, text: str) -> ScriptFinding:
    """A finding on a line."""
    return ScriptFinding(ScriptPlace(MAIN, line, 5), severity, code, text)
