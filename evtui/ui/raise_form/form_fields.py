"""The fields of the raise form and how a draft stands in them; who acts on them is elsewhere."""

from typing import ClassVar

import anyio
from msgspec import Struct
from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus, Mount
from textual.widgets import Label, Static

from evtui.codecs.display_text import display_safe
from evtui.codecs.quickline import BadWordError
from evtui.core.records import Raised
from evtui.ui.raise_form.backend_survey import Survey
from evtui.ui.raise_form.draft import Draft
from evtui.ui.raise_form.notes import empty_note, event_note, no_subscribers, wrong_note
from evtui.ui.raise_form.parameter_rows import RowList
from evtui.ui.raise_form.preview import describe_payloads, describe_result, takers_text
from evtui.ui.raise_form.quick_field import QuickField
from evtui.ui.stream.delivery_status import DeliveryStatus, DeliveryStatuses
from evtui.ui.widgets.choice import Choice
from evtui.ui.widgets.event_field import EventField
from evtui.ui.widgets.focus import holds_focus
from evtui.ui.widgets.folded_text import Folded
from evtui.ui.widgets.form_keys import RAISE_KEYS, bindings, hints
from evtui.ui.widgets.update_text import say

NAMED, VALUES = "names and values", "values only"

FOLLOW_SECONDS = 0.25
"""How often a result with queued deliveries is looked at again."""

_PARTS = "#event, #takers, #event-note, #mode, #rows, #line, #problem, #preview, #result"


class Page(Struct, frozen=True):
    """All that the fields show: the draft, what is wrong with its line, and what is known of the backend."""

    draft: Draft = Draft()
    survey: Survey = Survey()
    line_error: BadWordError | None = None

    def problems(self) -> list[str]:
        """List what keeps the draft from being raised."""
        line = [] if self.line_error is None else [f"column {self.line_error.column}: {self.line_error.reason}"]
        return line + [problem.why for problem in self.draft.problems()]


class RaiseSheet(VerticalScroll, can_focus=False):
    """The fields from top to bottom; tab walks through them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(RAISE_KEYS),
        # Priority: these move the cursor before the keys typed behind them are given to the field that has it.
        Binding("tab", "next_field(1)", "next field", show=False, priority=True),
        Binding("shift+tab", "next_field(-1)", "previous field", show=False, priority=True),
        Binding("enter", "enter", "next row", show=False, priority=True),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self.fates = DeliveryStatuses()
        """Where the ends of queued deliveries are written: the console's own."""
        self._followed: tuple[Raised, DeliveryStatus] | None = None
        self._showing = anyio.Lock(fast_acquire=True)
        """Held while rows come and go: keys and news show pages from different tasks, and the later must stay.

        Taken without a pause, in which more could be typed that the page does not know."""

    def compose(self) -> ComposeResult:
        """Lay out the fields from top to bottom."""
        with Horizontal(classes="field"):
            yield Label("Event", classes="label")
            yield EventField(id="event")
            yield Static("", id="takers", markup=False)
        yield Static("", id="event-note", classes="note", markup=False)
        with Horizontal(classes="field"):
            yield Label("Send", classes="label")
            yield Choice((NAMED, VALUES), NAMED, id="mode")
        yield RowList(id="rows")
        with Horizontal(classes="field", id="line-field"):
            yield Label("Line", classes="label")
            yield QuickField(id="line")
        yield Static("", id="problem", classes="note", markup=False)
        yield Folded(id="preview")
        yield Static("", id="result", markup=False)
        yield Static(hints(RAISE_KEYS), id="hints", markup=False)

    async def show(self, page: Page, *, keep_line: bool = False) -> None:
        """Show a page; `keep_line` leaves the quick line to whoever is typing in it."""
        async with self._showing:
            await self._show(page, keep_line=keep_line)

    async def _show(self, page: Page, *, keep_line: bool) -> None:
        draft = page.draft
        state = page.survey.event(draft.event)
        documented = {one.name: one.description for one in state.event.parameters} if state else {}
        await self.query_one(RowList).show(draft, draft.problems(), documented)
        if not self.is_whole:
            return
        if not keep_line and page.line_error is None:
            self.query_one(QuickField).set_line(draft.line())
        self.query_one("#mode", Choice).value = NAMED if draft.named else VALUES
        self.show_notes(page)

    def show_notes(self, page: Page) -> None:
        """Show what follows from a page: the notes, what is wrong, the bytes."""
        if not self.is_whole:
            return
        survey, problems = page.survey, page.problems()
        takers = takers_text(len(survey.subscriptions)) if survey.event(page.draft.event) else ""
        colour = "$success" if survey.subscriptions else "$foreground 60%"
        say(self.query_one("#takers", Static), Content.styled(takers, colour))
        say(self.query_one("#event-note", Static), event_note(page.draft.event, survey))
        self.query_one(QuickField).set_class(page.line_error is not None, "wrong")
        note = self.query_one("#problem", Static)
        note.display = bool(problems)
        say(note, Content.styled(display_safe(problems[0], 300) if problems else "", "$error"))
        self.query_one(Folded).show(_preview(page))

    def tell(self, what: Content) -> None:
        """Show what became of a raise, or why there was none."""
        self._followed = None
        if not self.is_whole:
            return
        result = self.query_one("#result", Static)
        result.update(what)
        self.call_after_refresh(result.scroll_visible, animate=False)

    def tell_result(self, record: Raised) -> None:
        """Show what each subscriber got, and how the queued deliveries end, until all of them have."""
        fate = self.fates.of(record)
        self.tell(
            describe_result(record, self.content_size.width, fate) if record.subscribers else no_subscribers(record)
        )
        if fate is not None:
            self._followed = record, fate

    @on(Mount)
    def _begin_to_follow(self) -> None:
        self.set_interval(FOLLOW_SECONDS, self._follow_result)

    def _follow_result(self) -> None:
        if self._followed is None or not self.is_whole:
            return
        record, fate = self._followed
        say(self.query_one("#result", Static), describe_result(record, self.content_size.width, fate))
        if not fate.open:
            self._followed = None

    @property
    def is_whole(self) -> bool:
        """Say whether all fields are there: while the app closes they go one by one."""
        return len(self.query(_PARTS)) == len(_PARTS.split(","))

    def action_next_field(self, step: int) -> None:
        """Go to the next field of the form; past its ends the key is the screen's."""
        self.query_one(EventField).take()
        fields = [widget for widget in self.screen.focus_chain if self in widget.ancestors]
        focused = self.screen.focused
        place = fields.index(focused) + step if focused in fields else 0
        if not 0 <= place < len(fields):
            raise SkipAction
        self.screen.set_focus(fields[place])

    def action_enter(self) -> None:
        """Take the marked name, or go on to the rows, or to the next of them; elsewhere the key is the field's own."""
        event, rows = self.query_one(EventField), self.query_one(RowList)
        if holds_focus(event):
            if not event.take():
                rows.focus_cell(0, "value" if rows.rows() else "name")
        elif holds_focus(rows):
            rows.action_walk(1)
        else:
            raise SkipAction

    def action_go_to_line(self) -> None:
        """Go to the quick line."""
        # At once: `Widget.focus` would let the keys typed behind this one go to the old field.
        self.screen.set_focus(self.query_one(QuickField))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Keep the field with the cursor in sight."""
        event.widget.scroll_visible(animate=False)


def _preview(page: Page) -> Content:
    if page.problems():
        return wrong_note()
    draft = page.draft
    return describe_payloads(draft.event, draft.params(), page.survey.subscriptions) if draft.event else empty_note()
