"""How wide the names of the events in the stream are, which decides how wide their column is."""

from typing import Final

from rich.cells import cell_len

from evtui.codecs.display_text import display_safe

MOST_CELLS: Final = 32
"""A name that is wider is cut."""

_MOST_CHARACTERS: Final = 256

_MOST_NAMES: Final = 1024
"""Names that are remembered as measured."""


class NameWidths:
    """The width of the widest name so far, at most `MOST_CELLS`. It only grows: no column jumps to and fro."""

    def __init__(self) -> None:
        self.widest = 0
        self._measured: set[str] = set()

    def add(self, name: str) -> None:
        """Measure a name; one that was measured before costs a look-up."""
        if name in self._measured or self.widest >= MOST_CELLS:
            return
        if len(self._measured) >= _MOST_NAMES:
            self._measured.clear()
        self._measured.add(name)
        self.widest = min(MOST_CELLS, max(self.widest, cell_len(display_safe(name, _MOST_CHARACTERS))))
