"""The dialog that subscribes a socket to an event or a wildcard; it checks the fields during typing."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, TypeAlias

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from evtui.codecs.display_text import display_safe
from evtui.codecs.quickline import escape_name, unescape_name
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend
from evtui.core.transport import TransportInfo
from evtui.core.values import DEFAULT_EXPIRE, Subscription
from evtui.ui.fleet.each_server import subscribe_each
from evtui.ui.fleet.server_choice import ServerChoice
from evtui.ui.forms.subscribing.event_results import EventResults
from evtui.ui.forms.subscribing.socket_parts import PartHighlighter, locate
from evtui.ui.forms.subscribing.subscription_draft import (
    DEFAULT_PAYLOAD,
    DialogField,
    FieldNote,
    NoteTone,
    check_events,
    check_expire,
    check_socket_text,
    hint,
    note_of_error,
    payload_of,
    payloads_of,
    read_expire,
    split_events,
    with_payload,
    wrong,
)
from evtui.ui.forms.subscribing.transport_entries import transport_entry
from evtui.ui.state.backend_snapshot import BackendSnapshot, take_snapshot
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.widgets.choice import ChoiceField
from evtui.ui.widgets.event_field import EventField
from evtui.ui.widgets.form_keys import FIELD_KEYS, SUBSCRIBE_KEYS, bindings
from evtui.ui.widgets.safe_input import SafeInput
from evtui.ui.widgets.static_text import update_static
from evtui.ui.widgets.workers import finish_workers, start_worker

CHECK_SECONDS = 0.15
"""Seconds without a key after which the fields are checked."""

MadeSubscriptions: TypeAlias = tuple[Subscription, ...]

_TONES: Mapping[NoteTone, str] = MappingProxyType({NoteTone.HINT: "$foreground 60%", NoteTone.WRONG: "$error"})


class SubscribeDialog(ModalScreen[MadeSubscriptions | None], DismissedOnce[MadeSubscriptions | None]):
    """Event, socket and expiry; closes with the subscriptions that were made, or None when it was cancelled."""

    SUBJECT = "Subscribe"
    HELP_KEYS = (*SUBSCRIBE_KEYS, *FIELD_KEYS)
    AUTO_FOCUS = ""  # none: None would be that of the app, the first widget there is
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-tall")]  # noqa: RUF012 - Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(SUBSCRIBE_KEYS),
        # Priority: these act before the keys that are typed next are given to the field that has the cursor.
        Binding("tab", "next_field(1)", "next field", show=False, priority=True),
        Binding("shift+tab", "next_field(-1)", "previous field", show=False, priority=True),
        Binding("enter", "enter", "subscribe", show=False, priority=True),
    ]

    def __init__(self, backend: Backend, event: str | None = None, socket: str | None = None) -> None:
        super().__init__()
        self._backend = backend
        self._event = event or ""
        self._socket = socket or ""
        self._snapshot = BackendSnapshot()
        self._pointer = PartHighlighter()
        self._described = ""
        """The scheme whose description and options are listed."""
        self._check_timer: Timer | None = None
        self._is_subscribing = False
        self._made: list[Subscription] = []
        """What was subscribed so far: of several events some may be refused."""
        self._checked = ("", "", "")
        """The content of the fields at the last check. The backend's answer to it stays shown until they change."""

    def compose(self) -> ComposeResult:
        """Lay out the fields, each with its note, and the transports."""
        with VerticalScroll(id="subscribe", can_focus=False) as sheet:
            sheet.border_title = "Subscribe"
            with Horizontal(classes="field"):
                yield Label("Event", classes="label")
                yield EventField(self._event, several=True, id="event")
            yield Static("", id="event-note", classes="note", markup=False)
            yield Static("", id="results", markup=False)
            yield ServerChoice()
            with Horizontal(classes="field"):
                yield Label("Socket", classes="label")
                yield SafeInput(
                    escape_name(self._socket), id="socket", compact=True, placeholder="udp:127.0.0.1:9000",
                    highlighter=self._pointer,
                )  # fmt: skip
            yield Static("", id="socket-note", classes="note", markup=False)
            with Horizontal(classes="field"):
                yield Label("Expire", classes="label")
                yield SafeInput(str(DEFAULT_EXPIRE), id="expire", compact=True, placeholder="never", max_length=20)
            yield Static("", id="expire-note", classes="note", markup=False)
            with Horizontal(classes="field", id="payload-field"):
                yield Label("Payload", classes="label")
                yield ChoiceField((DEFAULT_PAYLOAD,), DEFAULT_PAYLOAD, id="payload")
            yield OptionList(id="transports", compact=True, markup=False)
            yield Static("", id="whole-note", classes="note", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Subscribe  enter", id="submit", variant="primary", compact=True)
                yield Button("Cancel  esc", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Go to the first empty field, and ask the backend for its events and transports."""
        self.set_focus(self.query_one("#socket" if self._event else "EventField Input"))
        self._show_transports(())
        self._check_fields()
        start_worker(self, self._take_snapshot, "snapshot")

    async def on_unmount(self) -> None:
        """Wait until the workers have ended, which Textual only cancels."""
        await finish_workers(self)

    @property
    def is_busy(self) -> bool:
        """Say whether the backend is being asked to subscribe: when it does, the dialog closes."""
        return self._is_subscribing

    # What the keys do

    def action_submit(self) -> None:
        """Subscribe, unless a field is wrong; then go there."""
        if self._is_subscribing:
            return None
        missing = self._missing()
        self._check_fields()
        if missing is not None:
            field, what = missing
            self._note(field, wrong(what))
            return self._focus(field)
        self._is_subscribing = True
        self._note(DialogField.WHOLE, hint("waiting for the backend …"))
        start_worker(self, self._subscribe, "subscribe")
        return None

    def action_cancel(self) -> None:
        """Close without subscribing; what was subscribed of several events stays."""
        self.dismiss(tuple(self._made) or None)

    def action_enter(self) -> None:
        """Take the marked name, or subscribe; a button and the list of transports handle the key themselves."""
        if isinstance(self.focused, Button | OptionList):
            raise SkipAction
        if not self.query_one(EventField).take():
            self.action_submit()

    def action_next_field(self, step: int) -> None:
        """Take the marked name and go to the next field."""
        self.query_one(EventField).take()
        if step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    @on(Button.Pressed, "#submit")
    def _submitted(self) -> None:
        self.action_submit()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_cancel()

    @on(EventField.Changed)
    @on(Input.Changed)
    def _typed(self) -> None:
        if self._fields() == self._checked:
            return
        if self._check_timer is not None:
            self._check_timer.stop()
        self._check_timer = self.set_timer(CHECK_SECONDS, self._check_fields)

    @on(ChoiceField.Changed, "#payload")
    def _payload_chosen(self, event: ChoiceField.Changed) -> None:
        self._set_socket(with_payload(self._socket_text(), event.value))
        self._check_fields()

    @on(OptionList.OptionSelected, "#transports")
    def _transport_taken(self, event: OptionList.OptionSelected) -> None:
        self._set_socket(self._snapshot.status.transports[event.option_index].example)
        self.query_one("#socket", Input).focus()
        self._check_fields()

    # What the fields say

    def _check_fields(self) -> None:
        if self._check_timer is not None:  # it would take away what the backend answers to these fields
            self._check_timer.stop()
        self._checked = self._fields()
        socket, transports = self._socket_text(), self._snapshot.status.transports
        self._note(DialogField.EVENT, check_events(self.query_one(EventField).value, self._snapshot.events))
        self._note(DialogField.SOCKET, check_socket_text(socket, transports, self._snapshot.status.schemes))
        self._note(DialogField.EXPIRE, check_expire(self.query_one("#expire", Input).value))
        self._note(DialogField.WHOLE, wrong(self._snapshot.error) if self._snapshot.error else hint(""))
        words = payloads_of(socket, transports)
        self.query_one("#payload-field").display = bool(words)
        self.query_one("#payload", ChoiceField).offer((DEFAULT_PAYLOAD, *words), payload_of(socket))
        self._mark_transport(socket.partition(":")[0])

    def _missing(self) -> tuple[DialogField, str] | None:
        """Find the first field with which nothing can be subscribed."""
        if not self.query_one(EventField).value:
            return DialogField.EVENT, "which event? a name, a wildcard as E_PIKE_*, or several"
        socket = self._socket_text()
        status = self._snapshot.status
        checked = check_socket_text(socket, status.transports, status.schemes)
        if not socket or ":" not in socket or checked.tone is NoteTone.WRONG or "missing" in checked.text:
            return DialogField.SOCKET, checked.text
        expire = check_expire(self.query_one("#expire", Input).value)
        return (DialogField.EXPIRE, expire.text) if expire.tone is NoteTone.WRONG else None

    def _note(self, field: DialogField, note: FieldNote) -> None:
        line = self.query_one(f"#{field}-note", Static)
        update_static(line, Content.styled(display_safe(note.text, 300), _TONES[note.tone]))
        line.display = bool(note.text)
        if field is DialogField.SOCKET:
            self._point(note.part)
        if field is not DialogField.WHOLE:
            self.query_one(f"#{field}").set_class(note.tone is NoteTone.WRONG, "wrong")

    def _point(self, part: str | None) -> None:
        """Mark the part of the socket that is wrong."""
        field = self.query_one("#socket", Input)
        span = None if part is None else locate(field.value, part, self._snapshot.status.schemes)
        if span != self._pointer.span:
            self._pointer.span = span
            field.refresh()

    def _focus(self, field: DialogField) -> None:
        match field:
            case DialogField.EVENT:
                self.query_one(EventField).focus_input()
            case DialogField.SOCKET | DialogField.EXPIRE:
                self.query_one(f"#{field}", Input).focus()
            case DialogField.WHOLE:
                pass

    def _fields(self) -> tuple[str, str, str]:
        return self.query_one(EventField).value, self._socket_text(), self.query_one("#expire", Input).value

    def _socket_text(self) -> str:
        return unescape_name(self.query_one("#socket", Input).value.strip())

    def _set_socket(self, socket: str) -> None:
        field = self.query_one("#socket", Input)
        with field.prevent(Input.Changed):
            field.value = escape_name(socket)
        field.cursor_position = len(field.value)

    def _show_transports(self, transports: tuple[TransportInfo, ...]) -> None:
        listing = self.query_one("#transports", OptionList)
        listing.display = bool(transports)
        listing.set_options(
            [Option(transport_entry(info, whole=info.scheme == self._described)) for info in transports]
        )

    def _mark_transport(self, scheme: str) -> None:
        """Show the description of the transport in the socket field; the others have a line each."""
        transports = self._snapshot.status.transports
        schemes = [info.scheme for info in transports]
        if scheme != self._described:
            self._described = scheme
            self._show_transports(transports)
        listing = self.query_one("#transports", OptionList)
        listing.highlighted = schemes.index(scheme) if scheme in schemes else None
        if scheme in schemes:
            self.call_after_refresh(listing.scroll_to_highlight, top=True)

    # What the backend says

    async def _take_snapshot(self) -> None:
        self._snapshot = await take_snapshot(self._backend, "", self._snapshot)
        if not self.is_current:
            return
        self.query_one(EventField).set_events(self._snapshot.events)
        self._show_transports(self._snapshot.status.transports)
        self.query_one(ServerChoice).offer(self._snapshot.status.servers)
        self._check_fields()

    async def _subscribe(self) -> None:
        field, expire = self.query_one(EventField), read_expire(self.query_one("#expire", Input).value)
        socket, results = self._socket_text(), EventResults(split_events(field.value, self._snapshot.events))
        server = self.query_one(ServerChoice).server
        try:
            for event in results.events:
                self._note(DialogField.WHOLE, hint(results.progress()))
                try:
                    made, refused = await subscribe_each(self._backend, server, event, socket, expire)
                except EvtuiError as error:
                    results.refuse(event, error)
                    continue
                self._made += made
                if refused is not None:
                    results.refuse(event, refused)
                else:
                    results.take(event, made)
        finally:
            self._is_subscribing = False
        if results.refused:
            self._show_refused(results)
        else:
            self.dismiss(tuple(self._made))

    def _show_refused(self, results: EventResults) -> None:
        """Say what was refused; of several events those stay in the field, for another try."""
        (event, error), *others = results.refused.items()
        where, note = note_of_error(error)
        self._note(DialogField.WHOLE, hint(""))
        if len(results.events) > 1:
            self.query_one(EventField).value = " ".join(results.refused)
            lines = self.query_one("#results", Static)
            update_static(lines, results.written())
            lines.display = True
            if others:
                where, note = DialogField.WHOLE, wrong("these were refused; enter tries them again")
            else:
                note = wrong(f"{event}: {note.text}", note.part)
        self._note(where, note)
        self._focus(where)
