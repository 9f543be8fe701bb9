"""A list to pick from: typed words narrow it, enter takes the marked line."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from evtui.codecs.display_text import display_safe
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.widgets.folded_text import KeyHints
from evtui.ui.widgets.form_keys import CLOSE_KEY, PICK_KEYS, SAVE_KEY, TAKE_KEY, bindings
from evtui.ui.widgets.safe_input import SafeInput

MAX_SHOWN = 500
"""Lines that are listed at once."""


class PickLine(Struct, frozen=True):
    """One line to pick: a title and what is said of it."""

    title: str
    more: str = ""


class Picked(Struct, frozen=True):
    """What was picked: the place of a line in the list that was given, or None and the text that was typed."""

    place: int | None
    text: str = ""


class PickDialog(ModalScreen[Picked | None], DismissedOnce[Picked | None]):
    """Closes with what was picked, or None when it was cancelled."""

    SUBJECT = "Choose from a list"
    HELP_KEYS = PICK_KEYS
    AUTO_FOCUS = "#pick-input"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority: these act before the keys that are typed next are given to the input.
        *(replace(binding, priority=binding.action != "cancel") for binding in bindings(PICK_KEYS))
    ]

    def __init__(self, title: str, lines: Sequence[PickLine], *, saves: bool = False, empty: str = "") -> None:
        """With `saves` the typed text can also be a name to save under; `empty` is said where there are no lines."""
        super().__init__()
        self._title = title
        self._lines = tuple(lines)
        self._saves = saves
        self._replaced = ""
        """The name of a line that another press would replace."""
        self._empty = empty
        self._shown: list[int] = []
        """The places of the lines that are listed."""

    def compose(self) -> ComposeResult:
        """Lay out the input, the list and the hints."""
        with Vertical(id="pick") as box:
            box.border_title = self._title
            yield SafeInput(id="pick-input", compact=True, placeholder="type to narrow the list")
            yield OptionList(id="pick-list", compact=True, markup=False)
            yield Static("", id="pick-note", classes="note", markup=False)
            yield KeyHints((TAKE_KEY, *((SAVE_KEY,) if self._saves else ()), CLOSE_KEY), id="pick-hints")

    def on_mount(self) -> None:
        """Show all lines."""
        self._narrow()

    @on(Input.Changed)
    def narrow_typed(self, event: Input.Changed) -> None:
        """List the lines that hold the typed words."""
        event.stop()
        self._narrow()

    @on(OptionList.OptionSelected)
    def take_clicked(self, event: OptionList.OptionSelected) -> None:
        """Take a line that was clicked."""
        event.stop()
        self.dismiss(Picked(self._shown[event.option_index], self._text))

    def action_take(self) -> None:
        """Take the marked line."""
        self._narrow()
        marked = self.query_one(OptionList).highlighted
        if marked is not None and self._shown:
            self.dismiss(Picked(self._shown[marked], self._text))

    def action_save(self) -> None:
        """Close with the typed name."""
        name = self._text
        if not self._saves:
            return
        if not name:
            self._tell("type the name to save under")
        elif name != self._replaced and any(line.title == name for line in self._lines):
            self._replaced = name
            self._tell(f"{display_safe(name, 64)} exists: press again to replace it")
        else:
            self.dismiss(Picked(None, name))

    def action_cancel(self) -> None:
        """Close without a choice."""
        self.dismiss(None)

    def action_mark(self, step: int) -> None:
        """Mark the next line or the one before."""
        listing = self.query_one(OptionList)
        if step > 0:
            listing.action_cursor_down()
        else:
            listing.action_cursor_up()

    @property
    def _text(self) -> str:
        return self.query_one("#pick-input", Input).value.strip()

    def _narrow(self) -> None:
        words = self._text.casefold().split()
        found = [
            place
            for place, line in enumerate(self._lines)
            if all(word in f"{line.title} {line.more}".casefold() for word in words)
        ][:MAX_SHOWN]
        if found == self._shown and self._lines:
            return
        self._shown = found
        listing = self.query_one(OptionList)
        listing.set_options([Option(_content(self._lines[place])) for place in found])
        listing.highlighted = 0 if found else None
        listing.display = bool(found)
        self._tell("" if found else self._empty if not self._lines else "no line holds these words")

    def _tell(self, text: str) -> None:
        note = self.query_one("#pick-note", Static)
        note.update(Content.styled(text, "$foreground 60%"))
        note.display = bool(text)


def _content(line: PickLine) -> Content:
    more = f"  {display_safe(line.more, 300)}" if line.more else ""
    return Content.assemble(display_safe(line.title, 100), (more, "$foreground 60%"))
