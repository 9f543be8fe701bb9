"""The console of a viewer: the same app, with a terminal elsewhere; it has nothing of this host but the engine."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

from msgspec import Struct
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from textual.cache import LRUCache
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.filter import Monochrome, NoColor
from textual.widget import Widget
from textual.worker import Worker

from evtui.core.clocks import Clocks
from evtui.core.fleet_port import Fleet
from evtui.core.ports import Backend
from evtui.core.script_port import ScriptView
from evtui.core.viewers.session_state import SessionControl
from evtui.serve.terminal.colour_depth import depth_of
from evtui.serve.terminal.frame_shares import frame_seconds
from evtui.serve.terminal.look_turns import LookTurns
from evtui.serve.terminal.remote_driver import RemoteDriver
from evtui.serve.terminal.remote_terminal import RemoteTerminal
from evtui.ui.app import EvtuiApp
from evtui.ui.terminal.desktop_notice import NoticeForm

if TYPE_CHECKING:
    from evtui.ui.forms.raising.form_tools import RaiseFiles

ENVIRONMENT: Final = frozenset({"TERM", "COLORTERM", "NO_COLOR"})
"""The variables of a viewer that its console looks at."""

_MOST_CHARACTERS: Final = 100

_SHARED_AGAIN: Final = 1.0
"""Seconds after which a console finds out anew how many there are."""

_CRASHED: Final = "the console crashed; the log of the server says why"


class ConsoleSettings(Struct, frozen=True):
    """What the consoles of all viewers share."""

    styles: Path
    """The directory of the style sheets."""
    theme: str | None = None
    fps: int = 10
    keys: Mapping[str, str] = {}
    filters: Mapping[str, str] = {}
    rules: Mapping[str, str] = {}
    bell: bool = True
    notice: NoticeForm = "off"
    profile: str = ""
    demo: bool = False
    colours: str = "truecolor"
    """What all consoles of this process are painted with (`colour_depth.py`), as rich names it."""


class ViewerApp(EvtuiApp):
    """Runs beside others in one event loop. It keeps no files, and what its viewer chose is forgotten at the end."""

    def __init__(
        self, backend: Backend, terminal: RemoteTerminal, settings: ConsoleSettings, clocks: Clocks, *,
        environment: Mapping[str, str], script: ScriptView | None = None, read_only: bool = True,
        sessions: SessionControl | None = None,
    ) -> None:  # fmt: skip
        """`environment` has what the viewer's side told of its terminal, as in `ENVIRONMENT`."""
        super().__init__(
            backend, wall=clocks.wall, monotonic=clocks.monotonic, styles=settings.styles, read_only=read_only,
            demo=settings.demo, theme=settings.theme, keys=settings.keys, script=script, filters=settings.filters,
            keeps_files=False, raise_files=_no_files,
        )  # fmt: skip
        self.take_settings(fps=settings.fps, profile=settings.profile)
        self.rules.take_settings(settings.rules, bell=settings.bell, notice=settings.notice)
        self.rules.begin()
        depth = self._take_colours(environment, settings.colours)
        self.driver_class = cast("Any", partial(RemoteDriver, terminal=terminal, depth=depth))
        # Textual puts its own streams in the place of those of the process, and puts back at the end those that it
        # found. Consoles that end in another order than they began would leave one of a dead console.
        self._capture_stdout = cast("Any", sys.stdout)
        self._capture_stderr = cast("Any", sys.stderr)
        self.has_crashed = self._has_begun = False
        self._early_exit: Callable[[], None] | None = None
        self.begun: Callable[[], None] = lambda: None
        """Called when it has opened."""
        self._parts: set[DOMNode | Worker[Any]] = set()
        """What it consists of, from when it was asked to end."""
        self._console_screen.state.sessions = sessions
        self._terminal, self._fps = terminal, settings.fps
        self._consoles: Callable[[], int] = lambda: 1
        self._turns: LookTurns | None = None

    def share_looks(self, consoles: Callable[[], int], turns: LookTurns) -> None:
        """Share the looks for what is new with others; `consoles` tells how many there are now."""
        self._consoles, self._turns = consoles, turns
        self._console_screen.turn = partial(turns.ask, self._console_screen)

    def take_fleet(self, fleet: Fleet | None) -> None:
        """Take the servers that the backend shows as one. Call it before the app runs."""
        self._console_screen.backend.fleet = fleet

    def _take_colours(self, environment: Mapping[str, str], painted: str) -> ColorSystem:
        """Paint with the colours of all consoles; returns what the viewer's terminal knows of them."""
        told = {
            name: text[:_MOST_CHARACTERS] for name, text in environment.items() if name in ENVIRONMENT
        }  # fmt: skip
        self.no_color = told.pop("NO_COLOR", None) is not None
        self._filters = [each for each in self._filters if not isinstance(each, Monochrome | NoColor)]
        if self.no_color:
            self._filters.append(NoColor() if self.native_ansi_color else Monochrome())
        depth = depth_of(Console(file=StringIO(), force_terminal=True, _environ=told).color_system)
        self.console = Console(
            color_system=cast("Any", painted), file=cast("TextIO", self.console.file), markup=True, highlight=False,
            emoji=False, legacy_windows=False, _environ=told, force_terminal=True, safe_box=False, soft_wrap=False,
        )  # fmt: skip
        return depth

    @property
    def _remote(self) -> RemoteDriver | None:
        return self._driver if isinstance(self._driver, RemoteDriver) else None

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End the console; nothing is painted any more. One that still opens ends when it has: its parts are there."""
        if not self._has_begun:
            self._early_exit = partial(self.exit, result, return_code, message)
            return
        self._note_parts()
        super().exit(result, return_code, message)

    def take_apart(self) -> None:
        """Break its reference cycles when it has ended, so that no garbage collection is needed."""
        self._note_parts()
        if self._turns is not None:
            self._turns.forget(self._console_screen)
        parts = {*self._parts, self._animator}
        for part in parts:
            if isinstance(part, Widget):
                # Textual remembers it longer than the widget.
                part._styles_cache.clear()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            for value in vars(part).values():
                if isinstance(value, LRUCache):
                    value.clear()
            vars(part).clear()

    def _note_parts(self) -> None:
        nodes = {*self._registry, self, *(each for each in self._parts if isinstance(each, DOMNode))}
        self._parts.update(nodes, self.workers)
        for node in nodes:
            # Their nodes are in no other list. One that was replaced has none.
            styles: dict[str, RenderStyles] = vars(node).get("_component_styles", {})
            self._parts.update(each.node for each in styles.values() if each.node is not None)

    def on_mount(self) -> None:
        """Take the keys of the viewer."""
        if self._remote is not None:
            self.run_worker(self._remote.pass_keys(), group="keys")
        self.set_interval(_SHARED_AGAIN, self._take_share)

    def on_ready(self) -> None:
        """End, if that was asked for while it opened."""
        self._has_begun = True
        self.begun()
        if self._early_exit is not None:
            self._early_exit()

    def _take_share(self) -> None:
        self._console_screen.frame_seconds = frame_seconds(
            self._fps, self._consoles(), is_seen=self._terminal.is_painted
        )

    def _print_error_renderables(self) -> None:
        """Print nothing: standard error is the server's, and the log has the error."""
        self.has_crashed = self.has_crashed or bool(self._exit_renderables)
        self._exit_renderables.clear()

    @property
    def last_words(self) -> str:
        """Return what the viewer is told when the console has ended; empty after a key."""
        return _CRASHED if self.has_crashed else ""


def _no_files() -> "RaiseFiles":
    from evtui.ui.forms.raising.form_tools import RaiseFiles  # when the form is made, after the first paint

    return RaiseFiles(reads_rows=False)
