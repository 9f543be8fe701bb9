"""The Script screen: what each action of the table does there."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from textual import on
from textual.app import App

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Clock
from evtui.core.script_port import RouteState, ScriptFinding, ScriptLogRecord, ScriptPlace, ScriptView
from evtui.ui.actions import BY_ID, PANES, SCRIPT_PANES, Pane
from evtui.ui.messages import Do, ShowConsole, Told
from evtui.ui.screens.help_screen import HelpScreen
from evtui.ui.screens.line_search import Seeker, Step
from evtui.ui.screens.script_pane_screen import ScriptPaneScreen
from evtui.ui.script.places import route_text
from evtui.ui.script.reload import reload
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.prompt import Prompt
from evtui.ui.widgets.workers import finish


class ScriptScreen(ScriptPaneScreen):
    """A script's desk that does what it is asked."""

    def __init__(
        self, view: ScriptView | None, monotonic: Clock, *, keys: Mapping[str, str], read_only: Callable[[], bool],
        remote: Callable[[], bool],
    ) -> None:  # fmt: skip
        super().__init__(view, monotonic, keys=keys, read_only=read_only, remote=remote)
        self._asked = view
        self._seeker = Seeker(self._list, self.post_message)
        self._doings: Mapping[str, Callable[[], object]] = {
            **{f"show_{pane}": partial(self.show_pane, pane) for pane in SCRIPT_PANES},
            **{f"show_{pane}": partial(self._leave_for, pane) for pane in PANES},
            "next_pane": partial(self._step_pane, 1),
            "previous_pane": partial(self._step_pane, -1),
            "back": self._back,
            "zoom": partial(self.toggle_class, "-zoom"),
            "pause": self.panes.logged.pause,
            "clear": self.panes.logged.clear,
            "search": lambda: self.query_one(Prompt).ask("search"),
            "next_match": partial(self._walk, 1),
            "previous_match": partial(self._walk, -1),
            "run_route": self._run_route,
            "reload": self._reload,
            "palette": lambda: self._host.action_command_palette(),  # noqa: PLW0108 - there is no app yet
            "theme": lambda: self._host.search_themes(),  # noqa: PLW0108 - there is no app yet
            "help": lambda: self._host.push_screen(HelpScreen(self.keys, read_only=self._read_only())),
            "leave": self._leave,
            "quit": lambda: self._host.exit(0),
        }

    async def on_unmount(self) -> None:
        """Let go of a run that waits."""
        await finish(self)

    def action_do(self, name: str) -> None:
        """Do one of the table's actions."""
        self._doings[name]()

    @on(Do)
    def do_clicked(self, message: Do) -> None:
        """Do what was clicked."""
        if BY_ID[message.action].in_rows:
            self.open_line(LineList.Opened(self._list()))
        elif self.check_action("do", (message.action,)):
            self.action_do(message.action)

    @on(Told)
    def tell(self, message: Told) -> None:
        """Tell a person once."""
        if self.has_class("-narrow"):
            self._host.clear_notifications()
        self.notify(message.text, severity="error" if message.bad else "information", markup=False)

    @on(LineList.Opened)
    def open_line(self, message: LineList.Opened) -> None:
        """Go to the line of the script that a line is about; from a call, to the route it calls."""
        place = self._place_behind(message.rows)
        if place is not None:
            self.panes.file.jump(place)
            self.show_pane("file")

    @on(Prompt.Typed)
    def try_text(self, message: Prompt.Typed) -> None:
        """Search as one types."""
        self._seeker.seek(message.text, -1 if self.active == "log" else 1, onward=False)

    @on(Prompt.Ended)
    def keep_text(self, message: Prompt.Ended) -> None:
        """Keep what was typed, or take it back, and go back to the pane."""
        if message.text is None:
            self._seeker.end()
        self._list().focus()

    @property
    def _host(self) -> App[int]:
        return cast("App[int]", self.app)

    def _list(self) -> LineList:
        return self.panes.pane(self.active)

    def _place_behind(self, rows: LineList) -> ScriptPlace | None:
        panes = self.panes
        selected: dict[LineList, RouteState | ScriptFinding | ScriptLogRecord | None] = {
            panes.routes: panes.routes.selected,
            panes.findings: panes.findings.selected,
            panes.logged: panes.logged.selected,
            panes.file: panes.file.called(self.state.routes),
        }
        about = selected.get(rows)
        return None if about is None else about.place

    def _step_pane(self, step: Step) -> None:
        self.show_pane(SCRIPT_PANES[(SCRIPT_PANES.index(self.active) + step) % len(SCRIPT_PANES)])

    def _walk(self, step: Step) -> None:
        if not self._seeker.walk(step):
            self.query_one(Prompt).ask("search")

    def _leave_for(self, pane: Pane | None = None) -> None:
        self.post_message(ShowConsole(pane))

    def _back(self) -> None:
        if not self.go_back():
            self._leave_for()

    def _leave(self) -> None:
        if self.has_class("-zoom"):
            self.remove_class("-zoom")
        elif not self._seeker.end():
            self._leave_for()

    def _run_route(self) -> None:
        route = self.panes.file.route(self.state.routes) if self.active == "file" else self.panes.routes.selected
        if route is None or self._asked is None:
            self.post_message(Told("Select a route to run it.", bad=True))
        else:
            self.run_worker(self._run_one(self._asked, route), group="run")

    async def _run_one(self, view: ScriptView, route: RouteState) -> None:
        self.running = [*self.running, route]
        self.show_lines()
        try:
            self.post_message(Told(display_safe(await view.run(route), 400)))
        except EvtuiError as error:
            self.post_message(Told(f"{route_text(route)}: {display_safe(str(error), 300)}", bad=True))
        finally:
            self.running = [other for other in self.running if other is not route]
        self.look_at_state()

    def _reload(self) -> None:
        if self._asked is not None:
            self.run_worker(self._reload_files(self._asked), group="reload", exclusive=True)

    async def _reload_files(self, view: ScriptView) -> None:
        self.post_message(await reload(view))
        self.look_at_state()
