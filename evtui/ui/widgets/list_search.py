"""The search in the lines of one list: step by step from match to match, and how many matches there are."""

from collections.abc import Callable
from functools import partial
from typing import Literal, Protocol

from textual.timer import Timer

from evtui.codecs.display_text import display_safe
from evtui.ui.text.cells import PaneLines
from evtui.ui.widgets.match_count import MatchCount

LOOKED_AT_ONCE = 1_000
"""Lines that a search looks at before others get their turn: some milliseconds."""

_SEEK_PAUSE = 0.002
"""Seconds until a search goes on."""

_COUNT_PAUSE = 0.05
"""Seconds until the lines with a text are counted: the next letter may come before."""


class SearchedList(Protocol):
    """The list that is searched."""

    cursor: int
    lines: PaneLines

    def has_text(self, place: int, needle: str) -> bool:
        """Say whether a line has a case folded text."""
        ...

    def go_to_match(self, place: int) -> None:
        """Put the cursor on a line that was found."""
        ...

    def hold_still(self) -> None:
        """Take note that the lines are searched for some time and must stay where they are."""
        ...

    def let_go(self) -> None:
        """Take note that the search is over and found nothing."""
        ...

    def tell_search(self) -> None:
        """Show how the search stands."""
        ...

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call a function after some seconds."""
        ...


class ListSearch:
    """Where a list has a text. What begins anew ends what was under way."""

    def __init__(self, rows: SearchedList) -> None:
        self.needle = ""
        """The text, case folded; empty while nothing is searched."""
        self.wrapped = ""
        """Says that the last step went round the end of the list; empty when it did not."""
        self._rows = rows
        self._seeks = self._counts = 0
        self._matches: MatchCount | None = None

    @property
    def match_text(self) -> str:
        """Write which match the cursor is at, and of how many: `3/12`; empty while nothing is searched."""
        return "" if self._matches is None else self._matches.text(self._rows.cursor)

    @property
    def note(self) -> str:
        """Write the text and how the search stands; empty while nothing is searched."""
        return f"search {display_safe(self.needle, 20)} {self.match_text}{self.wrapped}" if self.needle else ""

    def begin(self, needle: str) -> None:
        """Search another text, or none."""
        self._seeks += 1
        self._rows.let_go()
        self.needle, self.wrapped = needle.casefold(), ""
        self._count_anew()

    def seek(self, step: Literal[1, -1], *, onward: bool, missed: Callable[[], object]) -> None:
        """Go to the next line with the text, round the end; `missed` is called when there is none.

        `onward` looks at the line with the cursor last, otherwise it is looked at first. Where there are many lines it
        goes on after the keys and timers that are due, until another search begins.
        """
        self._seeks += 1
        self._seek_on(self._seeks, step, int(onward), int(onward) + len(self._rows.lines), missed)

    def _seek_on(self, seek: int, step: Literal[1, -1], first: int, end: int, missed: Callable[[], object]) -> None:
        if seek != self._seeks:
            return
        rows, behind = self._rows, min(end, first + LOOKED_AT_ONCE)
        for distance in range(first, behind):
            place = (rows.cursor + step * distance) % len(rows.lines)
            if rows.has_text(place, self.needle):
                is_round = not 0 <= rows.cursor + step * distance < len(rows.lines)
                self.wrapped = f", on from the {'top' if step == 1 else 'bottom'}" if is_round else ""
                rows.go_to_match(place)
                self._count_if_changed()
                rows.tell_search()
                return
        if behind < end:
            rows.hold_still()
            rows.set_timer(_SEEK_PAUSE, partial(self._seek_on, seek, step, behind, end, missed))
            return
        rows.let_go()
        missed()

    def _count_anew(self) -> None:
        """Count the lines with the text, from the first one on, in steps."""
        self._counts += 1
        self._matches = MatchCount(len(self._rows.lines), self._first_key()) if self.needle else None
        self._rows.tell_search()
        if self._matches is not None:
            self._rows.set_timer(_COUNT_PAUSE, partial(self._count_on, self._counts))

    def _count_on(self, counts: int) -> None:
        if counts != self._counts or self._matches is None:
            return
        if self._is_changed(self._matches):
            self._count_anew()
            return
        self._matches.look_on(LOOKED_AT_ONCE, lambda place: self._rows.has_text(place, self.needle))
        if not self._matches.is_done:
            self._rows.set_timer(_SEEK_PAUSE, partial(self._count_on, counts))
        self._rows.tell_search()

    def _count_if_changed(self) -> None:
        if self._matches is None or self._is_changed(self._matches):
            self._count_anew()

    def _is_changed(self, matches: MatchCount) -> bool:
        return not matches.is_of(len(self._rows.lines), self._first_key())

    def _first_key(self) -> object:
        return self._rows.lines.key(0) if len(self._rows.lines) else None
