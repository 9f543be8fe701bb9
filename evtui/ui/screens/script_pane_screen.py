"""The Script screen's panes: reads the script ten times a second while it is shown. What keys do is the screen's."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import Provider
from textual.screen import Screen

from evtui.core.ports import Clock
from evtui.core.script_port import RouteState, ScriptState, ScriptView
from evtui.ui.actions import BY_ID, ScriptPane, possible, screen_bindings
from evtui.ui.palette import ActionProvider
from evtui.ui.script.script_panes import ScriptPanes
from evtui.ui.script.source_lines import ended_by, faults_at
from evtui.ui.script.status_words import nothing_loaded, script_hint, script_words
from evtui.ui.text.cells import Cells
from evtui.ui.text.status_lines import key_words, tab_words
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.one_line import LineWord, OneLine
from evtui.ui.widgets.prompt import Prompt
from evtui.ui.widgets.role_style import ROLE_CLASSES

FRAME = 0.1
"""Seconds between two looks at the log."""

CALM = 0.5
"""Seconds between two looks at the routes."""

_BURST = 5000

_WITHOUT_A_SCRIPT = frozenset(("leave", "palette", "help", "quit"))
"""Actions that do something where no script is loaded."""


class ScriptPaneScreen(Screen[None]):
    """Status, panes, hint and keys of a script."""

    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings()]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionProvider}
    COMPONENT_CLASSES: ClassVar[set[str]] = {*ROLE_CLASSES}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012 - Textual declares it

    def __init__(
        self, view: ScriptView | None, monotonic: Clock, *, keys: Mapping[str, str], read_only: Callable[[], bool],
        remote: Callable[[], bool],
    ) -> None:  # fmt: skip
        """Take what the screen uses; `read_only` and `remote` say how the console is that it belongs to."""
        super().__init__()
        self.active: ScriptPane = "routes"
        self.state = ScriptState()
        self.panes = ScriptPanes(nothing_loaded(remote=False))
        self.keys = keys
        self.running: Sequence[RouteState] = ()
        self._view = view
        self._monotonic = monotonic
        self._read_only = read_only
        self._remote = remote
        self._state_at = float("-inf")
        self._laid_out = False
        self._visited: deque[ScriptPane] = deque(maxlen=32)

    def compose(self) -> ComposeResult:
        """Lay out the lines around the panes."""
        yield OneLine(id="status")
        yield OneLine(id="tabs")
        yield self.panes
        yield Prompt()
        yield OneLine(id="hint")
        yield OneLine(id="keys")

    def on_mount(self) -> None:
        """Begin to look."""
        self.panes.say_nothing_is_loaded(nothing_loaded(remote=self._remote()))
        self._laid_out = True
        self.panes.take(self.state)
        self.look_at_state()
        self._enter_pane(self.active)
        self.set_interval(FRAME, self.look)

    def on_screen_resume(self) -> None:
        """Show at once what came while another screen was shown."""
        self.look_at_state()

    def look(self) -> None:
        """Take what is new and show it; the interval calls it, and so may a test or a benchmark."""
        if not (self._laid_out and self.is_current):
            return
        now = self._monotonic()
        if self._view is not None:
            self.panes.logged.take(self._view.log(self.panes.logged.log_view.cursor, _BURST))
            if now >= self._state_at + CALM:
                self._state_at = now
                self._take_state(self._view.state())
        if self.focused is None:
            # A layout that hides the focused pane before it shows the next one takes the focus away.
            self.panes.pane(self.active).focus()
        self.show_lines()

    def look_at_state(self) -> None:
        """Take at once how the script is."""
        self._state_at = float("-inf")
        self.look()

    def show_pane(self, name: ScriptPane) -> None:
        """Go to a pane; a narrow screen shows it alone."""
        if name != self.active:
            self._visited.append(self.active)
        self._enter_pane(name)

    def go_back(self) -> bool:
        """Go to the pane that was active before this one; says whether there was one."""
        if not self._visited:
            return False
        self._enter_pane(self._visited.pop())
        return True

    def show_lines(self) -> None:
        """Show how the script is, and what is wrong with the line under the cursor."""
        read_only = self._read_only()
        words = script_words(self.state, self.panes.logged.log_view, self.running, read_only=read_only)
        self.query_one("#status", OneLine).say(tuple(words))
        cells = script_hint(self.state, self._faults(), read_only=read_only)
        hint = self.query_one("#hint", OneLine)
        hint.say([LineWord(cells)] if cells else [])
        hint.set_class(bool(cells), "-open")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse what cannot be done here, or at all when read-only."""
        if action != "do":
            return True
        return possible(BY_ID[str(parameters[0])], self.active, read_only=self._is_fixed, source="stream")

    @on(events.DescendantFocus)
    def follow_focus(self) -> None:
        """Make the pane with the focus the active one."""
        name = self.panes.holding(self.focused) if self.focused is not None else None
        if name is not None and name != self.active:
            self._visited.append(self.active)
            self._mark(name)

    @on(LineList.Moved)
    def follow_cursor(self) -> None:
        """Say what is wrong with the line the cursor came to."""
        self.show_lines()

    @property
    def _is_fixed(self) -> bool:
        """Say whether nothing can be run or reloaded: it must not be, or there is nothing."""
        return self._read_only() or not self.state.files

    def _faults(self) -> Cells:
        place, route = self.panes.file.place, self.panes.routes.selected
        if self.active == "file" and place is not None:
            return faults_at(self.state, place)
        return ended_by(route) if self.active == "routes" and route is not None else []

    def _take_state(self, state: ScriptState) -> None:
        if state == self.state:
            return
        came = bool(state.files) != bool(self.state.files)
        self.state = state
        self.panes.take(state)
        if came:
            self._mark(self.active)

    def _enter_pane(self, name: ScriptPane) -> None:
        self.active = name
        if self._laid_out:
            self._mark(name)
            self.call_after_refresh(self.panes.pane(name).focus)

    def _mark(self, name: ScriptPane) -> None:
        self.active = name
        self.panes.activate(name)
        self.refresh_bindings()
        fixed = self._is_fixed
        self.query_one("#tabs", OneLine).say(tuple(tab_words(name, read_only=fixed)))
        words = key_words(name, self.keys, read_only=fixed)
        of_use = (word for word in words if self.state.files or word.action in _WITHOUT_A_SCRIPT)
        self.query_one("#keys", OneLine).say(tuple(of_use))
        self.show_lines()
