"""The search in the lines of the active pane: while a text is typed, and from match to match."""

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

from evtui.codecs.display_text import display_safe
from evtui.ui.messages import Notice
from evtui.ui.widgets.line_list import LineList

SearchStep: TypeAlias = Literal[1, -1]
"""Down or up."""


class LineSearch:
    """Searches the list that `rows` returns, if it returns one; `tell` is called with what was not found."""

    def __init__(self, rows: Callable[[], LineList | None], tell: Callable[[Notice], object]) -> None:
        self._rows = rows
        self._tell = tell
        self.term = ""
        """What was searched last. It stays when the marks are removed, and in other panes."""

    def type(self, text: str) -> None:
        """Mark a text that is being typed, and go to the first line that has it, this one included."""
        rows = self._rows()
        self.term = text or self.term
        if rows is not None:
            rows.show_matches(text)
            if text:
                rows.seek(rows.SEARCH_STEP, onward=False)

    def keep(self, text: str) -> None:
        """Search a text that was entered, unless it is marked already."""
        rows = self._rows()
        if rows is not None and rows.needle != text.casefold():
            self.type(text)

    def go_on(self, step: SearchStep) -> bool:
        """Go to the next match of what was searched last; returns whether there is such a text."""
        rows = self._rows()
        if rows is None or not (rows.needle or self.term):
            return False
        if not rows.needle:
            rows.show_matches(self.term)
        rows.seek(step, onward=True, missed=partial(self._tell_missed, rows.needle))
        return True

    def _tell_missed(self, needle: str) -> None:
        self._tell(Notice(f"No line has {display_safe(needle, 40)}.", bad=True))

    def end(self) -> bool:
        """Remove all marks; returns whether a search was open."""
        rows = self._rows()
        if rows is None or not rows.needle:
            return False
        rows.show_matches("")
        return True
