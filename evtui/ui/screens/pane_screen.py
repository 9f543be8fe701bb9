"""The panes on the screen: reads the backend ten times a second, folds, and shows. What keys do is the console's."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import ClassVar, cast

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.command import Provider
from textual.screen import Screen

from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend, Clock, Watch
from evtui.ui.actions import BY_ID, Pane, possible, screen_bindings
from evtui.ui.console_state import ConsoleState
from evtui.ui.detail.describe import Subject
from evtui.ui.messages import Failed, Polled, Told, Watching
from evtui.ui.palette import ActionProvider
from evtui.ui.raise_form.raise_form import RaiseForm
from evtui.ui.screens.console_panes import ConsolePanes
from evtui.ui.text.status_lines import hint_text, key_words, status_words, tab_words
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.one_line import LineWord, OneLine
from evtui.ui.widgets.prompt import Prompt
from evtui.ui.widgets.role_style import ROLE_CLASSES
from evtui.ui.widgets.workers import finish

FRAME = 0.1
"""Seconds between two looks at the records."""

POLL = 1.0
"""Seconds between two questions about states; sooner when a record says they changed, later when answers are slow."""

_BURST = 5000
_CALM = 0.5


class PaneScreen(Screen[None]):
    """Status, panes, hint and keys."""

    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings()]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionProvider}
    COMPONENT_CLASSES: ClassVar[set[str]] = {*ROLE_CLASSES}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012 - Textual declares it

    def __init__(
        self, backend: Backend, wall: Clock, monotonic: Clock, *, read_only: bool, demo: bool,
        notices: Sequence[str], keys: Mapping[str, str],
    ) -> None:  # fmt: skip
        super().__init__()
        self.state = ConsoleState()
        self.panes = ConsolePanes(self.state, backend, wall, monotonic)
        self.active: Pane = "stream" if demo else "events"
        self.read_only = read_only
        self.keys = keys
        self._backend = backend
        self._monotonic = monotonic
        self._demo = demo
        self._notices = list(notices)
        self._watch: Watch | None = None
        self._polling = False
        self._poll_at = 0.0
        self._second = self._half = -1
        self._source: Pane = self.active
        self._detail_due = False
        self._visited: deque[Pane] = deque(maxlen=32)

    def compose(self) -> ComposeResult:
        """Lay out the lines around the panes; the states are asked for meanwhile, so that the first paint has them."""
        self._ask_states()
        # Known now: set with the first resize, they would have everything styled and laid out once more.
        width = cast("App[int]", self.app).size.width
        self.add_class(next(name for least, name in reversed(self.HORIZONTAL_BREAKPOINTS or []) if width >= least))
        yield OneLine(id="status")
        yield OneLine(id="tabs")
        yield self.panes
        yield Prompt()
        yield OneLine(id="hint")
        yield OneLine(id="keys")

    def on_mount(self) -> None:
        """Begin to watch and to ask."""
        self.set_class(self.read_only, "-read-only")
        self.show_pane(self.active)
        self.run_worker(self._open_watch(), group="watch")
        self.look()
        self.set_interval(FRAME, self.look)

    async def on_unmount(self) -> None:
        """Wait for what is under way, which Textual only cancels, and stop watching."""
        await finish(self)
        if self._watch is not None:
            with suppress(EvtuiError):
                await self._watch.aclose()

    def look(self) -> None:
        """Take what is new and show it; the interval calls it, and so may a test or a benchmark."""
        now = self._monotonic()
        if self._watch is not None:
            records = self._watch.read(_BURST)
            self.state.take_records(records, now, self._watch.lost)
            if records:
                self.panes.stream.flow()
                self._detail_due = self._detail_due or self.panes.detail.moves
        if int(now) != self._second:
            self._second = int(now)
            self.panes.subscribers.tick()
            self._detail_due = self._detail_due or self._source == "subscribers"
        if int(now / _CALM) != self._half:
            self._half = int(now / _CALM)
            self._show_detail_if_due()
        self._show_lines(now)
        if self.focused is None and self.is_current:
            # A layout that hides the focused pane before it shows the next one takes the focus away.
            self.panes.enter(self.active)
        if not self._polling and (now >= self._poll_at or (self.state.stale and now >= self._poll_at - POLL + FRAME)):
            self._ask_states()

    def show_pane(self, name: Pane, *, back: bool = False) -> None:
        """Go to a pane at once: what is typed next is typed there. A narrow screen shows it alone."""
        if name != self.active and not back:
            self._visited.append(self.active)
        self._mark(name)
        self.panes.enter(name)
        self.call_after_refresh(lambda: self.panes.hold(self.active, self.focused))

    def subject(self, source: Pane) -> Subject | None:
        """Return what is selected in a pane."""
        match source:
            case "stream":
                return self.panes.stream.selected
            case "events":
                return self.panes.events.selected
            case "subscribers":
                return self.panes.subscribers.selected
            case "detail" | "raise":
                return self.panes.detail.subject

    def show_detail(self) -> None:
        """Show what is selected in the pane that was left last."""
        self._detail_due = False
        subject = self.subject(self._source)
        if subject is not None or self._source == "stream":
            self.panes.detail.show_subject(subject)

    def go_back(self) -> None:
        """Go to the pane that was active before this one."""
        if self._visited:
            self.show_pane(self._visited.pop(), back=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse what cannot be done here, or at all when read-only."""
        if action != "do":
            return True
        wanted = BY_ID[str(parameters[0])]
        return possible(wanted, self.active, read_only=self.is_read_only, source=self._source)

    def on_key(self, event: events.Key) -> None:
        """Keep what is typed in the form from the console's keys, which `App` looks up after this."""
        if self.active == "raise" and event.is_printable:
            bound = self.active_bindings.get(event.key)
            if bound is None or bound.node is not self.focused:
                event.stop()

    @property
    def is_read_only(self) -> bool:
        """Say whether nothing may be changed, by our own rule or the backend's."""
        return self.read_only or (self.state.status is not None and self.state.status.read_only)

    @on(Told)
    def tell(self, message: Told) -> None:
        """Tell a person once."""
        if self.has_class("-narrow"):
            # Toasts would pile up over half of the only pane.
            cast("App[int]", self.app).clear_notifications()
        self.notify(message.text, severity="error" if message.bad else "information", markup=False)

    @on(Watching)
    def begin_watch(self, message: Watching) -> None:
        """Follow the records from now on."""
        self._watch = message.watch

    @on(Polled)
    def take_poll(self, message: Polled) -> None:
        """Fold and show the states."""
        self._polling = False
        self._poll_at = self._monotonic() + max(POLL, 20 * message.took)
        was_read_only = self.is_read_only
        self.state.take_states(message.status, message.events, message.subscriptions, self._monotonic())
        self.panes.events.show_states()
        self.panes.subscribers.show_states()
        self._detail_due = self._detail_due or self._source == "events"
        if was_read_only != self.is_read_only:
            self.set_class(self.is_read_only, "-read-only")
            self.refresh_bindings()
            self._show_choices()

    @on(Failed)
    def take_failure(self, message: Failed) -> None:
        """Show that the backend is away, and ask again in a second."""
        self.state.take_trouble(message.why, self._monotonic())
        self.panes.subscribers.show_states()
        if message.watching:
            self.set_timer(POLL, lambda: self.run_worker(self._open_watch(), group="watch"))
        else:
            self._polling = False
            self._poll_at = self._monotonic() + POLL

    @on(events.DescendantFocus)
    def follow_focus(self) -> None:
        """Make the pane with the focus the active one; what the message says may be over by the time it is here."""
        name = self.panes.holding(self.focused) if self.focused is not None else None
        if name is not None and name != self.active:
            self._visited.append(self.active)
            self._mark(name)

    @on(LineList.Moved)
    def follow_cursor(self, message: LineList.Moved) -> None:
        """Show in the detail what the cursor came to; while the stream flows, at a pace that can be read."""
        if message.rows.id != self._source:
            return
        if self._source == "stream" and self.state.stream.mode == "follow":
            self._detail_due = True
        else:
            self.show_detail()

    @on(RaiseForm.Raised)
    def look_at_raise(self) -> None:
        """Show at once what was raised by hand."""
        self.look()

    def _mark(self, name: Pane) -> None:
        self.active = name
        if name in {"stream", "events", "subscribers"} and name != self._source:
            self._source = name
            self.show_detail()
        self.panes.activate(name)
        self.set_class(name == "raise", "-raising")
        self.refresh_bindings()
        self._show_choices()
        self._show_lines(self._monotonic())

    def _show_lines(self, now: float) -> None:
        calm = int(now / _CALM) * _CALM
        read_only = self.is_read_only
        self.query_one("#status", OneLine).say(
            tuple(status_words(self.state, calm, read_only=self.read_only, demo=self._demo))
        )
        self._show_hint(read_only=read_only)

    def _show_choices(self) -> None:
        read_only = self.is_read_only
        self.query_one("#tabs", OneLine).say(tuple(tab_words(self.active, read_only=read_only)))
        self.query_one("#keys", OneLine).say(
            tuple(key_words(self.active, self.keys, read_only=read_only, source=self._source))
        )

    def _show_hint(self, *, read_only: bool) -> None:
        hint = self.query_one("#hint", OneLine)
        if self._notices:
            words = [LineWord([("wait", "! " + self._notices[0])], 0), LineWord([("dim", "esc closes this")], 1)]
        else:
            selected = self.panes.events.selected
            text = hint_text(self.state, selected.event.name if selected else None, read_only=read_only)
            words = [LineWord([("dim", text)])] if text else []
        hint.say(words)
        hint.set_class(bool(words), "-open")

    def close_notice(self) -> bool:
        """Take the notice away that is shown; says whether there was one."""
        return bool(self._notices and self._notices.pop(0))

    def _show_detail_if_due(self) -> None:
        if self._detail_due:
            self.show_detail()

    def _ask_states(self) -> None:
        self._polling = True
        self.state.stale = False
        self.run_worker(self._poll(), group="poll")

    async def _open_watch(self) -> None:
        try:
            self.post_message(Watching(await self._backend.watch()))
        except EvtuiError as error:
            self.post_message(Failed(str(error), watching=True))

    async def _poll(self) -> None:
        start = self._monotonic()
        try:
            status, catalogue = await self._backend.status(), await self._backend.events()
            subscriptions = await self._backend.subscriptions()
        except EvtuiError as error:
            self.post_message(Failed(str(error)))
        else:
            self.post_message(Polled(status, catalogue, subscriptions, self._monotonic() - start))
