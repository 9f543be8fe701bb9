"""Suggest known names for an unknown one."""

import difflib
from collections.abc import Sequence
from typing import Final

_MAX_COMPARISONS: Final = 50_000
"""How many names one check compares at most: in a file with thousands of wrong names the first findings suffice."""


class NameSuggestions:
    """Finds similar names, until it has compared too many."""

    def __init__(self, cutoff: float) -> None:
        """`cutoff` is the least similarity, from 0 to 1."""
        self._cutoff = cutoff
        self._comparisons_left = _MAX_COMPARISONS

    def find(self, name: str, names: Sequence[str]) -> str | None:
        """Return the most similar name; None when none is similar, or too many were compared before."""
        if self._comparisons_left < len(names):
            return None
        self._comparisons_left -= len(names)
        close = difflib.get_close_matches(name, names, 1, self._cutoff)
        return close[0] if close else None
