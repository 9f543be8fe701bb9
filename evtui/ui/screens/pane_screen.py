"""What the two screens of the console share: panes with lines around them, and the actions that both have.

A screen shows from top to bottom a status line, tabs where only one pane fits, the grid of panes, the line that a
search is typed into, a hint, and the keys. One pane is active: it has the focus, its lines are searched, and it decides
which actions are possible.

The work is done by parts that know nothing of the screen: `PaneGrid` holds the panes, `PaneHistory` remembers the way
back, `LineSearch` searches the lines of the active pane, and `ui/actions.py` is the table of all actions. A screen of
its own brings its panes, adds to `action_calls` what its own actions do, and says what stands in the lines.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import ClassVar, Generic, cast

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.command import Provider
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from evtui.ui.actions import BY_ID, Action, is_possible, screen_bindings, shown_keys
from evtui.ui.guide.guide_actions import guide_calls
from evtui.ui.messages import ActionClicked, Notice, ReportArrived
from evtui.ui.panes import PaneName
from evtui.ui.screens.line_search import LineSearch, SearchStep
from evtui.ui.screens.on_demand import palette_provider, why_screen
from evtui.ui.screens.pane_grid import PaneGrid
from evtui.ui.screens.pane_history import PaneHistory
from evtui.ui.screens.status_lines import key_words, tab_words
from evtui.ui.text.figures import cut_middle
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.one_line import LineWord, OneLine
from evtui.ui.widgets.prompt import Prompt, Purpose, TypingAid
from evtui.ui.widgets.role_style import ROLE_CLASSES
from evtui.ui.widgets.told_line import TOLD_SECONDS
from evtui.ui.widgets.workers import Turn, start_worker

FRAME_SECONDS = 0.1
"""Between two looks at what is new, unless another number is set."""


class PaneScreen(Screen[None], Generic[PaneName]):
    """A grid of panes, one of them active, between a status line and the keys."""

    AUTO_FOCUS = ""  # none: None would be that of the app, the first widget there is
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings()]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {palette_provider}
    COMPONENT_CLASSES: ClassVar[set[str]] = {*ROLE_CLASSES}
    frame_seconds = FRAME_SECONDS
    """Between two looks at what is new, after each of which it is drawn; less often saves bytes and processor time."""
    turn: Turn | None = None
    """Lets it look in its turn, where other consoles run in this process."""
    keeps_files = True
    """Whether files of this host may be written; not when the console is shown on another host."""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012 - Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-tall")]  # noqa: RUF012 - Textual declares it

    def __init__(
        self, grid: PaneGrid[PaneName], order: tuple[PaneName, ...], first: PaneName, keys: Mapping[str, str]
    ) -> None:
        """Take the panes, their order, the first to be active, and by action id the keys that replace the table's."""
        super().__init__()
        self.active: PaneName = first
        self.keys = keys
        self.pane_history: PaneHistory[PaneName] = PaneHistory()
        self.line_search = LineSearch(self.active_list, self.post_message)
        self.is_laid_out = False
        self.waits_for: set[str] = set()  # what comes after the first paint
        self.told = ""
        """What was done a moment ago; empty when there is nothing to tell."""
        self._told_timer: Timer | None = None
        self._pane_grid = grid
        self._pane_order = order
        self.action_calls: dict[str, Callable[[], object]] = {
            **{f"show_{pane}": partial(self.show_pane, pane) for pane in order},
            "next_pane": partial(self._step_pane, 1),
            "previous_pane": partial(self._step_pane, -1),
            "zoom": partial(self.toggle_class, "-zoom"),
            "narrower": partial(self._widen_pane, -1),
            "wider": partial(self._widen_pane, 1),
            "reset_columns": lambda: self.post_message(Notice(self._pane_grid.reset_widths())),
            "search": lambda: self.ask_for_text("search", self.line_search.term),
            "next_match": partial(self._go_to_match, 1),
            "previous_match": partial(self._go_to_match, -1),
            **guide_calls(self),
            "quit": lambda: self.console_app.exit(0),
        }
        """What each action of the table does."""
        self.typed_calls: dict[Purpose, Callable[[str], object]] = {}
        """What is done with a text that was typed for a purpose, once it is entered."""

    def compose(self) -> ComposeResult:
        """Lay out the panes and the lines around them."""
        yield OneLine(id="status")
        yield OneLine(id="tabs")
        yield self._pane_grid
        yield Prompt(self.first_key("next_match"), self.first_key("previous_match"), late=bool(self.waits_for))
        yield OneLine(id="hint")
        yield OneLine(id="keys")

    def set_layout_early(self) -> None:
        """Set the class of the width before the first resize sets it: everything would be laid out once more then."""
        width = self.console_app.size.width
        name = next(name for least, name in reversed(self.HORIZONTAL_BREAKPOINTS or []) if width >= least)
        self.add_class(name, update=False)  # no style of the screen itself depends on it

    @property
    def is_one_pane(self) -> bool:
        """Say whether only the active pane is shown, with tabs for the others."""
        return self.has_class("-narrow") or self.has_class("-zoom")

    @property
    def is_busy(self) -> bool:
        """Say whether the panes, or what they show, are not there yet: keys wait for a moment."""
        return bool(self.waits_for) or not self.is_laid_out

    # What a subclass says

    @property
    def is_read_only(self) -> bool:
        """Say whether nothing may be changed here."""
        return False

    def show_lines(self) -> None:
        """Show the status and the hint as they are now."""

    def footer_words(self) -> Iterable[LineWord]:
        """Write the keys of the active pane."""
        return key_words(self.active, self.keys, read_only=self.is_read_only)

    def is_offered(self, action: Action) -> bool:
        """Say whether an action can be done now."""
        return is_possible(action, self.active, read_only=self.is_read_only)

    def is_shown(self, name: PaneName) -> bool:  # noqa: ARG002 - for screens whose panes can be closed
        """Say whether a pane is one of those that can be seen, or one of the tabs."""
        return True

    # Panes and focus

    @property
    def console_app(self) -> App[int]:
        """Return the app, whose result is an exit status."""
        return cast("App[int]", self.app)

    def active_list(self) -> LineList | None:
        """Return the list in the active pane, None in the raise form."""
        pane = self._pane_grid.pane(self.active)
        return pane if isinstance(pane, LineList) else None

    def open_panes(self) -> None:
        """Go to the first pane once the panes are laid out."""
        self.is_laid_out = True
        for rows in self._pane_grid.query(LineList):
            rows.name_keys(self.keys)
        self.show_pane(self.active)

    def show_pane(self, name: PaneName) -> None:
        """Go to a pane at once, so that the next key goes there. A narrow screen shows only this pane.

        Before the panes are laid out, the pane is only remembered as the first to open.
        """
        if name != self.active:
            self.pane_history.leave(self.active)
        self._enter_pane(name)

    def go_back(self) -> bool:
        """Go to the pane that was active before this one; returns whether there was one."""
        name = self.pane_history.back()
        if name is not None:
            self._enter_pane(name)
        return name is not None

    def activate_pane(self, name: PaneName) -> None:
        """Make a pane the active one, without giving it the focus."""
        self.active = name
        self._pane_grid.activate(name)
        self.refresh_bindings()
        self.show_choices()
        self.show_lines()

    def restore_focus(self) -> None:
        """Give the active pane the focus when nothing has it.

        A layout that hides the focused pane before it shows the next one takes the focus away.
        """
        if self.focused is None and self.is_current:
            self._pane_grid.enter(self.active)

    def show_choices(self) -> None:
        """Show the tabs and the keys of the active pane."""
        self.query_one("#tabs", OneLine).say(tuple(tab_words(self.active, read_only=self.is_read_only)))
        of_no_use = "zoom" if self.has_class("-narrow") else None
        self.query_one("#keys", OneLine).say([word for word in self.footer_words() if word.action != of_no_use])

    def first_key(self, action: str) -> str:
        """Return the first key of an action as it is bound, for a hint."""
        return next(iter(shown_keys(BY_ID[action], self.keys)), "the palette")

    def show_hint(self, words: list[LineWord]) -> None:
        """Show what was done a moment ago, else a hint; without either give the line to the panes."""
        hint = self.query_one("#hint", OneLine)
        if self.told:
            words = [LineWord([("text", cut_middle(self.told, max(1, self.size.width - 2)))])]
        hint.say(words)
        hint.set_class(bool(words), "-open")

    @on(events.DescendantFocus)
    def activate_focused_pane(self) -> None:
        """Make the pane with the focus the active one."""
        # The focus may have moved on since the message was posted: only where it is now counts.
        name = self._pane_grid.name_of(self.focused) if self.focused is not None else None
        if name is not None and name != self.active:
            self.pane_history.leave(self.active)
            self.activate_pane(name)

    def _enter_pane(self, name: PaneName) -> None:
        if not self.is_laid_out:
            self.active = name
            return
        self.activate_pane(name)
        self._pane_grid.enter(name)
        self.call_after_refresh(lambda: self._pane_grid.keep_focus(self.active, self.focused))

    def _step_pane(self, step: SearchStep) -> None:
        shown = [pane for pane in self._pane_order if pane == self.active or self._is_next(pane)]
        self.show_pane(shown[(shown.index(self.active) + step) % len(shown)])

    def _is_next(self, pane: PaneName) -> bool:
        shows = BY_ID.get(f"show_{pane}")
        return self.is_shown(pane) and (shows is None or self.is_offered(shows))

    def _widen_pane(self, steps: int) -> None:
        if self._pane_grid.widen(self.active, steps):
            return
        why = "Only one pane is shown" if self.is_one_pane else "The columns cannot be moved any further"
        self.post_message(Notice(f"{why}.", bad=True))

    # Actions

    def action_do(self, name: str) -> None:
        """Do an action of the table, by its id."""
        self.action_calls[name]()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse the actions of the table that cannot be done now."""
        if action != "do":
            return True
        return self.is_offered(BY_ID[str(parameters[0])])

    @on(ActionClicked)
    async def do_clicked(self, message: ActionClicked) -> None:
        """Do an action whose word was clicked."""
        action, rows = BY_ID[message.action], self.active_list()
        if not action.in_rows:
            if self.is_offered(action):
                self.action_do(action.id)
        elif rows is not None:
            await rows.run_action(f"row_{action.id}")

    def close_zoom_or_search(self) -> bool:
        """End the zoom, or else the search; returns whether one of them was on."""
        if self.has_class("-zoom"):
            self.remove_class("-zoom")
            return True
        return self.line_search.end()

    # Texts that are typed, notices

    def ask_for_text(self, purpose: Purpose, text: str = "", aid: TypingAid | None = None) -> None:
        """Open the line that a text is typed into, with what knows its language."""
        self.query_one(Prompt).ask(purpose, text, aid)

    @on(Prompt.Typed)
    def search_typed(self, message: Prompt.Typed) -> None:
        """Search while the text is typed."""
        if message.purpose == "search":
            self.line_search.type(message.text)

    @on(Prompt.Closed)
    def end_typing(self, message: Prompt.Closed) -> None:
        """Keep the search, or end it when it was cancelled, and go back to the pane."""
        if message.purpose == "search" and message.text is None:
            self.line_search.end()
        elif message.purpose == "search" and message.text:
            self.line_search.keep(message.text)
        self._pane_grid.enter(self.active)
        if message.text is not None and message.purpose in self.typed_calls:
            self.typed_calls[message.purpose](message.text)

    @on(Prompt.Stepped)
    def step_to_match(self, message: Prompt.Stepped) -> None:
        """Go from match to match while the text is still being typed."""
        if message.purpose == "search":
            self.line_search.go_on(message.step)

    @on(LineList.Searched)
    def show_match_count(self, message: LineList.Searched) -> None:
        """Show at the line that is typed into which match the cursor is at."""
        if message.rows is self.active_list():
            self.query_one(Prompt).show_count(message.rows.search.match_text)

    def _go_to_match(self, step: SearchStep) -> None:
        if not self.line_search.go_on(step):
            self.ask_for_text("search")

    @on(Notice)
    def show_notice(self, message: Notice) -> None:
        """Tell what was done in the hint line; say why something was not done as a toast, which stays in sight."""
        if not message.bad:
            self._tell(message.text)
            return
        if self.has_class("-narrow"):
            # Toasts would pile up over half of the only pane.
            self.console_app.clear_notifications()
        self.notify(message.text, severity="error", markup=False)

    def _tell(self, text: str) -> None:
        """Show a text in the hint line for a moment; empty ends that."""
        if self._told_timer is not None:
            self._told_timer.stop()
        self.told = text
        self._told_timer = self.set_timer(TOLD_SECONDS, partial(self._tell, "")) if text else None
        self.show_lines()

    @on(ReportArrived)
    def show_report(self, message: ReportArrived) -> None:
        """Show the timeline that was asked for."""
        self.console_app.push_screen(why_screen(message.report))

    def run_and_post(self, work: Callable[[], Awaitable[Message]], group: str = "default") -> None:
        """Run some work in a group of workers, and post to this screen the message that it ends with."""

        async def post_result() -> None:
            self.post_message(await work())

        start_worker(self, post_result, group)
