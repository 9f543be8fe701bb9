"""The help: the keys of the view it was asked in, all other keys, signs, words and grammars; it can be searched."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from evtui.ui.guide.help_groups import NO_FIRST_KEYS, FirstKeys, help_groups
from evtui.ui.guide.help_text import HelpText
from evtui.ui.panes import AnyPane
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.widgets.role_style import ROLE_CLASSES
from evtui.ui.widgets.safe_input import SafeInput


class HelpScreen(ModalScreen[None], DismissedOnce[None]):
    """The help for one pane."""

    AUTO_FOCUS = ""
    COMPONENT_CLASSES: ClassVar[set[str]] = {*ROLE_CLASSES}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False),
        Binding("q,question_mark,f1,enter", "dismiss", "close", show=False),
        Binding("slash", "search", "search", show=False),
        Binding("down,j", "scroll(1)", "down", show=False),
        Binding("up,k", "scroll(-1)", "up", show=False),
        Binding("pagedown,space", "page(1)", "further down", show=False),
        Binding("pageup", "page(-1)", "further up", show=False),
        Binding("home,g", "scroll(-10000)", "to the top", show=False),
        Binding("end,G", "scroll(10000)", "to the end", show=False),
    ]

    def __init__(
        self, keys: Mapping[str, str], pane: AnyPane, *, read_only: bool, first: FirstKeys = NO_FIRST_KEYS
    ) -> None:
        """Take what `help_groups` takes."""
        super().__init__()
        self._groups = [*help_groups(keys, pane, read_only=read_only, first=first)]

    def compose(self) -> ComposeResult:
        """Lay out the text, and below it the field of the search, which is hidden at first."""
        with Vertical(id="help") as frame:
            frame.border_title = "Help"
            frame.border_subtitle = "/ searches · esc closes"
            yield HelpText(self._groups, id="help-text")
            yield SafeInput(placeholder="search the help", id="help-search", compact=True)

    def on_mount(self) -> None:
        """Hide the search."""
        self._field.display = False

    def action_search(self) -> None:
        """Ask for a text: only lines that have it stay."""
        self._field.display = True
        self._field.focus()

    def action_leave(self) -> None:
        """Leave the search, or close the help."""
        if not self._field.display:
            self.dismiss()
            return
        self._field.value = ""
        self._field.display = False
        self.set_focus(None)

    @on(SafeInput.Changed)
    def show_found(self, event: SafeInput.Changed) -> None:
        """Show the lines that have all words of the search; a group whose name has them is shown whole."""
        self.text.search(event.value)

    @on(SafeInput.Submitted)
    def end_search(self) -> None:
        """Keep what was found, and let the keys scroll it."""
        self.set_focus(None)

    @property
    def text(self) -> HelpText:
        """The text of the help."""
        return self.query_one(HelpText)

    @property
    def _field(self) -> SafeInput:
        return self.query_one("#help-search", SafeInput)

    def action_scroll(self, step: int) -> None:
        """Scroll a line."""
        self.text.scroll_relative(y=step, animate=False)

    def action_page(self, step: int) -> None:
        """Scroll as far as a line of the page before stays in sight."""
        self.action_scroll(step * max(1, self.text.size.height - 1))
