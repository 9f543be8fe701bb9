"""The line a search or a filter is typed into."""

from typing import ClassVar, Literal, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from evtui.ui.widgets.safe_input import SafeInput

Purpose: TypeAlias = Literal["search", "filter"]

_HINTS = {
    "search": "any text; enter keeps it, n and N walk, esc ends",
    "filter": "words that must all occur; enter keeps, esc ends",
}


class Prompt(Horizontal):
    """Hidden until asked; tells every change, and how it ended."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "prompt_end", "end", show=False)]

    class Typed(Message):
        """The text changed."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    class Ended(Message):
        """Typing is over; the text stands or, None, is taken back."""

        def __init__(self, purpose: Purpose, text: str | None) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._purpose: Purpose = "search"

    def compose(self) -> ComposeResult:
        """Lay out the word before and the field."""
        yield Label("", id="prompt-label", markup=False)
        yield SafeInput(id="prompt-input", compact=True)

    def ask(self, purpose: Purpose, text: str = "") -> None:
        """Open for a purpose with what stands so far."""
        self._purpose = purpose
        self.query_one("#prompt-label", Label).update(f"{purpose} ")
        field = self.query_one("#prompt-input", Input)
        field.placeholder = _HINTS[purpose]
        with field.prevent(Input.Changed):
            field.value = text
        self.add_class("-open")
        self.call_after_refresh(field.focus)

    @on(Input.Changed)
    def tell_change(self, event: Input.Changed) -> None:
        """Tell what stands now."""
        event.stop()
        self.post_message(self.Typed(self._purpose, event.value))

    @on(Input.Submitted)
    def tell_end(self, event: Input.Submitted) -> None:
        """Close and keep the text."""
        event.stop()
        self.remove_class("-open")
        self.post_message(self.Ended(self._purpose, event.value))

    def action_prompt_end(self) -> None:
        """Close and take the text back."""
        self.remove_class("-open")
        self.post_message(self.Ended(self._purpose, None))
