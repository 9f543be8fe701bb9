"""The lines of the script's files: a mark, a number, the coloured text, and behind a route's head its runs.

Passwords in sockets and database addresses are shown as stars: a console may be shown to others.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from evtui.codecs.display_text import display_safe
from evtui.core.redact import redact_text
from evtui.core.script_port import RouteState, ScriptFile, ScriptFinding, ScriptPlace, ScriptState, Severity
from evtui.ui.script.place_text import GLYPHS, files_text, place_text, route_text, shifted
from evtui.ui.script.script_colours import ScriptColours
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.figures import count, cut_end, latency

SourceKey: TypeAlias = tuple[str, int]
"""The name of a file and a line of it; line 0 is the heading of the file."""

_TAB: Final = 4
_RANKS: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


class SourceLines:
    """All files one below the other; several files have headings with their names."""

    def __init__(self, empty: Sequence[str]) -> None:
        self.nothing = empty
        self.side = 0
        """Characters of each line that are scrolled out to the left."""
        self._files: tuple[ScriptFile, ...] = ()
        self._colours: list[ScriptColours] = []
        self._tops: list[int] = []
        self._length = 0
        self._digits = 1
        self._marks: Mapping[SourceKey, tuple[Role, str]] = {}
        self._heads: Mapping[SourceKey, RouteState] = {}

    def take(self, state: ScriptState) -> None:
        """Take the state of the script; files that were not read again keep their colours."""
        if state.files is not self._files:
            known = {id(file): colours for file, colours in zip(self._files, self._colours, strict=True)}
            self._files = state.files
            self._colours = [known.get(id(file)) or ScriptColours(redact_text(file.text)) for file in state.files]
            self._place_files()
        self._marks = _marks(state)
        self._heads = {(route.place.file, route.place.line): route for route in state.routes}

    def __len__(self) -> int:
        return self._length

    def key(self, index: int) -> SourceKey:
        """Return the key of a line: its file and its number."""
        number = self._number_at(index)
        return self._files[number].name, index - self._tops[number] + (not self._headed)

    def find(self, key: object) -> int | None:
        """Return the index of a line of a file."""
        for number, file in enumerate(self._files):
            if isinstance(key, tuple) and file.name == key[0] and isinstance(key[1], int):
                line = key[1] - (not self._headed)
                return self._tops[number] + line if 0 <= line < self._height(number) else None
        return None

    def text(self, index: int) -> str:
        """Return the whole text of a line, empty for a heading."""
        number, line = self._number_at(index), self.key(index)[1]
        return self._colours[number].text(line - 1) if line else ""

    def line(self, index: int, width: int) -> Cells:
        """Write one line."""
        number, key = self._number_at(index), self.key(index)
        if not key[1]:
            return [("head", cut_end(f"── {display_safe(key[0], 200)} ".ljust(width, "─"), width))]
        cells: Cells = [("text", " "), ("faint", f"{key[1]:>{self._digits}} ")]
        if key in self._marks:
            cells[0] = self._marks[key]
        cells += shifted(_safe(self._colours[number].cells(key[1] - 1)), self.side)
        route = self._heads.get(key)
        return cells if route is None or not route.runs else cells + _runs_note(route)

    def header(self, width: int) -> Cells | None:  # noqa: ARG002 - the pane's title names the file
        """Write no header."""
        return None

    def empty(self) -> Sequence[str]:
        """Say how a script is loaded."""
        return self.nothing

    @property
    def title(self) -> str:
        """Name the first file and count the others."""
        return files_text(self._files)

    @property
    def _headed(self) -> bool:
        return len(self._files) > 1

    def _place_files(self) -> None:
        self._tops, self._length = [], 0
        for number in range(len(self._files)):
            self._tops.append(self._length)
            self._length += self._height(number)
        self._digits = len(str(max(map(len, self._colours), default=1)))

    def _height(self, number: int) -> int:
        return len(self._colours[number]) + self._headed

    def _number_at(self, index: int) -> int:
        return sum(top <= index for top in self._tops) - 1


def findings_at(state: ScriptState, key: SourceKey) -> Cells:
    """Say what is wrong with a line: the error that ended a run there, then the findings, the worst first."""
    cells: Cells = []
    for route in state.routes:
        if route.error_place is not None and _is_at(route.error_place, key):
            cells += ended_by(route, here=True)
    for finding in sorted((finding for finding in state.findings if _is_at(finding.place, key)), key=_rank):
        role, glyph = GLYPHS[finding.severity]
        cells.append((role, f"{glyph} "))
        cells.append(("text", display_safe(finding.text, 400) + "  "))
    return cells


def ended_by(route: RouteState, *, here: bool = False) -> Cells:
    """Say which error ended a run of a route last, nothing when none did."""
    if not route.last_error:
        return []
    where = f" at {place_text(route.error_place)}" if route.error_place is not None and not here else ""
    return [("bad", f"✗ {route_text(route)} ended{where}: "), ("text", display_safe(route.last_error, 400) + "  ")]


def _is_at(place: ScriptPlace, key: SourceKey) -> bool:
    return (place.file, place.line) == key


def _rank(finding: ScriptFinding) -> int:
    return _RANKS[finding.severity]


def _marks(state: ScriptState) -> dict[SourceKey, tuple[Role, str]]:
    marks: dict[SourceKey, tuple[Role, str]] = {}
    for finding in sorted(state.findings, key=_rank, reverse=True):
        marks[finding.place.file, finding.place.line] = GLYPHS[finding.severity]
    for route in state.routes:
        if route.last_error and route.error_place is not None:
            marks[route.error_place.file, route.error_place.line] = GLYPHS["error"]
    return marks


def _safe(cells: Cells) -> Cells:
    """Make the pieces of a line safe to show, with tabs as spaces."""
    made: Cells = []
    column = 0
    for role, text in cells:
        spaced = (" " * column + text).expandtabs(_TAB)[column:] if "\t" in text else text
        made.append((role, display_safe(spaced)))
        column += len(spaced)
    return made


def _runs_note(route: RouteState) -> Cells:
    took = f", last {latency(route.last_took)}" if route.last_took is not None else ""
    cells: Cells = [("faint", f"  {count(route.runs)} run{'' if route.runs == 1 else 's'}{took}")]
    if route.errors:
        cells.append(("bad", f", {count(route.errors)} ended by an error"))
    return cells
