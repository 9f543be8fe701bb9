"""The console as a Textual app: its screens, its themes, and how it ends."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.actions import ActionParseResult
from textual.app import App
from textual.command import Provider
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key, Paste
from textual.theme import ThemeProvider

from evtui.core.ports import Backend, Clock
from evtui.core.recording_port import Playback, Recordings
from evtui.core.script_port import ScriptView
from evtui.ui.actions import BY_ID, key_names, shown_keys
from evtui.ui.guide.tour_key import TourKey
from evtui.ui.messages import Notice, ScreenshotAsked, ShowConsole, ShowScript, StatesPolled
from evtui.ui.screens.console_keys import add_keys
from evtui.ui.screens.console_memory import KEEP_SECONDS, ChoiceStore, ConsoleMemory
from evtui.ui.screens.console_panes import MakeRaiseFiles
from evtui.ui.screens.console_screen import ConsoleScreen
from evtui.ui.screens.on_demand import dialog_help
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.script.reload import reload
from evtui.ui.state.console_source import ConsoleSource
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.state.own_files import own_files
from evtui.ui.stream.filters.saved_filters import SavedFilters
from evtui.ui.stream.rules.rule_key import RuleKey
from evtui.ui.terminal.console_styles import ConsoleStylesheet
from evtui.ui.terminal.key_order import KeyOrder
from evtui.ui.terminal.light_strips import lighten_strips
from evtui.ui.terminal.terminal_driver import KILLED, TidyDriver, crash_report, terminal_is_gone, watch_signals
from evtui.ui.themes import DARK, THEMES, begin_with

if TYPE_CHECKING:
    from evtui.ui.screens.script_screen import ScriptScreen

FIRST_STYLES = "console.tcss", "rows.tcss"
"""The style sheets of what is painted first. Those of the rest are read after that."""

HANG_UP = KILLED + 1
"""The exit status when the terminal went away, as after SIGHUP."""

_log = logging.getLogger(__name__)

_TWICE = 2.0
"""Seconds after a ctrl+c in which a second one leaves."""


class EvtuiApp(App[int]):
    """The console over a backend. `return_code`: 0 after a key, 1 after a crash, 128 plus the number of a signal."""

    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = set()
    TITLE = "evtui"

    _interrupted_at = float("-inf")
    _files: Path | None
    _when_painted: Callable[[], object] | None = None
    _script_screen: "ScriptScreen | None" = None
    _early_script: ShowScript | None = None
    """Asked for before it was known whether there is a script."""

    def __init__(  # noqa: PLR0913 - each is one setting of the console
        self, backend: Backend, *, wall: Clock, monotonic: Clock, styles: Path, read_only: bool = False,
        demo: bool = False, notices: Sequence[str] = (), theme: str | None = None,
        keys: Mapping[str, str] | None = None, files: Path | None = None,
        script: ScriptView | None = None, recordings: Recordings | None = None,
        filters: Mapping[str, str] | None = None, saved_filters: Path | None = None,
        playback: Playback | None = None, raise_files: MakeRaiseFiles | None = None,
        choices: ChoiceStore | None = None, keeps_files: bool = True,
    ) -> None:  # fmt: skip
        """Take what the console uses.

        `wall` and `monotonic` are clocks in seconds, `styles` is the directory of the style sheets, `notices` are shown
        at the start until they are closed, `keys` maps an action's id to keys, `files` is the directory for copies and
        exports. `script` is the script that the engine runs, None when it runs none or is elsewhere. `recordings`
        records what happens, None where nothing does. `filters` maps names to filters, `saved_filters` is the file of
        those that are saved in the console. `playback` moves in the recording that is shown, None where there is none.
        `raise_files` makes the history and the templates of raises, `choices` what the user chose earlier.
        `keeps_files` is false for a console that reads and writes no files, whose user is on another host.
        """
        lighten_strips()
        super().__init__(css_path=[str(styles / name) for name in FIRST_STYLES])
        self._take_look(theme, keys or {})
        self._styles, self._monotonic, self._wall, self._choices = styles, monotonic, wall, choices
        self._files, saved_filters = own_files(files, saved_filters) if keeps_files else (None, None)
        self._console_screen = ConsoleScreen(
            backend, wall, monotonic, read_only=read_only, demo=demo, notices=notices, keys=keys or {},
            files=self._files, saved_filters=SavedFilters(filters or {}, saved_filters),
        )  # fmt: skip
        self._console_screen.state.marking.recordings = recordings
        if playback is not None:
            from evtui.ui.recording.playback_keys import PlaybackKeys  # on first use: most consoles show no recording

            PlaybackKeys(playback, self._console_screen)
        add_keys(self._console_screen, wall=wall, monotonic=monotonic)
        self.rules = RuleKey(self._console_screen, saved_filters, wall=wall, monotonic=monotonic)
        self._console_screen.panes.raise_files = raise_files
        self._memory = ConsoleMemory(self, self._console_screen, choices, with_theme=theme is None)
        self._tour = TourKey(self._console_screen, is_wanted=self._memory.is_first)
        self._script, self._keys, self._key_order = script, keys or {}, KeyOrder(self, super().on_event)
        self._console_screen.waits_for.add("form")

    def take_settings(self, *, fps: int, profile: str, tour: bool = True) -> None:
        """Take how often a second the screen is drawn, and the profile that the status line names, "" for none.

        `tour` is whether the first console of a user shows the tour. Call it before the app runs.
        """
        self._tour.is_wanted &= tour
        self._console_screen.frame_seconds = 1 / fps
        self._console_screen.state.profile = profile

    def _take_look(self, theme: str | None, keys: Mapping[str, str]) -> None:
        for own in THEMES:
            self.register_theme(own)
        self.stylesheet = ConsoleStylesheet(variables=self.get_css_variables())
        begin_with(self, theme if theme in self.available_themes else DARK.name)
        self.set_keymap(dict(keys))

    def get_default_screen(self) -> ConsoleScreen:
        """Start with the console."""
        return self._console_screen

    def wait_for_source(self, when_painted: Callable[[], object]) -> None:
        """Call a function after the first paint; what the console shows is opened then, and `take_source` is called."""
        self._when_painted = when_painted
        self._console_screen.waits_for.add("source")

    def take_source(self, source: ConsoleSource) -> None:
        """Show what is open now; its backend is the one of this console."""
        self._script = source.script
        self._console_screen.state.take_source(source)
        self._console_screen.backend.fleet = source.fleet
        self._console_screen.notices.extend(source.notices)
        self._console_screen.waits_for.discard("source")
        self._console_screen.call_after_refresh(self.call_later, self._complete)
        if self._early_script is not None:
            self.post_message(self._early_script)

    @on(ShowScript)
    def show_script(self, message: ShowScript) -> None:
        """Go to a pane of the Script screen, which is made at its first use, when it is known whether there is one."""
        if "source" in self._console_screen.waits_for:
            self._early_script = message
            return
        screen = self._script_screen
        if screen is None:
            screen = self._script_screen = self._make_script_screen()
            self.install_screen(screen, "script")  # pyright: ignore[reportUnknownMemberType]
        if not screen.is_current:
            self.push_screen("script")
        screen.show_pane(message.pane)

    @on(ShowConsole)
    def show_console(self, message: ShowConsole) -> None:
        """Go back to the console; the Script screen keeps its state."""
        if self._script_screen is not None and self._script_screen.is_current:
            self.pop_screen()
        if message.pane is not None:
            self._console_screen.show_pane(message.pane)

    @on(ScreenshotAsked)
    def save_picture(self) -> None:
        """Write a picture of the screen in front to a file, and tell where it is."""
        from evtui.ui.guide.screenshot import screen_svg  # on first use

        if self._files is not None:
            self.run_worker(self._save_picture(self._files, screen_svg(self)), group="screenshot")

    async def _save_picture(self, files: Path, svg: str) -> None:
        from evtui.ui.guide.screenshot import save_screenshot

        self.tell(await save_screenshot(files, svg, self._wall()))

    def _make_script_screen(self) -> "ScriptScreen":
        # Imported at its first use: the console starts sooner without it.
        from evtui.ui.screens.script_screen import ScriptScreen

        screen = ScriptScreen(
            self._script, self._monotonic, keys=self._keys, read_only=lambda: self._console_screen.is_read_only,
            remote=self._is_remote,
        )  # fmt: skip
        screen.keeps_files = self._files is not None
        screen.frame_seconds = self._console_screen.frame_seconds
        return screen

    def _is_remote(self) -> bool:
        status = self._console_screen.state.status
        return status is not None and status.source != "embedded"

    def on_mount(self) -> None:
        """Watch the signals and the terminal, and what the user chooses."""
        self.call_after_refresh(self._memory.give_texts)
        self.set_interval(KEEP_SECONDS, self._keep_choices_aside)
        if isinstance(self._driver, TidyDriver):  # else the terminal is not that of this process
            self.run_worker(watch_signals(self._leave_with, self._reload_script), group="signals")
            self.set_interval(0.5, self._leave_without_terminal)

    def on_ready(self) -> None:
        """Go on after the first paint with what was not needed for it: first with what the console shows."""
        if self._when_painted is not None:
            self._when_painted()
        else:
            self.call_later(self._complete)

    async def _complete(self) -> None:
        """Read the styles of the forms, dialogs and other screens, and lay out the raise form."""
        self.stylesheet.read_all(
            [path for path in sorted(self._styles.glob("*.tcss")) if path.name not in FIRST_STYLES]
        )
        for screen in self.screen_stack:  # a key that came early opened the others
            self.stylesheet.update(screen)
        if not self._console_screen.panes.is_attached:  # a key or a signal that came early ended the console
            return
        await self._console_screen.panes.complete()
        self._console_screen.waits_for.discard("form")
        if self._console_screen.active == "raise":
            self._console_screen.show_pane("raise")
        self.begin_tour()

    @on(StatesPolled)
    def begin_tour(self) -> None:
        """Show the tour at the first start, once it is known what can be done."""
        self._memory.toured |= self._tour.begin()

    def keep_choices(self) -> None:
        """Keep what the user chose since it was kept last. Blocks; call it when the console has ended."""
        changed = self._memory.take_changes()
        if changed is not None and self._choices is not None:
            self._choices.keep(changed)

    def _keep_choices_aside(self) -> None:
        changed, choices = self._memory.take_changes(), self._choices
        if changed is not None and choices is not None:
            self.run_worker(partial(choices.keep, changed), group="choices", thread=True, exit_on_error=False)

    async def on_event(self, event: Event) -> None:
        """Handle an event; a key or a pasted text is handled when all before it is done."""
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            await self._key_order.take(event)
        else:
            await super().on_event(event)

    def on_key(self, event: Key) -> None:
        """Show the help of the dialog in front, when it does nothing else with the key of the help."""
        front = self.screen
        is_free = event.key in key_names(BY_ID["help"], self._keys) and event.key not in front.active_bindings
        if is_free and isinstance(front, DismissedOnce) and front.SUBJECT:
            event.prevent_default()
            self.push_screen(dialog_help(front, self.screen_stack))

    def get_driver_class(self) -> type[Driver]:
        """Use our driver instead of Textual's driver for a terminal."""
        usual = super().get_driver_class()
        return TidyDriver if usual is LinuxDriver else usual

    def action_command_palette(self) -> None:
        """Open the palette. It has no id: the one before it may still be closing, and two of one id are an error."""
        from evtui.ui.guide.palette import Palette  # on first use

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        """Open the palette on the themes."""
        from evtui.ui.guide.palette import Palette

        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run the action of a key. One that comes before a widget is there, or after it is gone, has no effect."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except NoMatches as error:
            _log.info("the action of a key found no widget: %s", error)
            return False

    def action_help_quit(self) -> None:
        """Leave at the second ctrl+c in a row."""
        now = self._monotonic()
        if now - self._interrupted_at < _TWICE:
            self.exit(0)
            return
        self._interrupted_at = now
        keys = ("ctrl+c again", *shown_keys(BY_ID["quit"], self._keys)[:1])
        self.tell(Notice(f"{', or '.join(keys)}, leaves."))

    def panic(self, *renderables: object) -> None:
        """Leave with exit status 1 because of an error."""
        self._return_code = self._return_code or 1
        super().panic(*renderables)  # type: ignore[arg-type]

    def _fatal_error(self) -> None:
        # Textual's own report prints the local variables of all frames, and with them passwords.
        self.bell()
        self._exit_renderables.append(crash_report(self._exception))
        self._close_messages_no_wait()

    def _reload_script(self) -> bool:
        if self._script is not None:
            self.run_worker(self._tell_reloaded(self._script), group="reload")
        return self._script is not None

    async def _tell_reloaded(self, script: ScriptView) -> None:
        self.tell(await reload(script))

    def tell(self, notice: Notice) -> None:
        """Tell on the screen in front: what was done in a line, why it was not done as a toast."""
        if isinstance(self.screen, PaneScreen):
            self.screen.post_message(notice)
        elif notice.bad:
            self.notify(notice.text, severity="error", markup=False)
        else:
            from evtui.ui.widgets.told_line import tell_in_dialog  # on first use

            tell_in_dialog(self.screen, notice.text)

    def _leave_with(self, status: int) -> None:
        self.exit(status, return_code=status)

    def _leave_without_terminal(self) -> None:
        if terminal_is_gone():
            self._leave_with(HANG_UP)
