"""The console's screen: what each action of the table does."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, cast

from anyio import to_thread
from textual import on
from textual.app import App

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend, Clock
from evtui.core.values import Params, Subscription
from evtui.ui.actions import PANES, SCRIPT_PANES, Pane
from evtui.ui.detail.describe import TABS, Tab
from evtui.ui.detail.subject import event_named_by
from evtui.ui.messages import Do, ShowScript, Told
from evtui.ui.screens.help_screen import HelpScreen
from evtui.ui.screens.line_search import Seeker, Step
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.stream.export import row_json, save_new
from evtui.ui.stream.filters import Filter
from evtui.ui.stream.stream_rows import StreamRow, event_of, params_of
from evtui.ui.subscribe_form.subscribe_dialog import SubscribeDialog
from evtui.ui.subscribers.subscribers_view import Subscriber
from evtui.ui.subscribers.subscription_changes import SubscriptionChanges
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.prompt import Prompt


class ConsoleScreen(PaneScreen):
    """A desk that does what it is asked."""

    def __init__(
        self, backend: Backend, wall: Clock, monotonic: Clock, *, read_only: bool, demo: bool,
        notices: Sequence[str], keys: Mapping[str, str], files: Path,
    ) -> None:  # fmt: skip
        super().__init__(backend, wall, monotonic, read_only=read_only, demo=demo, notices=notices, keys=keys)
        self._asked = backend
        self._changes = SubscriptionChanges(backend)
        self._files = files
        self._loaded = False
        self._seeker = Seeker(self._list, self.post_message)
        self._doings: Mapping[str, Callable[[], object]] = {
            **{f"show_{pane}": partial(self.show_pane, pane) for pane in PANES},
            "show_raise": partial(self._raise, keep=True),
            **{f"show_{pane}": partial(self.post_message, ShowScript(pane)) for pane in SCRIPT_PANES},
            **{tab: partial(self._show_tab, tab) for tab in TABS},
            "next_pane": partial(self._step_pane, 1),
            "previous_pane": partial(self._step_pane, -1),
            "back": self.go_back,
            "zoom": partial(self.toggle_class, "-zoom"),
            "pause": self.panes.stream.pause,
            "search": partial(self._ask, "search"),
            "next_match": partial(self._walk, 1),
            "previous_match": partial(self._walk, -1),
            "filter": self._filter,
            "clear": self._clear,
            "copy": self._copy,
            "export": self._export,
            "raise": self._raise,
            "clone": self._clone,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "undo": lambda: self._change(self._changes.undo),
            "renew": self._renew,
            "palette": lambda: self._host.action_command_palette(),  # noqa: PLW0108 - there is no app yet
            "theme": lambda: self._host.search_themes(),  # noqa: PLW0108 - there is no app yet
            "help": lambda: self._host.push_screen(HelpScreen(self.keys, read_only=self.is_read_only)),
            "leave": self._leave,
            "quit": lambda: self._host.exit(0),
        }

    def action_do(self, name: str) -> None:
        """Do one of the table's actions."""
        self._doings[name]()

    @on(Do)
    def do_clicked(self, message: Do) -> None:
        """Do what was clicked."""
        if message.action == "bottom":
            self.panes.stream.follow()
        elif self.check_action("do", (message.action,)):
            self.action_do(message.action)

    @on(LineList.Opened)
    def open_line(self, message: LineList.Opened) -> None:
        """Fold a module, or go to the detail."""
        module = self.panes.events.module if message.rows is self.panes.events else None
        if module is not None:
            self.state.events.fold(module.name)
            self.panes.events.redraw()
        elif message.rows is not self.panes.detail:
            self.show_detail()
            self.show_pane("detail")

    @on(Prompt.Typed)
    def try_text(self, message: Prompt.Typed) -> None:
        """Search or filter as one types."""
        if message.purpose == "filter":
            self._show_filter(self.state.stream.filter.with_words(message.text))
        else:
            self._seeker.seek(message.text, -1 if self.active == "stream" else 1, onward=False)

    @on(Prompt.Ended)
    def keep_text(self, message: Prompt.Ended) -> None:
        """Keep what was typed, or take it back, and go back to the pane."""
        if message.text is None and message.purpose == "filter":
            self._show_filter(self.state.stream.filter.with_words(""))
        elif message.text is None:
            self._seeker.end()
        self.panes.enter(self.active)

    @property
    def _host(self) -> App[int]:
        return cast("App[int]", self.app)

    def _step_pane(self, step: Step) -> None:
        shown: list[Pane] = [pane for pane in PANES if not (pane == "raise" and self.is_read_only)]
        self.show_pane(shown[(shown.index(self.active) + step) % len(shown)])

    def _show_tab(self, tab: Tab) -> None:
        self.panes.detail.show_subject(self.panes.detail.subject, tab)

    def _list(self) -> LineList | None:
        pane = self.panes.pane(self.active)
        return pane if isinstance(pane, LineList) else None

    def _ask(self, purpose: Literal["search", "filter"]) -> None:
        filtered = " ".join(self.state.stream.filter.words) if purpose == "filter" else ""
        self.query_one(Prompt).ask(purpose, filtered)

    def _walk(self, step: Step) -> None:
        if not self._seeker.walk(step):
            self._ask("search")

    def _filter(self) -> None:
        stream = self.state.stream
        event = self.panes.events.selected if self.active == "events" else None
        subscriber = self.panes.subscribers.selected if self.active == "subscribers" else None
        if event is not None:
            self._show_filter(Filter(stream.filter.words, event.event.name))
        elif subscriber is not None:
            subscription = subscriber.state.subscription
            self._show_filter(Filter(stream.filter.words, subscription.event, subscription.socket))
        else:
            self._ask("filter")
            return
        self.show_pane("stream")

    def _show_filter(self, wanted: Filter) -> None:
        self.state.stream.ask(wanted)
        self.panes.stream.show_rows()

    def _clear(self) -> None:
        self.state.stream.clear()
        self.panes.stream.show_rows()

    def _row(self) -> StreamRow | None:
        subject = self.subject(self.active)
        return subject if isinstance(subject, StreamRow) else None

    def _copy(self) -> None:
        row = self._row()
        if row is None:
            self.post_message(Told("Select a line of the stream to copy it.", bad=True))
            return
        text = row_json(row)
        self._host.copy_to_clipboard(text)
        self.run_worker(self._save("copied", ".json", [text], "Sent to the terminal's clipboard; saved to {}"))

    def _export(self) -> None:
        rows = list(self.state.stream.view)
        lines = map(row_json, rows)
        self.run_worker(self._save("stream", ".jsonl", lines, f"{len(rows):,} lines saved to {{}}"))

    async def _save(self, stem: str, suffix: str, lines: "Sequence[str] | map[str]", said: str) -> None:
        try:
            path = await to_thread.run_sync(save_new, self._files, f"evtui-{stem}", suffix, lines)
        except OSError as error:
            self.post_message(Told(f"Not saved: {error.strerror} ({display_safe(str(self._files), 200)})", bad=True))
        else:
            self.post_message(Told(said.format(display_safe(str(path), 200))))

    def _raise(self, *, keep: bool = False) -> None:
        if not (keep and self._loaded):
            self.panes.form.load(self._event_name(), None)
            self._loaded = True
        self.show_pane("raise")

    def _clone(self) -> None:
        row = self._row()
        params: Params | None = None if row is None else params_of(row)
        if row is None or params is None:
            self.post_message(Told("Select a notification of the stream to raise it again.", bad=True))
            return
        self.panes.form.load(event_of(row), params)
        self._loaded = True
        self.show_pane("raise")

    def _subscribe(self) -> None:
        self._host.push_screen(SubscribeDialog(self._asked, self._event_name(), None), self._tell_subscribed)

    def _tell_subscribed(self, made: tuple[Subscription, ...] | None) -> None:
        if made:
            socket, events = display_safe(str(made[0].socket), 80), len(made)
            what = display_safe(made[0].event, 64) if events == 1 else f"{events} events"
            self.post_message(Told(f"Subscribed {socket} to {what}."))
        self.look()

    def _unsubscribe(self) -> None:
        subscriber = self.subject(self.active)
        if isinstance(subscriber, Subscriber) and subscriber.died is None:
            left = subscriber.left(self._monotonic())
            self._change(partial(self._changes.unsubscribe, subscriber.state.subscription, left))

    def _renew(self) -> None:
        subscriber = self.subject(self.active)
        if isinstance(subscriber, Subscriber):
            self._change(partial(self._changes.renew, subscriber.state.subscription))

    def _change(self, change: Callable[[], Coroutine[object, object, str]]) -> None:
        async def ask() -> None:
            try:
                self.post_message(Told(await change()))
            except EvtuiError as error:
                self.post_message(Told(display_safe(str(error), 300), bad=True))

        self.run_worker(ask(), group="change")

    def _event_name(self) -> str | None:
        return event_named_by(self.subject(self.active) or self.panes.events.selected)

    def _leave(self) -> None:
        if self.close_notice() or self._unzoom() or self._seeker.end():
            return
        if self.active in {"raise", "detail"}:
            self.go_back()
        elif self.state.stream.filter:
            self._show_filter(Filter())

    def _unzoom(self) -> bool:
        zoomed = self.has_class("-zoom")
        self.remove_class("-zoom")
        return zoomed
