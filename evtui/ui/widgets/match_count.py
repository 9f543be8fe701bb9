"""Which lines of a list have a text that is searched: found step by step, so that a number can be shown for each."""

from array import array
from bisect import bisect_left
from collections.abc import Callable

_MORE = "…"
"""Stands behind a count that goes on."""


class MatchCount:
    """The places of the lines that match, as they were when the count began."""

    def __init__(self, lines: int, first: object) -> None:
        """`lines` is how many there are, `first` the key of the first one: what tells whether they are others."""
        self._lines = lines
        self._first = first
        self._places = array("I")
        self._looked_at = 0

    @property
    def is_done(self) -> bool:
        """Say whether all lines were looked at."""
        return self._looked_at >= self._lines

    def is_of(self, lines: int, first: object) -> bool:
        """Say whether a list still has the lines that are counted."""
        return (lines, first) == (self._lines, self._first)

    def look_on(self, lines: int, matches: Callable[[int], bool]) -> None:
        """Look at so many more lines."""
        behind = min(self._lines, self._looked_at + lines)
        self._places.extend([place for place in range(self._looked_at, behind) if matches(place)])
        self._looked_at = behind

    def text(self, cursor: int) -> str:
        """Write which match the line with the cursor is, and of how many: `3/12`, `-/12`, `3/12…` before the end."""
        which = bisect_left(self._places, cursor)
        is_match = which < len(self._places) and self._places[which] == cursor
        return f"{f'{which + 1:,}' if is_match else '-'}/{len(self._places):,}{'' if self.is_done else _MORE}"
