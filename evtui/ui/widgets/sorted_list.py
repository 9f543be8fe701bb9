"""A list that a key sorts in one of several ways, which its lower border tells."""

from collections.abc import Mapping
from typing import Protocol

from textual.content import Content

from evtui.ui.actions import BY_ID, shown_keys
from evtui.ui.text.cells import PaneLines
from evtui.ui.widgets.line_list import LineList


class SortedView(Protocol):
    """A view whose lines have an order."""

    @property
    def order(self) -> str:
        """Name the order: `by activity` is said of `activity`."""
        ...

    def next_order(self) -> None:
        """Put the lines in the next order."""
        ...


class SortedList(LineList):
    """Lines in an order of their view; the cursor stays on its line."""

    def __init__(self, view: SortedView, lines: PaneLines, *, id: str) -> None:  # noqa: A002 - Textual's own name
        self._sorted = view
        self._sort_key = ""
        super().__init__(lines, id=id)

    def sort(self) -> None:
        """Put the lines in the next order."""
        self._sorted.next_order()
        self.show_titles()
        self.redraw_in_place()

    def redraw_in_place(self) -> None:
        """Show the lines as they are now, with the cursor where it was on the screen, though lines above it moved.

        A list that shows its first line goes on showing it: there stands what matters most.
        """
        above, top = self.cursor - int(self.scroll_offset.y), int(self.scroll_offset.y)
        self.redraw()
        if top and 0 <= above < self.scrollable_content_region.height:
            self.scroll_to(y=max(0, self.cursor - above), animate=False, force=True, immediate=True)

    def name_keys(self, remapped: Mapping[str, str]) -> None:
        """Take the key as it is bound."""
        self._sort_key = next(iter(shown_keys(BY_ID["sort"], remapped)), "")
        self.show_titles()

    def show_titles(self) -> None:
        """Show the title of the pane and the order of its lines."""

    def order_note(self) -> Content:
        """Say how the lines are sorted, and by which key to change that."""
        how = f", {self._sort_key} sorts" if self._sort_key else ""
        return Content(f"by {self._sorted.order}{how}")
