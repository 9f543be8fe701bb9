"""The script of an engine as the console sees it: satisfies `core.script_port.ScriptView`."""

from typing import Final

from evtui.core.errors import ReadOnlyError, RequestError
from evtui.core.script_port import RouteState, ScriptFinding, ScriptLogPart, ScriptState, Severity
from evtui.script.check.findings import Severity as FindingSeverity
from evtui.script.runtime.run_state import RunOutcome
from evtui.scripting.route_runner import route_head, script_place
from evtui.scripting.script_loader import ScriptSources
from evtui.scripting.script_runtime import ScriptRuntime

_SEVERITIES: Final[dict[FindingSeverity, Severity]] = {"error": "error", "warning": "warning", "note": "info"}


class RouteNotRunnableError(RequestError):
    """A route that cannot be run by hand."""

    def __init__(self, route: str, why: str) -> None:
        super().__init__(f"{route}: {why}")


class EngineScriptView:
    """The script that an engine in this process runs."""

    def __init__(self, script: ScriptRuntime) -> None:
        self._script = script
        self._sources: ScriptSources | None = None
        self._findings: tuple[ScriptFinding, ...] = ()
        self._state = ScriptState()

    def state(self) -> ScriptState:
        """Describe the script as it is now."""
        script = self._script
        if script.sources is not self._sources and script.sources is not None:
            self._sources = script.sources
            self._findings = _findings(script)
        files = script.sources.files if script.sources is not None else ()
        state = ScriptState(files, script.routes.states(), self._findings, script.loaded_at, script.trouble)
        if state != self._state:
            self._state = state
        return self._state

    def log(self, cursor: int = 0, limit: int = 1000) -> ScriptLogPart:
        """Return the newest records after a cursor."""
        return self._script.log.read(cursor, limit)

    async def run(self, route: RouteState) -> str:
        """Run a route by hand.

        raises RouteNotRunnableError, ReadOnlyError.
        """
        if self._script.read_only:
            raise ReadOnlyError("run")
        head = route_head(route.kind, route.name)
        compiled = self._script.routes.at(route)
        if compiled is None:
            raise RouteNotRunnableError(head, "there is no such route any more")
        return f"{head}: {outcome_text(await self._script.routes.run(compiled))}"

    async def reload(self) -> str | None:
        """Read the files again. raises ReadOnlyError."""
        return await self._script.reload()


def outcome_text(outcome: RunOutcome) -> str:
    """Say in a line how a run ended."""
    match outcome.ended:
        case "error":
            return f"ended by an error: {outcome.error}"
        case "end":
            return f"returned {outcome.code}"
        case how:
            return f"ended by {how} at {outcome.place}"


def _findings(script: ScriptRuntime) -> tuple[ScriptFinding, ...]:
    return tuple(
        ScriptFinding(script_place(finding.place), _SEVERITIES[finding.severity], finding.code, finding.text)
        for finding in script.findings
    )
