"""The quick line of a raise: `ip=1.2.3.4 count:=3` in one input, with a history of what was sent."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from evtui.ui.widgets.safe_input import SafeInput


class QuickField(SafeInput):
    """The line; up and down go through the history, enter sends."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "walk(1)", "sent before", show=False),
        Binding("down", "walk(-1)", "sent after", show=False),
    ]

    class Walked(Message):
        """The form is to show another draft of the history: 1 is one back."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(
            id=id, compact=True, placeholder='ip=192.0.2.1 count:=3 note="two words"', select_on_focus=False
        )

    def set_line(self, line: str) -> None:
        """Show a line, without a message as for an edit."""
        if self.value != line:
            with self.prevent(Input.Changed):
                self.value = line
            self.cursor_position = len(line)

    def action_walk(self, step: int) -> None:
        """Go to another draft of the history."""
        self.post_message(self.Walked(step))
