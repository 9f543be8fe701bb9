"""The console's first screen: stream, events, subscribers, detail and the raise form over a backend.

Ten times a second it reads the records that are new (see `stream/stream_view.py`) and about once a second it asks the
backend for its states (see `backend_reader.py`). Both are folded into `ConsoleState`; the panes show what that holds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult

from evtui.core.ports import Backend, Clock
from evtui.ui.actions import SUBSCRIBE_AGAIN, Action, is_possible, shown_keys
from evtui.ui.detail.subject import TABS, Tab, event_named_by, server_named_by
from evtui.ui.detail.why_question import ask_why
from evtui.ui.messages import (
    ActionClicked,
    BackendAnswered,
    BackendFailed,
    EventRaised,
    Notice,
    ShowScript,
    StatesPolled,
    WatchOpened,
)
from evtui.ui.panes import CLOSABLE, PANES, SCRIPT_PANES, Pane
from evtui.ui.recording.record_key import begin_or_end
from evtui.ui.screens.backend_reader import POLL_SECONDS, BackendReader, BurstReading
from evtui.ui.screens.console_panes import ConsolePanes
from evtui.ui.screens.detail_follower import DetailFollower
from evtui.ui.screens.on_demand import filter_provider, place_provider, profile_provider
from evtui.ui.screens.pane_screen import FRAME_SECONDS, PaneScreen
from evtui.ui.screens.row_actions import RowActions
from evtui.ui.screens.row_copies import RowCopies
from evtui.ui.screens.status_lines import CALM_SECONDS, hint_text, key_words, notice_words, status_words
from evtui.ui.screens.stream_filtering import StreamFiltering
from evtui.ui.screens.subscriber_actions import SubscriberActions
from evtui.ui.screens.viewer_sessions import list_sessions
from evtui.ui.state.console_state import ConsoleState
from evtui.ui.state.next_steps import next_steps
from evtui.ui.stream.filters.saved_filters import SavedFilters
from evtui.ui.stream.stream_rows import event_of, params_of
from evtui.ui.subscribers.remembering_backend import RememberingBackend
from evtui.ui.subscribers.subscribers_view import Subscriber
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.one_line import LineWord, OneLine
from evtui.ui.widgets.prompt import Prompt
from evtui.ui.widgets.workers import finish_workers, repeat_after, start_worker


class ConsoleScreen(PaneScreen[Pane]):
    """Shows what happens in a backend, raises events and changes subscriptions."""

    COMMANDS = PaneScreen.COMMANDS | {place_provider, filter_provider, profile_provider}

    def __init__(  # noqa: PLR0913 - each is one thing that it works with
        self, backend: Backend, wall: Clock, monotonic: Clock, *, read_only: bool, demo: bool,
        notices: Sequence[str], keys: Mapping[str, str], files: Path | None, saved_filters: SavedFilters,
    ) -> None:  # fmt: skip
        self.state = ConsoleState()
        self.backend = RememberingBackend(backend, monotonic)
        self.panes = ConsolePanes(self.state, self.backend, wall, monotonic)
        super().__init__(self.panes, PANES, "stream" if demo else "events", keys)
        self.read_only, self._demo, self.notices = read_only, demo, list(notices)
        self._monotonic, self._wall = monotonic, wall
        self._files, self.keeps_files = files, files is not None
        self._subscriber_actions = SubscriberActions(
            self, self.backend, monotonic, subject=lambda: self.panes.selected(self.active),
            event=self._selected_event, look=self.look,
        )  # fmt: skip
        self._changes = self._subscriber_actions.changes
        self.reader = BackendReader(self.backend, monotonic, self.run_and_post)
        self.filtering = StreamFiltering(self.state.stream, self.panes.stream, saved_filters, wall, self.set_timer)
        self._second = self._calm_tick = -1
        self._following = DetailFollower(self.panes, self.state, self.active)
        self._bursts = BurstReading(
            self.reader, monotonic, take=self.state.take_records, came=self._following.records_came,
            later=self.set_timer, show=self.look, shows_seldom=lambda: self.frame_seconds > FRAME_SECONDS,
        )  # fmt: skip
        self._row_actions = RowActions(self, self.state, self.panes, self.filtering, files=files, wall=wall)
        self.action_calls |= self._own_actions()

    def _own_actions(self) -> dict[str, Callable[[], object]]:
        return {
            "show_raise": partial(self._show_form, keep=True),
            **{f"show_{pane}": partial(self.post_message, ShowScript(pane)) for pane in SCRIPT_PANES},
            **{tab: partial(self._show_tab, tab) for tab in TABS},
            "back": self.go_back,
            "pause": self._pause_or_fold,
            "sort": lambda: self.panes.sort(self.active),
            "filter": self._filter,
            "filters": lambda: self.console_app.push_screen(self.filtering.list_filters()),
            "clear": self.filtering.clear,
            "why": self._ask_why,
            "record": lambda: self.run_and_post(partial(begin_or_end, self.state.recordings, self._files, self._wall)),
            "sessions": lambda: list_sessions(self, self.state.sessions),
            "raise": self._show_form,
            "clone": self._clone,
            **self._subscriber_actions.calls,
            **RowCopies(self, self._files, lambda: self.panes.selected_row(self.active)).calls,
            **self._row_actions.calls,
            "leave": self._close,
        }

    def compose(self) -> ComposeResult:
        """Lay out the panes; the backend is asked meanwhile, so that the first paint shows its answer."""
        self._poll()
        self.set_layout_early()
        yield from super().compose()

    def on_mount(self) -> None:
        """Begin to watch the records and to poll the states."""
        self.set_class(self.read_only, "-read-only")
        self.open_panes()
        self.reader.open_watch()
        repeat_after(self, lambda: self.frame_seconds, self.look, self.turn)

    async def on_unmount(self) -> None:
        """Wait until the workers have ended, which Textual only cancels, and close the watch."""
        await finish_workers(self)
        await self.reader.aclose()

    # What is shown

    def look(self) -> None:
        """Take what is new and show it; the interval calls it, and so may a test or a benchmark."""
        now = self._monotonic()
        self.panes.stream.show_in_pace(self._bursts.look(), self.frame_seconds, now)
        if int(now) != self._second:
            self._second = int(now)
            self.panes.stream.show_new_rows()
            self.panes.subscribers.tick()
            self._following.second_passed()
        if int(now / CALM_SECONDS) != self._calm_tick:
            self._calm_tick = int(now / CALM_SECONDS)
            self._following.show_calmly()
        self.show_lines()
        self.restore_focus()
        if self.reader.schedule.is_due(now, stale=self.state.stale):
            self._poll()
        elif self.reader.schedule.is_ping_due(now):
            self.reader.ping()

    @property
    def is_read_only(self) -> bool:
        """Say whether nothing may be changed, by the console's own setting or the backend's."""
        return self.read_only or (self.state.status is not None and self.state.status.read_only)

    def is_offered(self, action: Action) -> bool:
        """Say whether an action can be done now."""
        source, playback = self._following.source, self.state.playback is not None
        return is_possible(action, self.active, read_only=self.is_read_only, source=source, playback=playback)

    def footer_words(self) -> Iterator[LineWord]:
        """Write the keys of the active pane."""
        source, playback = self._following.source, self.state.playback.state if self.state.playback else None
        return key_words(self.active, self.keys, read_only=self.is_read_only, source=source, playback=playback)

    def show_lines(self) -> None:
        """Show the status, and below the panes a notice or the next useful key."""
        self.state.asked_at = self.reader.schedule.asked_at
        words = status_words(self.state, self._monotonic(), read_only=self.read_only, demo=self._demo)
        self.query_one("#status", OneLine).say(tuple(words))
        offer = self._changes.offer_text(*shown_keys(SUBSCRIBE_AGAIN, self.keys)[:1])
        if notice := offer or next(iter(self.notices), ""):
            self.show_hint(notice_words(notice, self.first_key("leave")))
            return
        text = hint_text(self.state, self.panes.events.selected, is_typing=self.active == "raise")
        self.show_hint([LineWord([("dim", text)], short=[("dim", text.removeprefix("Next: "))])] if text else [])

    def activate_pane(self, name: Pane) -> None:
        """Make a pane the active one; the detail and the form open when they become active."""
        self.active = name
        self._following.enter(name)
        if name in CLOSABLE:
            self.add_class(f"-{name}")
        self.set_class(name == "raise", "-raising")
        super().activate_pane(name)

    def is_shown(self, name: Pane) -> bool:
        """Say whether a pane is one of those that can be seen, or one of the tabs."""
        return name not in CLOSABLE or self.has_class(f"-{name}") or self.is_one_pane

    @on(LineList.Moved)
    def show_selected(self, message: LineList.Moved) -> None:
        """Show the detail of the line that the cursor moved to."""
        self._following.moved(message.rows.id)

    @on(LineList.Opened)
    def open_line(self, message: LineList.Opened) -> None:
        """Fold or unfold a group; of any other line, go to the detail."""
        if not self.panes.fold(message.rows) and message.rows is not self.panes.detail:
            self._following.show()
            self.show_pane("detail")

    def on_key(self, event: events.Key) -> None:
        """Keep what is typed into the form from the keys of the console, which `App` looks up after this."""
        if self.active == "raise" and event.is_printable:
            bound = self.active_bindings.get(event.key)
            if bound is None or bound.node is not self.focused:
                event.stop()

    # What the backend says

    def _poll(self) -> None:
        self.state.stale = False
        self.reader.poll()

    @on(WatchOpened)
    def begin_watch(self, message: WatchOpened) -> None:
        """Read records from now on."""
        self.reader.begin(message.watch)

    @on(StatesPolled)
    def take_states(self, message: StatesPolled) -> None:
        """Show the states that the backend gave."""
        now = self._monotonic()
        self.reader.schedule.end(now, message.took)
        was_read_only = self.is_read_only
        if self.state.was_restarted and not self.state.stale:
            self._changes.offer(message.subscriptions)
        self.state.take_states(message.status, message.events, message.subscriptions, now)
        is_shown = self.state.playback is not None
        self.state.steps = next_steps(message.status, self.keys, read_only=self.read_only, playback=is_shown)
        self.panes.events.show_states()
        self.panes.subscribers.show_states()
        self._following.states_came()
        if was_read_only != self.is_read_only:
            self.set_class(self.is_read_only, "-read-only")
            self.refresh_bindings()
            self.show_choices()

    @on(BackendAnswered)
    def take_answer(self, message: BackendAnswered) -> None:
        """Take note that the backend answers, and how each server of a fleet stands."""
        self.reader.schedule.end_ping(self._monotonic())
        self.state.take_answer(message.status)

    @on(BackendFailed)
    def take_failure(self, message: BackendFailed) -> None:
        """Show that the backend does not answer, and ask it again in a second."""
        self.state.take_trouble(message.why, now := self._monotonic())
        self.panes.subscribers.show_states()
        if message.watching:
            self.set_timer(POLL_SECONDS, self.reader.open_watch)
        else:
            self.reader.schedule.end(now)

    @on(EventRaised)
    def show_raised(self) -> None:
        """Show at once the event that was raised with the form."""
        self.look()

    # Actions

    @on(ActionClicked)
    def follow_clicked(self, message: ActionClicked) -> None:
        """Let the stream follow or pause when that was clicked, whichever pane is active."""
        if message.action in {"bottom", "pause"}:
            message.prevent_default()
            (self.panes.stream.follow if message.action == "bottom" else self.panes.stream.pause)()

    @on(Prompt.Typed)
    def filter_typed(self, message: Prompt.Typed) -> None:
        """Filter the stream while the filter is typed."""
        if message.purpose == "filter":
            self.filtering.show_text(message.text)

    @on(Prompt.Closed)
    def cancel_filter(self, message: Prompt.Closed) -> None:
        """Show what was shown before when the typing of a filter was cancelled, else the stream if it is not seen."""
        if message.purpose == "filter" and message.text is None:
            self.filtering.undo_typing()
        elif message.purpose == "filter" and self.is_one_pane:
            self.show_pane("stream")

    def _pause_or_fold(self) -> None:
        if self.active not in {"events", "subscribers"} or not self.panes.fold_in(self.active):
            self.panes.stream.pause()

    def _show_tab(self, tab: Tab) -> None:
        """Show the detail in another way; open it if it is closed."""
        self.panes.detail.show_subject(self.panes.detail.subject, tab)
        if self.is_one_pane:
            self.show_pane("detail")
        self.add_class("-detail")

    def _filter(self) -> None:
        """Filter by the selected event or subscriber; in the other panes, ask for a filter."""
        selected = self.panes.selected(self.active)
        if self.active not in {"events", "subscribers"} or selected is None:
            start_worker(self, self.filtering.typing.load, "language")
            text = self.filtering.begin_typing(self.panes.filter_of(self.active))
            self.ask_for_text("filter", text, self.filtering.typing)
            return
        socket = str(selected.state.subscription.socket) if isinstance(selected, Subscriber) else None
        self.filtering.show_selected(event_named_by(selected), socket, server_named_by(selected))
        self.show_pane("stream")

    def _ask_why(self) -> None:
        if (event := self._selected_event()) is not None:
            self.run_and_post(partial(ask_why, self.backend, event, self.panes.selected(self.active)))

    def _show_form(self, *, keep: bool = False) -> None:
        """Go to the raise form with the selected event; `keep` leaves in it what it was loaded with before."""
        if not (keep and self.panes.form.was_loaded):
            self.panes.form.load(self._selected_event(), None)
        self.show_pane("raise")

    def _clone(self) -> None:
        row = self.panes.selected_row(self.active)
        if row is None or (params := params_of(row)) is None:
            self.post_message(Notice("Select a notification of the stream to raise it again."))
            return
        self.panes.form.load(event_of(row), params)
        self.show_pane("raise")

    def _selected_event(self) -> str | None:
        return event_named_by(self.panes.selected(self.active) or self.panes.events.selected)

    def _close(self) -> None:
        """Close what is open: the notice that is shown, the zoom, a search, a pane that was gone to, a filter."""
        if self._changes.withdraw():
            pass
        elif self.notices:
            self.notices.pop(0)
        elif self.close_zoom_or_search():
            pass
        elif self.active in CLOSABLE:
            self.remove_class(f"-{self.active}")
            if not self.go_back():
                self.show_pane(self._following.source)
        elif self.has_class("-detail") and not self.is_one_pane:
            self.remove_class("-detail")
        else:
            self.filtering.close()
