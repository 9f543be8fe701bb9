"""The form that raises an event by hand: its parameters, the bytes before, and each subscriber's result after.

The form holds the draft and acts: it edits the draft, asks the backend, and raises. `RaiseFields` shows the draft and
tells what is typed.
"""

from functools import partial
from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Input
from textual.worker import Worker

from evtui.codecs.display_text import display_safe
from evtui.codecs.quickline import BadWordError
from evtui.core.errors import EvtuiError, UnknownEventError
from evtui.core.fleet_port import ServerRequests
from evtui.core.ports import Backend
from evtui.core.records import Raised
from evtui.core.values import Params
from evtui.ui.fleet.each_server import ask_each
from evtui.ui.forms.raising.draft_history import DraftHistory
from evtui.ui.forms.raising.focus import holds_focus
from evtui.ui.forms.raising.form_dialogs import DraftPicked, FormDialogs
from evtui.ui.forms.raising.form_tools import FormTools
from evtui.ui.forms.raising.parameter_rows import RowEditor
from evtui.ui.forms.raising.quick_field import QuickField
from evtui.ui.forms.raising.raise_draft import RaiseDraft
from evtui.ui.forms.raising.raise_fields import NAMED, RaiseFields, RaisePage
from evtui.ui.forms.raising.raise_notes import event_note, server_silent
from evtui.ui.forms.raising.snapshot_reader import SnapshotReader
from evtui.ui.messages import EventRaised, Notice
from evtui.ui.state.backend_snapshot import BackendSnapshot
from evtui.ui.stream.delivery_status import DeliveryTracker
from evtui.ui.widgets.choice import ChoiceField
from evtui.ui.widgets.event_field import EventField
from evtui.ui.widgets.form_keys import RAISE_KEYS, bindings
from evtui.ui.widgets.workers import finish_workers, start_worker

SNAPSHOT_SECONDS = 1.0
"""Between two questions to the backend for the catalogue and the subscribers, while the form is shown."""


class RaiseForm(Container, can_focus=False):
    """Write an event and its parameters, see the bytes, raise it, see what each subscriber got."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(RAISE_KEYS)]

    def __init__(
        self, backend: Backend, tools: FormTools, deliveries: DeliveryTracker | None = None, *,
        id: str | None = None, classes: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:  # fmt: skip
        """Take what the form uses; `deliveries` is where the stream writes the status of queued deliveries."""
        super().__init__(id=id, classes=classes)
        self.fields = RaiseFields(DeliveryTracker() if deliveries is None else deliveries)
        self.was_loaded = False
        """Whether `load` was ever called."""
        self._backend = backend
        self.tools = tools
        self._dialogs = FormDialogs(self, backend, tools, tell=self.fields.tell, subscribed=self.refresh_snapshot)
        self._page = RaisePage()
        self._is_edited = False
        """Whether a person wrote the rows. Rows that the form filled in are replaced when the event changes."""
        self._filled_for = ""
        self._focus_when_filled = False
        self._history = DraftHistory()
        self._sending: Worker[None] | None = None
        self._snapshots = SnapshotReader(self, backend, lambda: self._page, self._show_snapshot)

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        yield self.fields

    async def on_mount(self) -> None:
        """Show the empty draft and begin to ask the backend."""
        await self.fields.show(self._page)
        self.refresh_snapshot()
        start_worker(self, self._read_history, "history")
        self.set_interval(SNAPSHOT_SECONDS, self._refresh_snapshot_when_shown)

    async def on_unmount(self) -> None:
        """Wait until the workers have ended, which Textual only cancels."""
        await finish_workers(self)

    def load(self, event: str | None, params: Params | None) -> None:
        """Take an event and its parameters into the form; what was typed before stays in the history.

        Without either the form stays as it is. An event without parameters is filled from its last notification or its
        documentation.
        """
        self.was_loaded = True
        if event is None or (params is None and event == self._draft.event):
            return
        if self._is_edited:
            self._history.add(self._draft)
        self._is_edited = params is not None
        self._filled_for = ""
        if event != self._draft.event:
            self.fields.forget_result()
        draft = RaiseDraft(event) if params is None else RaiseDraft(event).filled(params)
        self._page = replace(self._page, draft=draft)
        self.call_later(self._take_draft, draft)

    def focus_form(self) -> None:
        """Go to the first field to fill in: the event, or the first value, also when the rows are still to come."""
        if not self._draft.event:
            self.fields.event.focus_input()
        else:
            self._focus_when_filled = not self._draft.rows
            self.fields.rows.focus_cell(0, "value" if self._draft.rows else "name")

    @property
    def _draft(self) -> RaiseDraft:
        return self._page.draft

    # What the keys do

    def action_send(self) -> None:
        """Raise the event, unless something is wrong; then go there."""
        if self._sending is not None and not self._sending.is_finished:
            return self.fields.tell(Content.styled("still sending: the backend has not answered yet", "$warning"))
        refusal = self._page.backend.refusal()
        if refusal is not None:
            return self.fields.tell(Content.styled(display_safe(refusal), "$error"))
        self._page = self.fields.read_page(self._page)
        self.fields.show_notes(self._page)
        if not self._draft.event:
            self.fields.event.focus_input()
            return self.fields.tell(Content.styled("which event? type its name", "$warning"))
        if self._page.line_error is not None:
            return self.fields.focus_line()
        for problem in self._draft.problems():
            return self.fields.rows.focus_cell(problem.row, problem.cell)
        self.fields.tell(Content.styled("sending …", "$foreground 60%"))
        self._sending = start_worker(self, partial(self._send, self._draft), "send")
        return None

    def action_go_to_line(self) -> None:
        """Go to the quick line."""
        self.fields.focus_line()

    async def action_toggle_names(self) -> None:
        """Send names and values, or only the values."""
        await self._edit(replace(self._draft, named=not self._draft.named))

    async def action_remove_row(self) -> None:
        """Remove the row with the cursor."""
        editor = self.fields.rows.current()
        if editor is not None:
            await self._remove_row(editor.place)

    async def action_clear_rows(self) -> None:
        """Remove all rows; when there are none, fill them in again."""
        if self._draft.rows:
            await self._edit(replace(self._draft, rows=()))
        else:
            self._is_edited, self._filled_for = False, ""
            self.refresh_snapshot()

    async def action_move_row(self, step: int) -> None:
        """Move the row with the cursor; the cursor goes with it."""
        rows = self.fields.rows
        editor = rows.current()
        if editor is None or not 0 <= editor.place + step < len(self._draft.rows):
            return
        place, cell = editor.place, editor.focused_cell()
        await self._edit(self._draft.with_row_moved(place, step))
        rows.focus_cell(place + step, cell)

    def action_open(self, dialog: str) -> None:
        """Open a dialog, with the form as it stands now."""
        self._page = self.fields.read_page(self._page)
        self._dialogs.open(dialog, self._draft, self._history.newest_first(), self._page.backend.refusal())

    @on(DraftPicked)
    async def _draft_picked(self, event: DraftPicked) -> None:
        event.stop()
        if self._is_edited:
            self._history.add(self._draft)
        self._is_edited = True
        await self._take_draft(event.draft)

    # What the fields tell

    @on(EventField.Changed)
    async def _event_changed(self, event: EventField.Changed) -> None:
        event.stop()
        self._is_edited = self._is_edited and bool(self._draft.rows)
        if event.name != self._draft.event:
            self.fields.forget_result()
        draft = replace(self._draft, event=event.name)
        if not self._is_edited and self._page.backend.event(event.name) is None:
            draft, self._filled_for = replace(draft, rows=()), ""
        self._page = replace(self._page, draft=draft)
        self._history.rest()
        await self.fields.show(self._page)
        self.refresh_snapshot()

    @on(RowEditor.Edited)
    async def _row_edited(self, event: RowEditor.Edited) -> None:
        event.stop()
        event.take()
        await self._edit(self._draft.with_row(event.place, event.row))

    @on(RowEditor.Removed)
    async def _row_removed(self, event: RowEditor.Removed) -> None:
        event.stop()
        await self._remove_row(event.place)

    @on(ChoiceField.Changed, "#mode")
    async def _mode_changed(self, event: ChoiceField.Changed) -> None:
        event.stop()
        await self._edit(replace(self._draft, named=event.value == NAMED))

    @on(Input.Changed, "#line")
    async def _line_changed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            draft = self._draft.with_line(event.value)
        except BadWordError as error:
            self._page = replace(self._page, line_error=error)
            self.fields.show_notes(self._page)
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
            self._is_edited = True
            await self._take_draft(draft)

    # How the draft changes

    async def _edit(self, draft: RaiseDraft, *, from_line: bool = False) -> None:
        self._is_edited = True
        self._history.rest()
        await self._set_draft(draft, from_line=from_line)

    async def _take_draft(self, draft: RaiseDraft) -> None:
        """Show another draft, with another event."""
        self.fields.event.value = draft.event
        await self._set_draft(draft)
        self.refresh_snapshot()

    async def _remove_row(self, place: int) -> None:
        rows = self.fields.rows
        had_focus = holds_focus(rows)
        await self._edit(self._draft.without_row(place))
        if had_focus:
            rows.focus_cell(place, "value" if self._draft.rows[place:] else "name")

    async def _prefill(self) -> None:
        """Fill rows that were not edited from the event's last notification, else from its documentation.

        Only after the backend was asked again: what was known before may be older than the last notification.
        """
        state = self._page.backend.event(self._draft.event)
        if state is None or self._is_edited or self._filled_for == state.event.name:
            return
        self._filled_for = state.event.name
        last = state.last_params
        await self._set_draft(self._draft.filled(last) if last else self._draft.documented(state.event))
        rows = self.fields.rows
        if self._focus_when_filled and self._draft.rows and holds_focus(rows):
            rows.focus_cell(0, "value")
        self._focus_when_filled = False

    async def _set_draft(self, draft: RaiseDraft, *, from_line: bool = False) -> None:
        self._page = replace(self._page, draft=draft, line_error=None)
        await self.fields.show(self._page, keep_line=from_line)

    # What the backend says

    def refresh_snapshot(self) -> None:
        """Ask the backend again for the catalogue and the subscribers of the event."""
        self._snapshots.refresh()

    def _refresh_snapshot_when_shown(self) -> None:
        if self.is_on_screen and not self._snapshots.is_asking:
            self.refresh_snapshot()

    async def _show_snapshot(self, event: str, snapshot: BackendSnapshot) -> None:
        if event != self._draft.event or not self.fields.is_whole:
            return
        self._page = replace(self._page, backend=snapshot)
        self.fields.event.set_events(snapshot.events)
        await self._prefill()
        self.fields.show_notes(self._page)

    async def _send(self, draft: RaiseDraft) -> None:
        params = draft.params(self.tools.sample())
        results = await ask_each(self._backend, self.fields.servers.server, partial(_raise, draft.event, params))
        if results is not None:
            self.fields.tell_results(results)
            return await self._keep(draft)
        try:
            record = await self._backend.raise_event(draft.event, params)
        except UnknownEventError:
            return self.fields.tell(event_note(draft.event, self._page.backend))
        except EvtuiError as error:
            return self.fields.tell(Content.styled(display_safe(f"not raised: {error}", 400), "$error"))
        if record is None:
            alone = self._page.backend.has_only_viewers(draft.event)
            self.fields.tell(server_silent(self.tools.wall(), alone=alone))
        else:
            self.fields.tell_result(record)
            self.post_message(EventRaised(record))
        return await self._keep(draft)

    async def _keep(self, draft: RaiseDraft) -> None:
        self._history.add(draft)
        self.refresh_snapshot()
        self._warn(await self.tools.keep(draft))

    async def _read_history(self) -> None:
        earlier, trouble = await self.tools.read_history()
        self._history.begin_with(earlier)
        self._warn(trouble)

    def _warn(self, trouble: str) -> None:
        if trouble:
            self.post_message(Notice(display_safe(trouble, 300), bad=True))


async def _raise(event: str, params: Params, requests: ServerRequests) -> Raised | None:
    return await requests.raise_event(event, params)
