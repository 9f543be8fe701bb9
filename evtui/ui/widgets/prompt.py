"""The line that a search or a filter is typed into, with what is wrong in it or may be written there."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar, Literal, Protocol, TypeAlias

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label

from evtui.codecs.display_text import display_safe
from evtui.core.errors import BadFilterError
from evtui.ui.state.console_choices import with_text
from evtui.ui.text.cells import Cells
from evtui.ui.text.figures import cut_end
from evtui.ui.widgets.form_keys import PROMPT_KEYS, bindings
from evtui.ui.widgets.one_line import LineWord, OneLine
from evtui.ui.widgets.safe_input import SafeInput
from evtui.ui.widgets.text_history import TextHistory

Purpose: TypeAlias = Literal["search", "filter", "name", "jump", "rule"]

_HINTS = {
    "search": "any text; enter keeps it, ↓ ↑ or {next} {previous} go to matches, pgup earlier texts",
    "filter": "words, or event~PIKE and not outcome=ok; enter keeps, pgup earlier ones",
    "name": "a name to save it under; enter saves, esc ends",
    "rule": "failed > 3 in 10 s, no E_X for 60 s, queue > 80 %; enter keeps, esc ends",
    "jump": "14:02:11, +30s, -5m, 50%, start, end; enter goes there, esc ends",
}


class Offer(Protocol):
    """A text that may take the place of what was typed: from `begin`, counted from 0, to the cursor."""

    @property
    def begin(self) -> int: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


class TypingAid(Protocol):
    """What knows the language of a text that is typed."""

    def problem(self, text: str) -> BadFilterError | None:
        """Say what is wrong in a text; None when it is right, or empty."""
        ...

    def usable(self, text: str) -> str | None:
        """Return the text as far as it can be used while its end is still being typed; None when it is wrong."""
        ...

    def offers(self, text: str, cursor: int) -> Sequence[Offer]:
        """List what may be written at the cursor."""
        ...


class Prompt(Vertical):
    """Hidden until it is opened; tells every change of the text, and how the typing ended.

    Of a text that its aid finds wrong only what can be used is told, and it cannot be kept: what is wrong stands below
    it, at its column.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(each for each in PROMPT_KEYS if each.action)]

    class Typed(Message):
        """The text changed."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    class Stepped(Message):
        """A key asked for what is further down, 1, or up, -1."""

        def __init__(self, purpose: Purpose, step: Literal[1, -1]) -> None:
            super().__init__()
            self.purpose = purpose
            self.step: Literal[1, -1] = step

    class Closed(Message):
        """The typing ended; the text is kept, or None when it was cancelled."""

        def __init__(self, purpose: Purpose, text: str | None) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    def __init__(self, next_key: str = "", previous_key: str = "", *, late: bool = False) -> None:
        """Take the keys that go to matches of a search, as they are bound; `late`: it is empty until `fill`."""
        super().__init__(id="prompt")
        self.display = False
        self._is_empty = late
        self._asked: Callable[[], object] | None = None
        """What was asked while it was empty."""
        self._match_keys = {"next": next_key, "previous": previous_key}
        self._purpose: Purpose = "search"
        self._before: Widget | None = None
        """The widget that had the focus when the line was opened."""
        self._aid: TypingAid | None = None
        self._offers: Sequence[Offer] = ()
        self._chosen = 0
        self._earlier = TextHistory((), "")
        self.texts: dict[Purpose, tuple[str, ...]] = {}
        """What was typed before for each purpose, the newest last."""
        self._offered_at = 0
        """Where the cursor was when the offers were made."""

    def compose(self) -> ComposeResult:
        """Lay out the label, the field, and the line below them."""
        if not self._is_empty:
            yield from self._parts()

    async def fill(self) -> None:
        """Lay out what is in it, when that was left for after the first paint."""
        if not self._is_empty:
            return
        await self.mount_all(self._parts())
        self._is_empty = False
        if self._asked is not None:
            self._asked()

    def _parts(self) -> Iterator[Widget]:
        yield Horizontal(
            Label("", id="prompt-label", markup=False),
            SafeInput(id="prompt-input", compact=True),
            Label("", id="prompt-count", markup=False),
            id="prompt-row",
        )
        yield OneLine(id="prompt-note")

    def ask(self, purpose: Purpose, text: str = "", aid: TypingAid | None = None) -> None:
        """Open the line for a purpose, with a text to begin with, and with an aid that knows its language."""
        if self._is_empty:
            self._asked = partial(self.ask, purpose, text, aid)
            return
        self._purpose, self._aid = purpose, aid
        self.query_one("#prompt-label", Label).update(f"{purpose} ")
        self.show_count("")
        field = self.query_one("#prompt-input", Input)
        field.placeholder = _HINTS[purpose].format(**self._match_keys)
        # A term that is searched again is mostly replaced, a filter mostly changed.
        field.select_on_focus = purpose == "search"
        with field.prevent(Input.Changed):
            field.value = display_safe(text, len(text) + 1)
        field.cursor_position = len(field.value)
        self._earlier = TextHistory(self.texts.get(purpose, ()), field.value)
        if not self.display:
            self._before = self.screen.focused
        self.display = True  # at once, while a class has an effect later only: the next key goes into the field
        self.screen.set_focus(field)
        self._look_at(field.value)

    def show_count(self, text: str) -> None:
        """Show at the end of the line which match is shown, and of how many."""
        if not self._is_empty:
            self.query_one("#prompt-count", Label).update(text)

    @on(Input.Changed)
    def tell_change(self, event: Input.Changed) -> None:
        """Tell the text as it is now, as far as it can be used."""
        event.stop()
        self._look_at(event.value)
        usable = event.value if self._aid is None else self._aid.usable(event.value)
        if usable is not None:
            self.post_message(self.Typed(self._purpose, usable))

    @on(Input.Submitted)
    def tell_end(self, event: Input.Submitted) -> None:
        """Close and keep the text, unless something is wrong in it."""
        event.stop()
        if self._look_at(event.value):
            self._close(event.value)

    def action_prompt_earlier(self, step: int) -> None:
        """Put a text that was typed before in the place of the one that is typed, or that one again."""
        text = self._earlier.step(step)
        if text is not None:
            field = self.query_one("#prompt-input", Input)
            field.value = text
            field.cursor_position = len(text)

    def action_prompt_end(self) -> None:
        """Close and cancel the text."""
        self._close(None)

    def action_prompt_take(self) -> None:
        """Put the marked offer in the place of what was typed."""
        field = self.query_one("#prompt-input", Input)
        if field.cursor_position != self._offered_at:
            self._look_at(field.value)
        if not self._offers:
            return
        offer = self._offers[self._chosen]
        is_done = offer.text[-1:] not in "=~<>"
        field.replace(offer.text + (" " if is_done else ""), offer.begin, field.cursor_position)
        field.cursor_position = min(len(field.value), offer.begin + len(offer.text) + is_done)

    def action_prompt_step(self, step: Literal[1, -1]) -> None:
        """Mark another offer; where there are none, tell the step."""
        if self._aid is None:
            self.post_message(self.Stepped(self._purpose, step))
        elif self._offers:
            self._chosen = (self._chosen + step) % len(self._offers)
            self._say_offers()

    def _look_at(self, text: str) -> bool:
        """Show below the line what is wrong in the text, or what may be written; returns whether nothing is wrong."""
        note, aid = self.query_one("#prompt-note", OneLine), self._aid
        self._offers, self._chosen = (), 0
        note.display = aid is not None
        if aid is None:
            return True
        field = self.query_one("#prompt-input", Input)
        problem = aid.problem(text)
        self._offered_at = min(field.cursor_position, len(text))
        self._offers = aid.offers(text, self._offered_at)
        if problem is not None and (problem.column <= len(text) or not self._offers):
            self._offers = ()
            note.say([LineWord(self._pointed_at(problem, text, field))])
        else:
            self._say_offers()
        return problem is None

    @property
    def _width(self) -> int:
        """Return the cells of the line below; before it is laid out for the first time, by those of the screen."""
        return max(20, (self.size.width or self.screen.size.width) - 2)

    def _pointed_at(self, problem: BadFilterError, text: str, field: Input) -> Cells:
        """Write what is wrong, with a sign below its column."""
        start = self.query_one("#prompt-label", Label).size.width or len(self._purpose) + 1
        place = start + cell_len(text[: problem.column - 1]) - int(field.scroll_offset.x)
        width = self._width
        place = max(0, min(place, width - 1))
        right, left = width - place - 2, place - 1
        why = display_safe(problem.why, 200)
        told = f"column {problem.column}: {why}"
        if max(left, right) < cell_len(why) and cell_len(told) < width:
            return [("bad", told)]  # the whole reason helps more than a sign below its column
        if cell_len(told) > max(left, right):
            told = why
        if cell_len(told) <= right or right >= left:
            return [("text", " " * place), ("bad", cut_end(f"^ {told}", width - place))]
        told = cut_end(told, left)
        return [("text", " " * (place - 1 - cell_len(told))), ("bad", f"{told} ^")]

    def _say_offers(self) -> None:
        width, used = self._width, 4
        cells: Cells = [("dim", "tab ")]
        first = 0 if self._chosen < _SEEN_AT_ONCE else self._chosen
        for place, offer in enumerate(self._offers[first:], first):
            shown = cut_end(display_safe(offer.text, 80), width - used)
            if used + cell_len(shown) + 2 > width and place > self._chosen:
                break
            cells.append(("match" if place == self._chosen else "text", shown))
            cells.append(("text", "  "))
            used += cell_len(shown) + 2
        self.query_one("#prompt-note", OneLine).say([LineWord(cells)] if self._offers else [])

    def _close(self, text: str | None) -> None:
        # The focus goes back before the line is hidden: Textual would give it to any other widget.
        before, self._before = self._before, None
        self.screen.set_focus(before if before is not None and before.is_attached else None)
        self.display = False
        if text is not None:
            self.texts[self._purpose] = with_text(self.texts.get(self._purpose, ()), text)
        self.post_message(self.Closed(self._purpose, text))


_SEEN_AT_ONCE = 3
"""Offers that are shown from the first one on while one of them is marked."""
