"""The panes of a screen in one grid, by name."""

from collections.abc import Mapping, Sequence
from typing import Final, Generic, Literal, TypeAlias

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from evtui.ui.panes import PaneName
from evtui.ui.screens.column_shares import ColumnShares
from evtui.ui.widgets.static_text import update_static

Layout: TypeAlias = Literal["-normal", "-wide"]
"""A layout with several columns; it is the class of the screen at its widths."""


SMALLEST: Final = Size(40, 12)
"""The smallest terminal in which panes are shown. From 60x20 on all of each screen and dialog can be reached."""


class PaneGrid(Container, Generic[PaneName]):
    """The panes, in the order in which every layout places them; the style sheet says which are shown at which width.

    The id of each pane is its name.
    """

    def __init__(
        self, panes: Mapping[PaneName, Widget], columns: Mapping[Layout, ColumnShares[PaneName]], *,
        id: str,  # noqa: A002 - Textual's own name
    ) -> None:  # fmt: skip
        """Take the panes, and the columns of each layout that has several."""
        super().__init__(id=id)
        self._panes_by_name = {**panes}
        self._columns = columns
        self._widths: str | None = None

    def compose(self) -> ComposeResult:
        """Lay out the panes, and what stands in their place when the terminal is too small."""
        yield from self._panes_by_name.values()
        yield Static(id="too-small")

    async def add_last(self, name: PaneName, pane: Widget) -> None:
        """Add a pane that was not made before the first paint; it is the last in every layout."""
        self._panes_by_name[name] = pane
        await self.mount(pane)

    def pane(self, name: PaneName) -> Widget:
        """Return a pane by name."""
        return self._panes_by_name[name]

    def name_of(self, widget: Widget) -> PaneName | None:
        """Name the pane that a widget is in, None when it is in no pane."""
        around = widget.ancestors_with_self
        return next((name for name, pane in self._panes_by_name.items() if pane in around), None)

    def on_resize(self) -> None:
        """Take the widths of the columns that a key gave them in the layout of this size."""
        self._set_widths()
        width, height = self.screen.size
        is_too_small = width < SMALLEST.width or height < SMALLEST.height
        if is_too_small:
            needed = f"The console needs {SMALLEST.width}x{SMALLEST.height}, this terminal has {width}x{height}."
            update_static(self.query_one("#too-small", Static), Content(needed))
        self.set_class(is_too_small, "-too-small")

    def widen(self, name: PaneName, steps: int) -> bool:
        """Make the column of a pane wider, or with negative steps narrower; returns whether there was room."""
        columns = self._layout_columns()
        if columns is None or not columns.widen(name, steps):
            return False
        self._set_widths()
        return True

    def reset_widths(self) -> str:
        """Give the columns of the layout that is shown their first widths; returns what became of them."""
        columns = self._layout_columns()
        if columns is None:
            return "Only one pane is shown."
        was_other = columns.reset()
        self._set_widths()
        return "The columns are as at first." if was_other else "The columns were as at first."

    def take_widths(self, widths: Mapping[str, Sequence[int]]) -> None:
        """Take the widths of the columns by the name of the layout, as `changed_widths` returned them."""
        for layout, columns in self._columns.items():
            columns.take(widths.get(layout, ()))

    def changed_widths(self) -> dict[str, tuple[int, ...]]:
        """Return the widths of the columns that a key changed, by the name of the layout."""
        return {layout: tuple(columns.shares) for layout, columns in self._columns.items() if columns.are_changed}

    def activate(self, name: PaneName) -> None:
        """Mark a pane as the active one. A narrow screen shows only this one."""
        for child in self.children:
            child.set_class(child.id == name, "-active")
            child.refresh()

    def enter(self, name: PaneName) -> None:
        """Give a pane the focus."""
        self.pane(name).focus()

    def keep_focus(self, name: PaneName, focused: Widget | None) -> None:
        """Give a pane the focus when nothing or another pane has it: a layout that hides a pane moves the focus.

        What is in no pane keeps it: the line that a text is being typed into.
        """
        if focused is None or self.name_of(focused) not in {None, name}:
            self.enter(name)

    def _layout_columns(self) -> ColumnShares[PaneName] | None:
        """Return the columns of the layout that is shown, None when one pane is alone."""
        if self.screen.has_class("-zoom"):
            return None
        return next((columns for layout, columns in self._columns.items() if self.screen.has_class(layout)), None)

    def _set_widths(self) -> None:
        columns = self._layout_columns()
        wanted = None if columns is None else columns.grid_columns
        if wanted != self._widths:
            self._widths = wanted
            self.styles.grid_columns = wanted
