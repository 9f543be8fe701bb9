"""Searching the lines of whichever list is active: as one types, and from match to match."""

from collections.abc import Callable
from typing import Literal

from evtui.codecs.display_text import display_safe
from evtui.ui.messages import Told
from evtui.ui.widgets.line_list import LineList

Step = Literal[1, -1]


class Seeker:
    """A search in the list that `rows` returns, if there is one; `tell` tells what was not found."""

    def __init__(self, rows: Callable[[], LineList | None], tell: Callable[[Told], object]) -> None:
        self._rows = rows
        self._tell = tell

    def seek(self, needle: str, step: Step, *, onward: bool) -> None:
        """Mark a text, and go to a line that has it."""
        rows = self._rows()
        if rows is None:
            return
        rows.show_matches(needle)
        if needle and not rows.seek(step, onward=onward) and onward:
            self._tell(Told(f"No line has {display_safe(needle, 40)}.", bad=True))

    def walk(self, step: Step) -> bool:
        """Go to the next match; says whether there is a search at all."""
        rows = self._rows()
        if rows is None or not rows.needle:
            return False
        self.seek(rows.needle, step, onward=True)
        return True

    def end(self) -> bool:
        """Mark nothing any more; says whether anything was."""
        rows = self._rows()
        searched = rows is not None and bool(rows.needle)
        if rows is not None:
            rows.show_matches("")
        return searched
