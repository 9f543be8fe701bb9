"""The field for the name of an event, with the catalogue to complete it from."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from evtui.codecs.display_text import display_safe
from evtui.codecs.quickline import escape_name, unescape_name
from evtui.core.ports import EventState
from evtui.ui.text.figures import count
from evtui.ui.widgets.safe_input import SafeInput

MAX_OFFERS = 200
"""Names in the list; typing more of the name narrows it."""


class EventField(Vertical):
    """The name of an event: typing narrows the list, down opens it, escape closes it, the form's enter and tab take."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "next name", show=False),
        Binding("up", "move(-1)", "previous name", show=False),
        Binding("pagedown", "move(8)", "names further down", show=False),
        Binding("pageup", "move(-8)", "names further up", show=False),
        Binding("escape", "close", "close the list", show=False),
    ]

    class Changed(Message):
        """The name changed."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, value: str = "", *, several: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """`several` lets names stand with blanks between them; the list completes the last one."""
        super().__init__(id=id)
        self._several = several
        self._initial = escape_name(value)
        self._states: Sequence[EventState] = ()
        self._offered: list[str] = []

    def compose(self) -> ComposeResult:
        """Lay out the input, and the list that opens over what is below it."""
        yield SafeInput(self._initial, compact=True, placeholder="event")
        names = OptionList(compact=True, markup=False)
        names.can_focus = False
        yield names

    @property
    def value(self) -> str:
        """The name as typed."""
        return unescape_name(self.query_one(Input).value)

    @value.setter
    def value(self, name: str) -> None:
        field, shown = self.query_one(Input), escape_name(name)
        if field.value != shown:
            with field.prevent(Input.Changed):
                field.value = shown
            field.cursor_position = len(shown)

    def focus_input(self) -> None:
        """Go to the input."""
        self.screen.set_focus(self.query_one(Input))

    def set_events(self, states: Sequence[EventState]) -> None:
        """Take the catalogue; an open list stays as it is until something is typed."""
        self._states = states

    def action_move(self, step: int) -> None:
        """Mark another name, or open the list."""
        names = self.query_one(OptionList)
        if not names.display:
            if step < 0:
                raise SkipAction
            self._offer("")
            return
        place = (names.highlighted if names.highlighted is not None else -1) + step
        names.highlighted = max(0, min(place, names.option_count - 1))

    def action_close(self) -> None:
        """Close the list; when it is closed, the screen handles the key."""
        if not self.query_one(OptionList).display:
            raise SkipAction
        self._close()

    def take(self) -> bool:
        """Take the marked name of the list; returns whether the list was open."""
        names = self.query_one(OptionList)
        if not names.display or names.highlighted is None:
            return False
        name = self._before_word() + self._offered[names.highlighted]
        self._close()
        if name != self.value:
            self.value = name
            self.post_message(self.Changed(name))
        return True

    def on_descendant_blur(self) -> None:
        """Close the list when the field is left."""
        self._close()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.has_focus:
            self._offer(self._word())
        self.post_message(self.Changed(self.value))

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(OptionList).highlighted = event.option_index
        self.take()
        self.focus_input()

    def _offer(self, typed: str) -> None:
        """Open the list with the names that contain what is typed, those that begin with it first."""
        needle = typed.casefold() if self._several else typed.strip().casefold()
        found = [state for state in self._states if needle in state.event.name.casefold()]
        if not found or (len(found) == 1 and found[0].event.name == typed):
            self._close()
            return
        found.sort(key=lambda state: not state.event.name.casefold().startswith(needle))
        names = self.query_one(OptionList)
        self._offered = [state.event.name for state in found[:MAX_OFFERS]]
        names.set_options([Option(_describe(state), id=str(place)) for place, state in enumerate(found[:MAX_OFFERS])])
        names.display = True
        names.highlighted = 0 if typed else self._index_of_value()

    def _index_of_value(self) -> int:
        word = self._word()
        return self._offered.index(word) if word in self._offered else 0

    def _word(self) -> str:
        """Return the name that is being typed: the last one."""
        return self.value[len(self._before_word()) :]

    def _before_word(self) -> str:
        """Return the names before the one that is being typed."""
        before, blank, _ = self.value.rpartition(" ")
        return before + blank if self._several else ""

    def _close(self) -> None:
        self.query_one(OptionList).display = False


def _describe(state: EventState) -> Content:
    subscribers = (
        f"  {count(state.subscribers)} sub" + ("" if state.subscribers == 1 else "s") if state.subscribers else ""
    )
    return Content.assemble(
        display_safe(state.event.name, 80),
        (subscribers, "$success"),
        (f"  {display_safe(state.event.module, 30)}" if state.event.module else "  dynamic", "$foreground 45%"),
    )
