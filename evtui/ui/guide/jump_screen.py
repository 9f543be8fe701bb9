"""Go to a pane or a line by its letters, which are shown beside it."""

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from evtui.codecs.display_text import display_safe
from evtui.ui.guide.jump_marks import JumpMarks, JumpTarget
from evtui.ui.messages import Notice
from evtui.ui.panes import ALL_PANES
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.widgets.form_keys import JUMP_KEYS, bindings
from evtui.ui.widgets.one_line import LineWord, OneLine
from evtui.ui.widgets.role_style import ROLE_CLASSES

if TYPE_CHECKING:
    from evtui.ui.screens.pane_screen import PaneScreen


LOOK_SECONDS = 0.1
"""Between two looks at whether other lines are seen."""


class JumpScreen(ModalScreen[JumpTarget | None], DismissedOnce[JumpTarget | None]):
    """Shows letters on the screen below it; closes with what the typed ones stand for, or None."""

    SUBJECT = "Go to"
    HELP_KEYS = JUMP_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(JUMP_KEYS)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {*ROLE_CLASSES}

    def __init__(self, marks: JumpMarks) -> None:
        super().__init__()
        self.marks = marks
        self._typed = ""

    def compose(self) -> ComposeResult:
        """Lay out the line that tells what to type."""
        yield OneLine(id="jump")

    def on_mount(self) -> None:
        """Give out the letters."""
        self.marks.give()
        self._show("")
        self.set_interval(LOOK_SECONDS, self._look)

    def on_key(self, event: events.Key) -> None:
        """Take a letter, or the number of a pane."""
        letter = (event.character or "").lower()
        if not letter.isalnum():
            return
        event.stop()
        targets, letters = self.marks.targets, self._typed + letter
        if not self._typed and letter in NUMBERS:
            self._close(JumpTarget(NUMBERS[letter]))
        elif letters in targets:
            self._close(targets[letters])
        elif any(each.startswith(letters) for each in targets):
            self._show(letters)
        else:
            self._show(self._typed, f"nothing here has the letters {display_safe(letters, 10)}")

    def action_take_back(self) -> None:
        """Take the last letter back."""
        self._show(self._typed[:-1])

    def action_close(self) -> None:
        """Close, and leave all as it was."""
        self._close(None)

    def _look(self) -> None:
        """Give letters to what is seen at another size."""
        if self.is_current and self.marks.are_old:
            self.marks.give()
            self._show("")

    def _close(self, chosen: JumpTarget | None) -> None:
        if self.is_current:
            self.marks.take_away(chosen)
            self.dismiss(chosen)

    def _show(self, typed: str, why: str = "") -> None:
        self._typed = typed
        self.marks.show(typed)
        words = [LineWord([("accent", "Go to "), ("strong", f"{typed}_")])]
        words.append(
            LineWord([("bad", f"✗ {why}")] if why else [("dim", "type the letters beside a line or a pane")], 1)
        )
        self.query_one("#jump", OneLine).say([*words, LineWord([("accent", "esc"), ("dim", " close")])])


NUMBERS = {str(number): pane for number, pane in enumerate(ALL_PANES, 1)}
"""The panes by their number, which is a key that goes there, too."""


def ask_where_to(screen: "PaneScreen[Any]") -> None:
    """Show the letters on a screen, and go where the typed ones lead. While a text is being typed, do nothing."""
    if not isinstance(screen.focused, Input):
        screen.console_app.push_screen(JumpScreen(JumpMarks(screen)), lambda chosen: _go(screen, chosen))


def _go(screen: "PaneScreen[Any]", chosen: JumpTarget | None) -> None:
    if chosen is None:
        return
    screen.action_do(f"show_{chosen.pane}")
    if not chosen.is_line:
        return
    rows = screen.active_list()
    place = None if rows is None else rows.lines.find(chosen.key)
    if rows is None or place is None:
        screen.post_message(Notice("That line is gone."))
    else:
        rows.touched()
        rows.move_to(place)
