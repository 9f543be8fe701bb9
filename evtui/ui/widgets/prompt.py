"""The line that a search or a filter is typed into."""

from typing import ClassVar, Literal, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label

from evtui.ui.widgets.safe_input import SafeInput

Purpose: TypeAlias = Literal["search", "filter"]

_HINTS = {
    "search": "any text; enter keeps it, n and N go to matches, esc ends",
    "filter": "words that must all occur; enter keeps, esc ends",
}


class Prompt(Horizontal):
    """Hidden until it is opened; tells every change of the text, and how the typing ended."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "prompt_end", "end", show=False)]

    class Typed(Message):
        """The text changed."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    class Closed(Message):
        """The typing ended; the text is kept, or None when it was cancelled."""

        def __init__(self, purpose: Purpose, text: str | None) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._purpose: Purpose = "search"
        self._before: Widget | None = None
        """The widget that had the focus when the line was opened."""

    def compose(self) -> ComposeResult:
        """Lay out the label and the field."""
        yield Label("", id="prompt-label", markup=False)
        yield SafeInput(id="prompt-input", compact=True)

    def ask(self, purpose: Purpose, text: str = "") -> None:
        """Open the line for a purpose, with a text to begin with."""
        self._purpose = purpose
        self.query_one("#prompt-label", Label).update(f"{purpose} ")
        field = self.query_one("#prompt-input", Input)
        field.placeholder = _HINTS[purpose]
        with field.prevent(Input.Changed):
            field.value = text
        if not self.display:
            self._before = self.screen.focused
        self.display = True  # at once, while a class has an effect later only: the next key goes into the field
        self.screen.set_focus(field)

    @on(Input.Changed)
    def tell_change(self, event: Input.Changed) -> None:
        """Tell the text as it is now."""
        event.stop()
        self.post_message(self.Typed(self._purpose, event.value))

    @on(Input.Submitted)
    def tell_end(self, event: Input.Submitted) -> None:
        """Close and keep the text."""
        event.stop()
        self._close(event.value)

    def action_prompt_end(self) -> None:
        """Close and cancel the text."""
        self._close(None)

    def _close(self, text: str | None) -> None:
        # The focus goes back before the line is hidden: Textual would give it to any other widget.
        before, self._before = self._before, None
        self.screen.set_focus(before if before is not None and before.is_attached else None)
        self.display = False
        self.post_message(self.Closed(self._purpose, text))
