"""The fields of the raise form: how a draft is shown in them, and what stands in them now.

What a person does reaches the form as the messages of the fields: `EventField.Changed`, `RowEditor.Edited` and
`RowEditor.Removed`, `ChoiceField.Changed` of `#mode`, `Input.Changed` and `Input.Submitted` of `#line`, and
`QuickField.Walked`. The fields change nothing by themselves: the form makes a new page of it and shows that.
"""

from collections.abc import Sequence
from typing import ClassVar

import anyio
from msgspec import Struct
from msgspec.structs import replace
from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus, Mount
from textual.widgets import Input, Label, Static

from evtui.codecs.display_text import display_safe
from evtui.codecs.quickline import BadWordError
from evtui.core.records import Raised
from evtui.ui.fleet.each_server import ServerResult
from evtui.ui.fleet.results_by_server import describe_results
from evtui.ui.fleet.server_choice import ServerChoice
from evtui.ui.forms.raising.focus import holds_focus
from evtui.ui.forms.raising.parameter_rows import MAX_ROWS, RowList
from evtui.ui.forms.raising.preview import describe_payloads, describe_result, subscribers_text
from evtui.ui.forms.raising.quick_field import QuickField
from evtui.ui.forms.raising.raise_draft import RaiseDraft
from evtui.ui.forms.raising.raise_notes import empty_note, event_note, example_note, no_subscribers, wrong_note
from evtui.ui.state.backend_snapshot import BackendSnapshot
from evtui.ui.stream.delivery_status import DeliveryTracker, QueuedDeliveries
from evtui.ui.widgets.choice import ChoiceField
from evtui.ui.widgets.event_field import EventField
from evtui.ui.widgets.folded_text import FoldedText, KeyHints
from evtui.ui.widgets.form_keys import RAISE_KEYS
from evtui.ui.widgets.static_text import update_static

NAMED, VALUES = "names and values", "values only"

FOLLOW_SECONDS = 0.25
"""Between two updates of a result whose queued deliveries are not all settled."""


class RaisePage(Struct, frozen=True):
    """All that the fields show: the draft, what is wrong with its quick line, and what is known of the backend."""

    draft: RaiseDraft = RaiseDraft()
    backend: BackendSnapshot = BackendSnapshot()
    line_error: BadWordError | None = None

    def problems(self) -> list[str]:
        """List what keeps the draft from being raised."""
        line = [] if self.line_error is None else [f"column {self.line_error.column}: {self.line_error.reason}"]
        return line + [problem.why for problem in self.draft.problems()]


class RaiseFields(VerticalScroll, can_focus=False):
    """The fields from top to bottom; tab goes through them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority: these move the cursor before the keys that are typed next are given to the field that has it.
        Binding("tab", "next_field(1)", "next field", show=False, priority=True),
        Binding("shift+tab", "next_field(-1)", "previous field", show=False, priority=True),
        Binding("enter", "enter", "next row", show=False, priority=True),
    ]

    def __init__(self, deliveries: DeliveryTracker) -> None:
        """Take where the status of queued deliveries is written: the one of the stream."""
        super().__init__()
        # Kept, not looked for: a search among the editors of many rows takes longer than all else that a key leads to.
        self.event = EventField(id="event")
        self.rows = RowList(id="rows")
        self.line = QuickField(id="line")
        self._subscriber_count = Static("", id="subscriber-count", markup=False)
        self._event_note = Static("", id="event-note", classes="note", markup=False)
        self.servers = ServerChoice()
        self._mode = ChoiceField((NAMED, VALUES), NAMED, id="mode")
        self._problem = Static("", id="problem", classes="note", markup=False)
        self._preview = FoldedText(id="preview")
        self._result = Static("", id="result", markup=False)
        self._deliveries = deliveries
        self._followed: tuple[Raised, QueuedDeliveries] | None = None
        self._showing = anyio.Lock(fast_acquire=True)
        """Held while editors of rows are added or removed: two tasks may show pages, and the later page must stay.

        Acquired without a pause. During a pause more could be typed that the page does not contain."""

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        with Horizontal(classes="field"):
            yield Label("Event", classes="label")
            yield self.event
            yield self._subscriber_count
        yield self._event_note
        yield self.servers
        with Horizontal(classes="field"):
            yield Label("Send", classes="label")
            yield self._mode
        yield self.rows
        with Horizontal(classes="field", id="line-field"):
            yield Label("Line", classes="label")
            yield self.line
        yield self._problem
        yield self._preview
        yield self._result
        yield KeyHints(RAISE_KEYS, id="hints")

    @property
    def is_whole(self) -> bool:
        """Say whether all fields are there: while the app closes they are removed one by one."""
        return all(
            part.is_attached
            for part in (
                self.event, self.rows, self.line, self._subscriber_count, self._event_note, self._mode, self._problem,
                self.servers, self._preview, self._result,
            )
        )  # fmt: skip

    # What is shown

    async def show(self, page: RaisePage, *, keep_line: bool = False) -> None:
        """Show a page; `keep_line` leaves the quick line as it is, because it is being typed in."""
        async with self._showing:
            draft, state = page.draft, page.backend.event(page.draft.event)
            documented = {one.name: one.description for one in state.event.parameters} if state else {}
            if self.is_whole:
                await self.rows.show(draft, draft.problems(), documented)
            if not self.is_whole:  # the app began to close
                return
            if not keep_line and page.line_error is None:
                self.line.set_line(draft.line())
            self._mode.value = NAMED if draft.named else VALUES
            self.show_notes(page)

    def show_notes(self, page: RaisePage) -> None:
        """Show what follows from a page: the notes, what is wrong, the bytes."""
        if not self.is_whole:
            return
        backend, problems = page.backend, page.problems()
        self.servers.offer(backend.status.servers)
        number = subscribers_text(len(backend.subscriptions)) if backend.event(page.draft.event) else ""
        colour = "$success" if backend.subscriptions else "$foreground 60%"
        update_static(self._subscriber_count, Content.styled(number, colour))
        update_static(self._event_note, event_note(page.draft.event, backend))
        self.line.set_class(page.line_error is not None, "wrong")
        note = self._problem
        note.display = bool(problems)
        update_static(note, Content.styled(display_safe(problems[0], 300) if problems else "", "$error"))
        self._preview.show(_preview(page))

    def tell(self, what: Content) -> None:
        """Show what a raise led to, or why there was none."""
        self._followed = None
        if not self.is_whole:
            return
        self._result.update(what)
        self.call_after_refresh(self._result.scroll_visible, animate=False)

    def forget_result(self) -> None:
        """Show no result any more: it is of another event."""
        self._followed = None
        if self.is_whole:
            self._result.update("")

    def tell_result(self, record: Raised) -> None:
        """Show the result of each subscriber, and update it until all queued deliveries are settled."""
        queued = self._deliveries.of(record)
        self.tell(
            describe_result(record, self.content_size.width, queued) if record.subscribers else no_subscribers(record)
        )
        if queued is not None:
            self._followed = record, queued

    def tell_results(self, results: Sequence[ServerResult[Raised | None]]) -> None:
        """Show what became of a raise at each server of a fleet; of one, as for one server."""
        if len(results) == 1 and (record := results[0].answer) is not None:
            self.tell_result(record)
        else:
            self.tell(describe_results(results, self.content_size.width))

    @on(Mount)
    def _begin_to_follow(self) -> None:
        self.set_interval(FOLLOW_SECONDS, self._follow_result)

    def _follow_result(self) -> None:
        if self._followed is None or not self.is_whole:
            return
        record, queued = self._followed
        update_static(self._result, describe_result(record, self.content_size.width, queued))
        if not queued.open:
            self._followed = None

    # What stands in the fields

    def read_page(self, page: RaisePage) -> RaisePage:
        """Return a page with what stands in the fields: messages about the last keys may still be on their way."""
        draft, line_error = replace(page.draft, event=self.event.value), page.line_error
        if not holds_focus(self.line):
            draft = replace(draft, rows=(*self.rows.rows(), *draft.rows[MAX_ROWS:]))
        elif self.line.value != draft.line():
            try:
                draft, line_error = draft.with_line(self.line.value), None
            except BadWordError as error:
                line_error = error
        return replace(page, draft=draft, line_error=line_error)

    # Where the cursor goes

    def focus_line(self) -> None:
        """Go to the quick line, behind a blank when it holds words: what is typed next is one more."""
        text = self.line.value
        if text and not text.endswith(" "):
            with self.line.prevent(Input.Changed):
                self.line.value = f"{text} "
        self.line.cursor_position = len(self.line.value)
        # At once: `Widget.focus` would let the keys that are typed next go to the old field.
        self.screen.set_focus(self.line)

    def action_next_field(self, step: int) -> None:
        """Go to the next field of the form; at its ends the screen handles the key."""
        self.event.take()
        fields = [widget for widget in self.screen.focus_chain if self in widget.ancestors]
        focused = self.screen.focused
        place = fields.index(focused) + step if focused in fields else 0
        if not 0 <= place < len(fields):
            raise SkipAction
        self.screen.set_focus(fields[place])

    def action_enter(self) -> None:
        """Take the marked name and go to the rows, or go to the next row; in other fields they handle the key."""
        if holds_focus(self.event):
            if not self.event.take():
                self.rows.focus_cell(0, "value" if self.rows.rows() else "name")
        elif holds_focus(self.rows):
            self.rows.action_walk(1)
        else:
            raise SkipAction

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Keep the field with the cursor visible."""
        event.widget.scroll_visible(animate=False)


def _preview(page: RaisePage) -> Content:
    if page.problems():
        return wrong_note()
    draft = page.draft
    if not draft.event:
        return empty_note()
    raises_as = page.backend.status.raises_as
    payloads = describe_payloads(draft.event, draft.params(), page.backend.subscriptions, raises_as)
    return Content.assemble(payloads, "\n", example_note()) if draft.has_placeholders else payloads
