"""The dialog that changes the expiry of a subscription."""

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend
from evtui.core.values import Subscription
from evtui.ui.fleet.requests_to import requests_to
from evtui.ui.forms.subscribing.subscription_draft import FieldNote, NoteTone, check_expire, hint, read_expire, wrong
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.text.figures import expiry
from evtui.ui.widgets.form_keys import EXPIRY_KEYS, bindings
from evtui.ui.widgets.safe_input import SafeInput
from evtui.ui.widgets.static_text import update_static
from evtui.ui.widgets.workers import finish_workers, start_worker


class ExpiryDialog(ModalScreen[Subscription | None], DismissedOnce[Subscription | None]):
    """One field; closes with the subscription as it is then, or None when it was cancelled."""

    SUBJECT = "Change the expiry"
    HELP_KEYS = EXPIRY_KEYS
    AUTO_FOCUS = "#expire"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(replace(binding, priority=binding.action == "submit") for binding in bindings(EXPIRY_KEYS))
    ]

    def __init__(self, backend: Backend, subscription: Subscription, left: float | None) -> None:
        """`left` is the seconds until its expiry, None when it is permanent or not known."""
        super().__init__()
        self._backend = backend
        self._subscription = subscription
        self._left = left
        self._is_changing = False

    def compose(self) -> ComposeResult:
        """Lay out what is changed, and the field."""
        subscription = self._subscription
        with VerticalScroll(classes="sheet", can_focus=False) as sheet:
            sheet.border_title = "Change the expiry"
            with Horizontal(classes="field"):
                yield Label("Event", classes="label")
                yield Static(display_safe(subscription.event, 64), classes="told", markup=False)
            with Horizontal(classes="field"):
                yield Label("Socket", classes="label")
                yield Static(display_safe(str(subscription.socket), 200), classes="told", markup=False)
            with Horizontal(classes="field"):
                yield Label("Left", classes="label")
                yield Static(expiry(self._left, subscription.expire), classes="told", markup=False)
            with Horizontal(classes="field"):
                yield Label("Expire", classes="label")
                yield SafeInput(
                    "" if subscription.expire is None else str(subscription.expire), id="expire", compact=True,
                    placeholder="never", max_length=20,
                )  # fmt: skip
            yield Static("", id="expire-note", classes="note", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Change  enter", id="submit", variant="primary", compact=True)
                yield Button("Cancel  esc", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Say what the field means."""
        self._show_note(self._check())

    async def on_unmount(self) -> None:
        """Wait until the workers have ended, which Textual only cancels."""
        await finish_workers(self)

    @property
    def is_busy(self) -> bool:
        """Say whether the backend is being asked: when it does it, the dialog closes."""
        return self._is_changing

    @on(Button.Pressed, "#submit")
    def action_submit(self) -> None:
        """Change the expiry, unless the field is wrong."""
        note = self._check()
        if self.focused is not None and self.focused.id == "cancel":
            self.action_cancel()
        elif not self._is_changing and note.tone is not NoteTone.WRONG:
            self._is_changing = True
            self._show_note(hint("waiting for the backend …"))
            start_worker(self, self._change, "change")

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Close and change nothing."""
        self.dismiss(None)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._show_note(self._check())

    def _check(self) -> FieldNote:
        text = self.query_one("#expire", Input).value
        if not text.strip() and self._subscription.expire is not None:
            return wrong("it cannot become permanent: end it, and subscribe it again without an expiry")
        return check_expire(text)

    def _show_note(self, note: FieldNote) -> None:
        is_wrong = note.tone is NoteTone.WRONG
        colour = "$error" if is_wrong else "$foreground 60%"
        update_static(self.query_one("#expire-note", Static), Content.styled(display_safe(note.text, 300), colour))
        self.query_one("#expire").set_class(is_wrong, "wrong")

    async def _change(self) -> None:
        subscription, expire = self._subscription, read_expire(self.query_one("#expire", Input).value)
        try:
            asked = requests_to(self._backend, subscription.server)
            made = await asked.subscribe(subscription.event, str(subscription.socket), expire)
        except EvtuiError as error:
            self._show_note(wrong(str(error)))
        else:
            changed = (each for each in made if each.event == subscription.event)
            self.dismiss(
                Subscription(subscription.event, subscription.socket, 0) if expire == 0 else next(changed, None)
            )
        finally:
            self._is_changing = False
