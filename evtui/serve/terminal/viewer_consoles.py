"""Makes the consoles of viewers, for every door: what each sees, and what its role may do."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct, field

from evtui.core.clocks import Clocks
from evtui.core.ports import Backend
from evtui.core.script_port import ScriptView
from evtui.core.short_collections import objects_that_stay
from evtui.serve.terminal.console_session import run_console
from evtui.serve.terminal.look_turns import LookTurns
from evtui.serve.terminal.opening_turns import OpeningTurns
from evtui.serve.terminal.remote_terminal import RemoteTerminal
from evtui.serve.terminal.sessions import Session, Sessions
from evtui.serve.terminal.viewer import Viewer
from evtui.serve.terminal.viewer_app import ConsoleSettings, ViewerApp
from evtui.serve.terminal.viewer_backend import ViewerView
from evtui.serve.terminal.viewer_script import ViewerScript

OBJECTS_OF_A_CONSOLE: Final = 25_000
"""That the garbage collector knows, rounded up, with those of its connection."""


class ViewerConsoles(Struct, frozen=True):
    """What the doors need for a console."""

    settings: ConsoleSettings
    clocks: Clocks
    sessions: Sessions
    view_of: Callable[[Viewer], ViewerView]
    """Makes what a viewer sees, which refuses what the role may not do."""
    turns: LookTurns
    script: ScriptView | None = None
    opening: OpeningTurns = field(default_factory=OpeningTurns)

    async def run(self, session: Session, terminal: RemoteTerminal, environment: Mapping[str, str]) -> int:
        """Run the console of a session until it ends; returns its exit status. `environment`: see `ViewerApp`."""
        viewer = session.viewer
        view = self.view_of(viewer)
        script = None if self.script is None else ViewerScript(self.script, viewer)

        def make(backend: Backend) -> ViewerApp:
            app = ViewerApp(
                backend, terminal, self.settings, self.clocks, environment=environment, script=script,
                read_only=viewer.role == "viewer", sessions=self.sessions,
            )  # fmt: skip
            app.take_fleet(view.fleet)
            app.share_looks(self.sessions.__len__, self.turns)
            return app

        with objects_that_stay(OBJECTS_OF_A_CONSOLE):
            return await run_console(session, terminal, view.backend, make, self.clocks, self.opening)
