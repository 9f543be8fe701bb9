"""What a name that is not there was probably meant to be."""

import difflib
from collections.abc import Sequence
from typing import Final

_MAX_COMPARISONS: Final = 50_000
"""Names that one check compares at most: in a file with thousands of wrong ones the first tell enough."""


class NameSuggestions:
    """Finds names that are nearly the same, until it has compared too many."""

    def __init__(self, cutoff: float) -> None:
        """`cutoff`: how alike they must be, from 0 to 1."""
        self._cutoff = cutoff
        self._left = _MAX_COMPARISONS

    def find(self, name: str, names: Sequence[str]) -> str | None:
        """Find the one that is most alike; None when none is, or too many were looked at before."""
        if self._left < len(names):
            return None
        self._left -= len(names)
        close = difflib.get_close_matches(name, names, 1, self._cutoff)
        return close[0] if close else None
