"""The text of a script, with the places of its offsets."""

from bisect import bisect_right

from evtui.script.syntax.expressions import Place
from evtui.script.syntax.script_errors import ScriptError


class ScriptSource:
    """The text of one file; offsets count from 0, lines and columns from 1."""

    def __init__(self, text: str, file: str = "") -> None:
        self.text = text.removeprefix("\ufeff")  # the byte order mark that some editors write
        self.file = file
        self._starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = self.text.find("\n", at + 1)

    def place(self, offset: int) -> Place:
        """Return the place of an offset."""
        line = bisect_right(self._starts, offset)
        return Place(self.file, line, offset - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return a line, counted from 1, without its line end."""
        start, end = self.line_bounds(number)
        return self.text[start:end].rstrip("\r\n")

    def line_bounds(self, number: int) -> tuple[int, int]:
        """Return the offsets of a line, counted from 1: of its first character, and behind its line end."""
        return self._starts[number - 1], self._starts[number] if number < len(self._starts) else len(self.text)

    def error(self, offset: int, what: str, expected: str = "") -> ScriptError:
        """Return a ScriptError for an offset."""
        return self.error_at(self.place(offset), what, expected)

    def error_at(self, place: Place, what: str, expected: str = "") -> ScriptError:
        """Return a ScriptError for a place."""
        return ScriptError(place, what, expected, self.line(place.line))
