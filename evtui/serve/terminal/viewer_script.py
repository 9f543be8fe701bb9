"""The script as a viewer sees it: what a role may not do is refused here, the rest is logged with a name."""

import logging

from evtui.core.errors import EvtuiError, ReadOnlyError
from evtui.core.script_port import RouteState, ScriptLogPart, ScriptState, ScriptView
from evtui.serve.terminal.viewer import Viewer

_log = logging.getLogger(__name__)


class ViewerScript:
    """Passes on to a script; satisfies `core.script_port.ScriptView`."""

    def __init__(self, script: ScriptView, viewer: Viewer) -> None:
        self._script = script
        self._viewer = viewer

    def state(self) -> ScriptState:
        """Describe the script."""
        return self._script.state()

    def log(self, cursor: int = 0, limit: int = 1000) -> ScriptLogPart:
        """Return the records after a cursor."""
        return self._script.log(cursor, limit)

    async def run(self, route: RouteState) -> str:
        """Run a route by hand. raises ReadOnlyError: the role may not."""
        self._check(f"run {route.kind}[{route.name or ''}]")
        return await self._script.run(route)

    async def reload(self) -> str | None:
        """Read the files again. raises ReadOnlyError: the role may not."""
        self._check("reload the script")
        return await self._script.reload()

    def _check(self, what: str) -> None:
        who = f"{self._viewer.title} from {self._viewer.address}"
        if self._viewer.role == "viewer":
            error: EvtuiError = ReadOnlyError(what)
            _log.warning("%s: %s: refused: %s", who, what, error)
            raise error
        _log.info("%s: %s", who, what)
