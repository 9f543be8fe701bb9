"""The form that raises an event by hand: rows, quick line, the bytes before and each subscriber's result after."""

from functools import partial

from msgspec.structs import replace
from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import Input
from textual.worker import Worker

from evtui.codecs.display_text import display_safe
from evtui.codecs.quickline import BadWordError, parse_line
from evtui.core.errors import EvtuiError, UnknownEventError
from evtui.core.ports import Backend, Clock
from evtui.core.records import Raised
from evtui.core.values import Params
from evtui.ui.raise_form.backend_survey import Survey, ask
from evtui.ui.raise_form.draft import Draft
from evtui.ui.raise_form.form_fields import NAMED, Page, RaiseSheet
from evtui.ui.raise_form.history import History
from evtui.ui.raise_form.notes import event_note, server_silent
from evtui.ui.raise_form.parameter_rows import MAX_ROWS, RowEditor, RowList
from evtui.ui.raise_form.quick_field import QuickField
from evtui.ui.subscribe_form.subscribe_dialog import SubscribeDialog
from evtui.ui.widgets.choice import Choice
from evtui.ui.widgets.event_field import EventField
from evtui.ui.widgets.focus import holds_focus
from evtui.ui.widgets.workers import finish, start

SURVEY_SECONDS = 1.0
"""How often the catalogue and the subscribers are asked for while the form is shown."""


class RaiseForm(RaiseSheet, can_focus=False):
    """Write an event and its parameters, see the bytes, raise it, see what each subscriber got."""

    class Raised(Message):
        """An event was raised here."""

        def __init__(self, record: Raised) -> None:
            super().__init__()
            self.record = record

    def __init__(self, backend: Backend, wall: Clock, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self._backend = backend
        self._wall = wall
        self._draft = Draft()
        self._touched = False
        """Whether a person wrote the rows; what was filled in gives way to another event's."""
        self._filled_for = ""
        self._focus_when_filled = False
        self._history = History()
        self._survey = Survey()
        self._sending: Worker[None] | None = None
        self._line_error: BadWordError | None = None
        self.border_title = "4 Raise"

    async def on_mount(self) -> None:
        """Show the empty draft and begin to ask the backend."""
        await self.show(self._page())
        self._look_around()
        self.set_interval(SURVEY_SECONDS, self._look_around_when_shown)

    async def on_unmount(self) -> None:
        """Wait for what is under way, which Textual only cancels."""
        await finish(self)

    def load(self, event: str | None, params: Params | None) -> None:
        """Take an event, and parameters if there are any, into the form; what was typed before stays in the history.

        Without either the form stays as it is. An event without parameters is filled from its last notification or
        its documentation.
        """
        if event is None or (params is None and event == self._draft.event):
            return
        if self._touched:
            self._history.add(self._draft)
        self._touched = params is not None
        self._filled_for = ""
        self._draft = draft = Draft(event) if params is None else Draft(event).filled(params)
        self.call_later(self._take_draft, draft)

    def focus_form(self) -> None:
        """Go to the first field that wants attention: the event, or the first value, even when it is yet to come."""
        if not self._draft.event:
            self.query_one(EventField).focus_input()
        else:
            self._focus_when_filled = not self._draft.rows
            self.query_one(RowList).focus_cell(0, "value" if self._draft.rows else "name")

    # What a person does

    def action_send(self) -> None:
        """Raise the event, unless something is wrong; then go there."""
        if self._sending is not None and not self._sending.is_finished:
            return self.tell(Content.styled("still sending: the backend has not answered yet", "$warning"))
        refusal = self._survey.refusal()
        if refusal is not None:
            return self.tell(Content.styled(display_safe(refusal), "$error"))
        self._gather()
        if not self._draft.event:
            self.query_one(EventField).focus_input()
            return self.tell(Content.styled("which event? type its name", "$warning"))
        if self._line_error is not None:
            self.screen.set_focus(self.query_one(QuickField))
            return None
        for problem in self._draft.problems():
            self.query_one(RowList).focus_cell(problem.row, problem.cell)
            return None
        self.tell(Content.styled("sending …", "$foreground 60%"))
        self._sending = start(self, partial(self._send, self._draft), "send")
        return None

    async def action_toggle_names(self) -> None:
        """Send names and values, or only the values."""
        await self._edit(replace(self._draft, named=not self._draft.named))

    async def action_remove_row(self) -> None:
        """Remove the row with the cursor."""
        editor = self.query_one(RowList).current()
        if editor is not None:
            await self._remove(editor.place)

    async def action_clear_rows(self) -> None:
        """Remove all rows; when there are none, bring back those of the catalogue."""
        if self._draft.rows:
            await self._edit(replace(self._draft, rows=()))
        else:
            self._touched, self._filled_for = False, ""
            self._look_around()

    async def action_move_row(self, step: int) -> None:
        """Move the row with the cursor; the cursor goes with it."""
        rows = self.query_one(RowList)
        editor = rows.current()
        if editor is None or not 0 <= editor.place + step < len(self._draft.rows):
            return
        place, cell = editor.place, rows.focused_cell(editor)
        await self._edit(self._draft.with_row_moved(place, step))
        rows.focus_cell(place + step, cell)

    def action_subscribe(self) -> None:
        """Open the dialog that subscribes a socket to this event."""
        if self._survey.refusal() is None:
            dialog = SubscribeDialog(self._backend, self._draft.event or None)
            self.app.push_screen(dialog, self._after_subscribing)  # pyright: ignore[reportUnknownMemberType]

    # What the fields tell

    @on(EventField.Changed)
    async def _event_changed(self, event: EventField.Changed) -> None:
        event.stop()
        self._touched = self._touched and bool(self._draft.rows)
        self._draft = replace(self._draft, event=event.name)
        if not self._touched and self._survey.event(event.name) is None:
            self._draft, self._filled_for = replace(self._draft, rows=()), ""
        self._history.rest()
        await self.show(self._page())
        self._look_around()

    @on(RowEditor.Edited)
    async def _row_edited(self, event: RowEditor.Edited) -> None:
        event.stop()
        await self._edit(self._draft.with_row(event.place, event.row))

    @on(RowEditor.Removed)
    async def _row_removed(self, event: RowEditor.Removed) -> None:
        event.stop()
        await self._remove(event.place)

    @on(Choice.Changed, "#mode")
    async def _mode_changed(self, event: Choice.Changed) -> None:
        event.stop()
        await self._edit(replace(self._draft, named=event.value == NAMED))

    @on(Input.Changed, "#line")
    async def _line_changed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            draft = self._draft.filled(parse_line(event.value))
        except BadWordError as error:
            self._line_error = error
            self.show_notes(self._page())
            return
        await self._edit(draft, from_line=True)

    @on(Input.Submitted, "#line")
    def _line_entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_send()

    @on(QuickField.Walked)
    async def _history_walked(self, event: QuickField.Walked) -> None:
        event.stop()
        draft = self._history.walk(self._draft, event.step)
        if draft is not None:
            self._touched = True
            await self._take_draft(draft)

    # How the draft changes

    def _gather(self) -> None:
        """Take what stands in the fields: the news of the last keys may still be under way."""
        line = self.query_one(QuickField)
        draft = replace(self._draft, event=self.query_one(EventField).value)
        if not holds_focus(line):
            draft = replace(draft, rows=(*self.query_one(RowList).rows(), *draft.rows[MAX_ROWS:]))
        elif line.value != draft.line():
            try:
                draft, self._line_error = draft.filled(parse_line(line.value)), None
            except BadWordError as error:
                self._line_error = error
        self._draft = draft
        self.show_notes(self._page())

    async def _edit(self, draft: Draft, *, from_line: bool = False) -> None:
        self._touched = True
        self._history.rest()
        await self._set_draft(draft, from_line=from_line)

    async def _take_draft(self, draft: Draft) -> None:
        """Show a whole other draft, event and all."""
        self.query_one(EventField).value = draft.event
        await self._set_draft(draft)
        self._look_around()

    async def _remove(self, place: int) -> None:
        rows = self.query_one(RowList)
        had_focus = holds_focus(rows)
        await self._edit(self._draft.without_row(place))
        if had_focus:
            rows.focus_cell(place, "value" if self._draft.rows[place:] else "name")

    async def _prefill(self) -> None:
        """Fill untouched rows from the event's last notification, else from its documentation.

        Only after the backend was asked again: what was known before may be older than the last notification.
        """
        state = self._survey.event(self._draft.event)
        if state is None or self._touched or self._filled_for == state.event.name:
            return
        self._filled_for = state.event.name
        last = state.last_params
        await self._set_draft(self._draft.filled(last) if last else self._draft.documented(state.event))
        rows = self.query_one(RowList)
        if self._focus_when_filled and self._draft.rows and holds_focus(rows):
            rows.focus_cell(0, "value")
        self._focus_when_filled = False

    async def _set_draft(self, draft: Draft, *, from_line: bool = False) -> None:
        self._draft = draft
        self._line_error = None
        await self.show(self._page(), keep_line=from_line)

    def _page(self) -> Page:
        return Page(self._draft, self._survey, self._line_error)

    # What the backend says

    def _look_around_when_shown(self) -> None:
        if self.is_on_screen:
            self._look_around()

    def _look_around(self) -> None:
        start(self, self._take_survey, "survey", renew=True)

    async def _take_survey(self) -> None:
        event = self._draft.event
        # Shown by the form, not here: this work is cancelled at any await, and rows half filled would stay so.
        self.call_later(self._show_survey, event, await ask(self._backend, event, self._survey))

    async def _show_survey(self, event: str, survey: Survey) -> None:
        if event != self._draft.event or not self.is_whole:
            return
        self._survey = survey
        self.query_one(EventField).set_events(self._survey.events)
        await self._prefill()
        self.show_notes(self._page())

    async def _send(self, draft: Draft) -> None:
        try:
            record = await self._backend.raise_event(draft.event, draft.params())
        except UnknownEventError:
            return self.tell(event_note(draft.event, self._survey))
        except EvtuiError as error:
            return self.tell(Content.styled(display_safe(f"not raised: {error}", 400), "$error"))
        self._history.add(draft)
        self._look_around()
        if record is None:
            return self.tell(server_silent(self._wall()))
        self.tell_result(record)
        self.post_message(self.Raised(record))
        return None

    def _after_subscribing(self, made: object) -> None:
        if made is not None:
            self._look_around()
