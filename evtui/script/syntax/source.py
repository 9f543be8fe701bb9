"""The text of a script, with the places of its offsets."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

from evtui.script.syntax.expressions import Place
from evtui.script.syntax.script_errors import ScriptError

LinePlaces: TypeAlias = Sequence[tuple[str, int]]
"""For each line of a rendered text the file and the line, from 1, that it comes from."""


class ScriptSource:
    """The text of one file; offsets count from 0, lines and columns from 1."""

    def __init__(self, text: str, file: str = "", places: LinePlaces | None = None) -> None:
        """`places` tells where the lines of a rendered text come from: its places are those of its templates."""
        self.text = text.removeprefix("\ufeff")  # the byte order mark that some editors write
        self.file = file
        self.is_rendered = places is not None
        self.places = places
        self._lines_of: dict[tuple[str, int], int] = {}

    @cached_property
    def _starts(self) -> list[int]:
        """The offsets at which the lines begin."""
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def place(self, offset: int) -> Place:
        """Return the place of an offset."""
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        if self.places is None:
            return Place(self.file, line, column)
        file, number = self.places[line - 1]
        return Place(file, number, column)

    @property
    def templates(self) -> Sequence[str]:
        """The files from which a rendered text comes; none for another text."""
        return list(dict.fromkeys(file for file, _ in self.places or ()))

    def text_line(self, place: Place) -> int:
        """Return the line of this text that has a place."""
        if self.places is None:
            return place.line
        if not self._lines_of:
            for line in range(len(self.places), 0, -1):
                self._lines_of[self.places[line - 1]] = line
        return self._lines_of.get((place.file, place.line), 1)

    def line(self, number: int) -> str:
        """Return a line, counted from 1, without its line end."""
        start, end = self.line_bounds(number)
        return self.text[start:end].rstrip("\r\n")

    def line_bounds(self, number: int) -> tuple[int, int]:
        """Return the offsets of a line, counted from 1: of its first character, and behind its line end."""
        return self._starts[number - 1], self._starts[number] if number < len(self._starts) else len(self.text)

    def error(self, offset: int, what: str, expected: str = "") -> ScriptError:
        """Return a ScriptError for an offset."""
        return ScriptError(self.place(offset), what, expected, self.line(bisect_right(self._starts, offset)))

    def error_at(self, place: Place, what: str, expected: str = "") -> ScriptError:
        """Return a ScriptError for a place."""
        return ScriptError(place, what, expected, self.line(self.text_line(place)))
