"""The port between a front end and a loaded routing script.

Only a console with an embedded engine has one; MI has no command that shows the script of a server.
Texts are unchanged from the script: the front end has to escape control characters before it shows them.
"""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct


class ScriptPlace(Struct, frozen=True):
    """A place in the script: the name of a file of `ScriptState.files`, line and column from 1."""

    file: str
    line: int
    column: int = 1


class ScriptFile(Struct, frozen=True):
    """One file of the script as it was read; the same object until the file is read again."""

    name: str
    text: str


class RouteState(Struct, frozen=True):
    """One route with its counters since start; a reload keeps them if kind and name stay the same."""

    kind: str
    """`route`, `event_route`, `startup_route` …."""
    name: str | None
    """None when the route has no name. Event routes may share kind and name: `place` tells them apart."""
    place: ScriptPlace
    runs: int = 0
    last_at: float | None = None
    """Wall seconds at the begin of the last run."""
    last_took: float | None = None
    """Seconds from the begin to the end of the last run, waiting included; None before the first run has ended."""
    total_took: float = 0.0
    """Seconds of all runs together."""
    errors: int = 0
    """Runs that ended with an error."""
    last_error: str | None = None
    """The last error that ended a run: one line, without the place."""
    error_place: ScriptPlace | None = None
    """The place of that error."""


Severity: TypeAlias = Literal["error", "warning", "info"]
"""`error`: it does not parse or cannot run; `warning`: likely a mistake; `info`: evtui does not run it."""


class ScriptFinding(Struct, frozen=True):
    """One finding of `evtui script check`."""

    place: ScriptPlace
    severity: Severity
    code: str
    """The stable name of this kind of finding."""
    text: str
    """One sentence: what is wrong and what to write."""


class ScriptState(Struct, frozen=True):
    """The loaded script. The tuples are the same objects until something in them changes."""

    files: tuple[ScriptFile, ...] = ()
    """The main file first, then the included ones; empty when no script is loaded."""
    routes: tuple[RouteState, ...] = ()
    """In the order of the files."""
    findings: tuple[ScriptFinding, ...] = ()
    loaded_at: float | None = None
    """Wall seconds at which the running program was loaded."""
    trouble: str | None = None
    """Why the last reload failed, file and line first; None when the last reload succeeded."""


class ScriptLogRecord(Struct, frozen=True, gc=False):
    """One message of `xlog`, or of the interpreter about the script."""

    at: float
    """Wall seconds."""
    level: int
    """-3 alert, -2 critical, -1 error, 1 warning, 2 notice, 3 info, 4 debug."""
    route: str
    """The route as the script writes it: `route[ACC]`; empty outside a route."""
    place: ScriptPlace | None
    text: str
    """The message; it may hold line ends."""


class ScriptLogPart(Struct, frozen=True):
    """The part of the log that one call returns."""

    records: Sequence[ScriptLogRecord]
    """Oldest first."""
    cursor: int
    """The cursor for the next call of `log`."""
    lost: int = 0
    """Records after the cursor that are not in `records`: dropped from the bounded log, or beyond `limit`."""


class ScriptView(Protocol):
    """A loaded script. No method blocks the event loop; `state` and `log` may be called ten times a second."""

    def state(self) -> ScriptState:
        """Describe the script; cheap when nothing has changed."""
        ...

    def log(self, cursor: int = 0, limit: int = 1000) -> ScriptLogPart:
        """Return the records after a cursor, at most the newest `limit`; cursor 0 is the begin of the log.

        The log lives as long as the process; a reload does not clear it.
        """
        ...

    async def run(self, route: RouteState) -> str:
        """Run a route by hand, without a message, with its own AVPs; return one line: its name and how the run ended.

        Returns when the run has ended; cancelling the call ends the run. The line also says which error ended it.
        raises RequestError: the route does not exist any more or cannot be run by hand. ReadOnlyError.
        """
        ...

    async def reload(self) -> str | None:
        """Read the files again and run them from now on; return None, or why it failed, file and line first.

        After a failure the old program goes on, and `state().trouble` says why. raises ReadOnlyError.
        """
        ...
