"""The error of a routing script: its place, what is wrong, and what would be right."""

from typing import Final

from evtui.core.errors import RequestError
from evtui.script.syntax.expressions import Place

_WIDTH: Final = 100
"""Characters of a source line that a message shows."""


class ScriptError(RequestError):
    """A script that cannot be read. Its message names the place and shows the line with a caret below it."""

    def __init__(self, place: Place, what: str, expected: str = "", source: str = "") -> None:
        self.place = place
        self.what = what
        self.expected = expected
        """What would be right, as text; empty when there is nothing to add."""
        self.source = source
        """The source line of the place."""
        lines = [f"{place}: {self.reason}"]
        if source.strip():
            lines += caret(source, place.column)
        super().__init__("\n".join(lines))

    @property
    def reason(self) -> str:
        """What is wrong and what would be right, in one line."""
        return f"{self.what}: expected {self.expected}" if self.expected else self.what

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the message: place and reason, then the source line and its caret."""
        return tuple(str(self).split("\n"))

    @property
    def file(self) -> str:
        """The file, by the name that was given."""
        return self.place.file

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self.place.line

    @property
    def column(self) -> int:
        """The column, from 1."""
        return self.place.column


def caret(source: str, column: int) -> tuple[str, str]:
    """Return a line, cut around the column, and a second line with a caret below that column."""
    start = max(0, min(column - 1 - _WIDTH // 2, len(source) - _WIDTH))
    shown = source[start : start + _WIDTH].replace("\t", " ").rstrip()
    return f"    {shown}", "    " + " " * (column - 1 - start) + "^"
