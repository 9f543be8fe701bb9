"""The port of a loaded routing script: what a front end may see of it and ask of it.

Only a console on an engine of its own has one; a server reached over MI has no script that could be shown.
Texts are as the script has them: whoever shows them makes them safe.
"""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct


class ScriptPlace(Struct, frozen=True):
    """Where something stands: the name of a file of `ScriptState.files`, line and column from 1."""

    file: str
    line: int
    column: int = 1


class ScriptFile(Struct, frozen=True):
    """One file of the script as it was read; the same object as long as it was not read again."""

    name: str
    text: str


class RouteState(Struct, frozen=True):
    """One route with its counters since start; they go on over a reload while kind and name stay."""

    kind: str
    """`route`, `event_route`, `startup_route` …."""
    name: str | None
    """None for one without a name. Several event routes may share kind and name: `place` tells them apart."""
    place: ScriptPlace
    runs: int = 0
    last_at: float | None = None
    """Wall seconds when the last run began."""
    last_took: float | None = None
    """Seconds the last run took from its begin to its end, waiting included; None before the first has ended."""
    total_took: float = 0.0
    """Seconds all runs took."""
    errors: int = 0
    """Runs that an error ended."""
    last_error: str | None = None
    """What ended the last run that an error ended: one line, without the place."""
    error_place: ScriptPlace | None = None
    """Where that was."""


Severity: TypeAlias = Literal["error", "warning", "info"]
"""`error`: it does not parse or cannot run; `warning`: likely a mistake; `info`: evtui does not run it."""


class ScriptFinding(Struct, frozen=True):
    """What `evtui script check` says of a place."""

    place: ScriptPlace
    severity: Severity
    code: str
    """The finding's stable name."""
    text: str
    """One sentence: what is wrong and what to write."""


class ScriptState(Struct, frozen=True):
    """The script as it is loaded. The same tuples are given again until something in them changes."""

    files: tuple[ScriptFile, ...] = ()
    """The file named first, then what it includes; empty when no script is loaded."""
    routes: tuple[RouteState, ...] = ()
    """In the order of the files."""
    findings: tuple[ScriptFinding, ...] = ()
    loaded_at: float | None = None
    """Wall seconds when what runs now was loaded."""
    trouble: str | None = None
    """Why the last reload failed, file and line first; None when what runs is what was read last."""


class ScriptLogRecord(Struct, frozen=True, gc=False):
    """One line of `xlog`, or of what the interpreter says of the script."""

    at: float
    """Wall seconds."""
    level: int
    """-3 alert, -2 critical, -1 error, 1 warning, 2 notice, 3 info, 4 debug."""
    route: str
    """The route as it is written: `route[ACC]`; empty outside of one."""
    place: ScriptPlace | None
    text: str
    """May hold line ends."""


class ScriptLogPart(Struct, frozen=True):
    """What a reader gets of the log."""

    records: Sequence[ScriptLogRecord]
    """Oldest first."""
    cursor: int
    """To be given to the next `log`."""
    lost: int = 0
    """Records since the reader's cursor that it does not get: the log is bounded, and so is what one call gives."""


class ScriptView(Protocol):
    """A loaded script. No method blocks the loop; `state` and `log` may be called ten times a second."""

    def state(self) -> ScriptState:
        """Describe the script as it is now; cheap when nothing changed."""
        ...

    def log(self, cursor: int = 0, limit: int = 1000) -> ScriptLogPart:
        """Return the newest records behind a cursor, at most `limit`; cursor 0 is behind nothing.

        The log lives as long as the process and goes on over a reload.
        """
        ...

    async def run(self, route: RouteState) -> str:
        """Run a route by hand, without a message, with AVPs of its own; return in a line its name and how it ended.

        Returns when the run has ended, or is cancelled. An error of the script is such an end too, said in the line.
        raises RequestError when there is no such route any more or it cannot be run by hand, ReadOnlyError.
        """
        ...

    async def reload(self) -> str | None:
        """Read the files again and run what they say from now on; return why not, file and line first, or None.

        When it fails what runs stays, and `state().trouble` says why. raises ReadOnlyError.
        """
        ...
