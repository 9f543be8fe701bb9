"""The lines of the findings, folded to the width of the pane so that each can be read as a whole."""

from collections.abc import Sequence

from evtui.codecs.display_text import display_safe
from evtui.core.script_port import ScriptFinding, ScriptState
from evtui.ui.script.place_text import GLYPHS, place_text, route_text
from evtui.ui.text.cells import Cells
from evtui.ui.text.wrap import wrap


def all_findings(state: ScriptState) -> tuple[ScriptFinding, ...]:
    """Return the errors that ended runs, then the findings of the check."""
    ended = (
        ScriptFinding(route.error_place or route.place, "error", route_text(route), f"ended a run: {route.last_error}")
        for route in state.routes
        if route.last_error
    )
    return (*ended, *state.findings)


class FindingLines:
    """The findings that were filled in last."""

    def __init__(self, empty: Sequence[str]) -> None:
        self.nothing = empty
        self._lines: list[tuple[ScriptFinding, int, Cells]] = []

    def fill_in(self, findings: Sequence[ScriptFinding], width: int) -> None:
        """Take findings, folded to a width in cells."""
        self._lines = [
            (finding, number, cells)
            for finding in (findings if width > 0 else ())
            for number, cells in enumerate(wrap(_paragraph(finding), width))
        ]

    def finding(self, index: int) -> ScriptFinding | None:
        """Return the finding of a line."""
        return self._lines[index][0] if 0 <= index < len(self._lines) else None

    def __len__(self) -> int:
        return len(self._lines)

    def key(self, index: int) -> object:
        """Return the key of a line: its finding, and its number in it."""
        finding, number, _ = self._lines[index]
        return finding, number

    def find(self, key: object) -> int | None:
        """Return the index of a line."""
        return next((place for place in range(len(self)) if self.key(place) == key), None)

    def line(self, index: int, width: int) -> Cells:  # noqa: ARG002 - folded to the width when it was filled in
        """Return one line."""
        return self._lines[index][2]

    def header(self, width: int) -> Cells | None:  # noqa: ARG002 - the sentences need no titles
        """Write no header."""
        return None

    def empty(self) -> Sequence[str]:
        """Say that nothing was found, or that nothing is loaded."""
        return self.nothing


def _paragraph(finding: ScriptFinding) -> list[Cells]:
    role, glyph = GLYPHS[finding.severity]
    head: Cells = [(role, f"{glyph} "), ("accent", place_text(finding.place))]
    head.append(("faint", f"  {display_safe(finding.code, 64)}"))
    return [head, [("text", f"  {display_safe(finding.text, 1000)}")]]
