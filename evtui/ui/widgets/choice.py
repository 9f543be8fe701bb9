"""A field with a few fixed words to choose from, small enough for a row."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, Key
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class ChoiceField(Widget, can_focus=True):
    """One of a few words: space, left, right and a click go through them, a letter goes to the word it begins."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "step(1)", "next", show=False),
        Binding("left", "step(-1)", "previous", show=False),
    ]

    value: reactive[str] = reactive("", init=False, layout=True)

    class Changed(Message):
        """A person chose another word."""

        def __init__(self, choice: "ChoiceField", value: str) -> None:
            super().__init__()
            self.choice = choice
            self.value = value

        @property
        def control(self) -> "ChoiceField":
            """Return the sender, which handlers can select by."""
            return self.choice

    def __init__(self, words: Sequence[str], value: str, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self._words = tuple(words)
        self.set_reactive(ChoiceField.value, value)

    def render(self) -> Content:
        """Show the word, and that there are others."""
        return Content.assemble(self.value, (" ▾", "$foreground 45%"))

    def offer(self, words: Sequence[str], value: str) -> None:
        """Offer other words and choose one, without a message."""
        self._words = tuple(words) if value in words else (value, *words)
        self.value = value

    def action_step(self, step: int) -> None:
        """Choose the next or the previous word, round the end."""
        self._choose(self._words[(self._words.index(self.value) + step) % len(self._words)])

    def on_click(self, event: Click) -> None:
        """Choose the next word."""
        event.stop()
        self.action_step(1)

    def on_key(self, event: Key) -> None:
        """Choose the next word, or the one that a typed letter begins; no character goes on to the console's keys."""
        if not event.is_printable:
            return
        event.stop()
        letter = (event.character or "").lower()
        if letter == " ":
            self.action_step(1)
        found = next((word for word in self._words if letter.isalpha() and word.startswith(letter)), None)
        if found is not None:
            self._choose(found)

    def _choose(self, word: str) -> None:
        if word != self.value:
            self.value = word
            self.post_message(self.Changed(self, word))
