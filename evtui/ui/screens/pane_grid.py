"""The panes of a screen in one grid, by name."""

from collections.abc import Mapping
from typing import Generic

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from evtui.ui.panes import PaneName


class PaneGrid(Container, Generic[PaneName]):
    """The panes, in the order in which every layout places them; the style sheet says which are shown at which width.

    The id of each pane is its name.
    """

    def __init__(self, panes: Mapping[PaneName, Widget], *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._panes_by_name = panes

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield from self._panes_by_name.values()

    def pane(self, name: PaneName) -> Widget:
        """Return a pane by name."""
        return self._panes_by_name[name]

    def name_of(self, widget: Widget) -> PaneName | None:
        """Name the pane that a widget is in, None when it is in no pane."""
        around = widget.ancestors_with_self
        return next((name for name, pane in self._panes_by_name.items() if pane in around), None)

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
