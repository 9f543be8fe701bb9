"""The Script screen: the routes, files, findings and log of the script that the engine runs.

It reads the script ten times a second while it is shown; the log by a cursor, the state as a whole.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from textual import on

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Clock
from evtui.core.script_port import RouteState, ScriptFinding, ScriptLogRecord, ScriptPlace, ScriptState, ScriptView
from evtui.ui.actions import Action, is_possible
from evtui.ui.messages import Notice, ShowConsole
from evtui.ui.panes import PANES, SCRIPT_PANES, Pane, ScriptPane
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.screens.script_panes import ScriptPanes
from evtui.ui.screens.status_lines import CALM_SECONDS, key_words
from evtui.ui.script.place_text import route_text
from evtui.ui.script.reload import reload
from evtui.ui.script.source_lines import ended_by, findings_at
from evtui.ui.script.status_words import nothing_loaded, script_hint, script_words
from evtui.ui.text.cells import Cells
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.one_line import LineWord, OneLine
from evtui.ui.widgets.workers import finish_workers

LOG_BURST: Final = 5_000
"""Records of the log that are read in one look; the next look reads on."""

_WITHOUT_A_SCRIPT = frozenset(("leave", "palette", "help", "quit"))
"""Actions that are of use while no script is loaded."""


class ScriptScreen(PaneScreen[ScriptPane]):
    """Shows a script, runs its routes by hand and reloads it."""

    def __init__(
        self, view: ScriptView | None, monotonic: Clock, *, keys: Mapping[str, str], read_only: Callable[[], bool],
        remote: Callable[[], bool],
    ) -> None:  # fmt: skip
        """Take what the screen uses; `read_only` and `remote` say how the console is that it belongs to."""
        self.state = ScriptState()
        self.panes = ScriptPanes(nothing_loaded(remote=False))
        self.running: Sequence[RouteState] = ()
        super().__init__(self.panes, SCRIPT_PANES, "routes", keys)
        self._view = view
        self._monotonic = monotonic
        self._console_is_read_only = read_only
        self._console_is_remote = remote
        self._state_taken_at = float("-inf")
        self.action_calls |= {
            **{f"show_{pane}": partial(self._leave_for, pane) for pane in PANES},
            "back": self._go_back_or_leave,
            "pause": self.panes.logged.pause,
            "clear": self.panes.logged.clear,
            "run_route": self._run_selected_route,
            "reload": self._reload,
            "leave": self._close_or_leave,
        }

    def on_mount(self) -> None:
        """Begin to look."""
        self.panes.say_nothing_is_loaded(nothing_loaded(remote=self._console_is_remote()))
        self.panes.show_state(self.state)
        self.open_panes()
        self.look_at_state()
        self.set_interval(self.frame_seconds, self.look)

    async def on_unmount(self) -> None:
        """Wait until the workers have ended, such as the run of a route that waits."""
        await finish_workers(self)

    def on_screen_resume(self) -> None:
        """Show at once what changed while another screen was shown."""
        self.look_at_state()

    def look(self) -> None:
        """Take what is new and show it; the interval calls it, and so may a test or a benchmark."""
        if not (self.is_laid_out and self.is_current):
            return
        now = self._monotonic()
        if self._view is not None:
            self.panes.logged.take(self._view.log(self.panes.logged.log_view.cursor, LOG_BURST))
            if now >= self._state_taken_at + CALM_SECONDS:
                self._state_taken_at = now
                self._take_state(self._view.state())
        self.restore_focus()
        self.show_lines()

    def look_at_state(self) -> None:
        """Take the state of the script at once."""
        self._state_taken_at = float("-inf")
        self.look()

    @property
    def is_read_only(self) -> bool:
        """Say whether the console is read-only."""
        return self._console_is_read_only()

    def is_offered(self, action: Action) -> bool:
        """Say whether an action can be done now; nothing can be run or reloaded while no script is loaded."""
        return is_possible(action, self.active, read_only=self._is_fixed)

    def footer_words(self) -> Iterator[LineWord]:
        """Write the keys of the active pane that are of use."""
        words = key_words(self.active, self.keys, read_only=self._is_fixed)
        return (word for word in words if self.state.files or word.action in _WITHOUT_A_SCRIPT)

    def show_lines(self) -> None:
        """Show the state of the script, and what is wrong with the line under the cursor."""
        words = script_words(self.state, self.panes.logged.log_view, self.running, read_only=self.is_read_only)
        self.query_one("#status", OneLine).say(tuple(words))
        cells = script_hint(self.state, self._findings_here(), self.first_key, read_only=self.is_read_only)
        self.show_hint([LineWord(cells)] if cells else [])

    @on(LineList.Moved)
    def show_findings_here(self) -> None:
        """Say what is wrong with the line that the cursor moved to."""
        self.show_lines()

    @on(LineList.Opened)
    def open_line(self, message: LineList.Opened) -> None:
        """Go to the line of the script that a line is about; from a call, to the route that it calls."""
        place = self._place_behind(message.rows)
        if place is not None:
            self.panes.file.jump(place)
            self.show_pane("file")

    @property
    def _is_fixed(self) -> bool:
        return self.is_read_only or not self.state.files

    def _findings_here(self) -> Cells:
        place, route = self.panes.file.place, self.panes.routes.selected
        if self.active == "file" and place is not None:
            return findings_at(self.state, place)
        return ended_by(route) if self.active == "routes" and route is not None else []

    def _take_state(self, state: ScriptState) -> None:
        if state == self.state:
            return
        is_loaded_now = bool(state.files) != bool(self.state.files)
        self.state = state
        self.panes.show_state(state)
        if is_loaded_now:
            self.activate_pane(self.active)

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

    def _leave_for(self, pane: Pane | None = None) -> None:
        self.post_message(ShowConsole(pane))

    def _go_back_or_leave(self) -> None:
        if not self.go_back():
            self._leave_for()

    def _close_or_leave(self) -> None:
        if not self.close_zoom_or_search():
            self._leave_for()

    def _run_selected_route(self) -> None:
        route = self.panes.file.route(self.state.routes) if self.active == "file" else self.panes.routes.selected
        if route is None or self._view is None:
            self.post_message(Notice("Select a route to run it."))
        else:
            self.run_worker(self._run_route(self._view, route), group="run")

    async def _run_route(self, view: ScriptView, route: RouteState) -> None:
        self.running = [*self.running, route]
        self.show_lines()
        try:
            self.post_message(Notice(display_safe(await view.run(route), 400)))
        except EvtuiError as error:
            self.post_message(Notice(f"{route_text(route)}: {display_safe(str(error), 300)}", bad=True))
        finally:
            self.running = [other for other in self.running if other is not route]
        self.look_at_state()

    def _reload(self) -> None:
        if self._view is not None:
            self.run_worker(self._reload_files(self._view), group="reload", exclusive=True)

    async def _reload_files(self, view: ScriptView) -> None:
        self.post_message(await reload(view))
        self.look_at_state()
