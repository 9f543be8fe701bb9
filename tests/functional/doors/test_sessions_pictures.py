"""How the list of sessions looks at three sizes, stored as SVG; `just shots` stores the pictures anew."""

from contextlib import ExitStack
from functools import partial

import pytest
from textual.pilot import Pilot

from evtui.serve.terminal.sessions import Sessions
from evtui.serve.terminal.viewer import Viewer
from evtui.serve.terminal.viewer_settings import ViewersConfig
from tests.fakes.engine_fakes import fake_clocks
from tests.functional.console.console_scene import Scene
from tests.functional.console.test_console_pictures import (
    SIZES,
    compare_or_store,
    drawn,
    same_everywhere,
    scene,
    traffic,
)

pytestmark = pytest.mark.usefixtures("all_paintings")

__all__ = ["same_everywhere"]


async def _with_viewers(sessions: Sessions, opened: ExitStack, scene: Scene, pilot: Pilot[int]) -> None:
    """Let some viewers come while the console is at work."""
    scene.screen.state.sessions = sessions
    for viewer, what, idle in (
        (Viewer.named("alice@example.org", "operator", "ssh", "192.0.2.17"), "console", 71.0),
        (Viewer.named("bob@example.org", "viewer", "ssh", "2001:db8::4"), "console", 0.0),
        (Viewer.named("viewer", "viewer", "web", "198.51.100.23"), "console", 4210.0),
        (Viewer.named("probe@example.org", "viewer", "ssh", "192.0.2.80"), "tail 'E_PIKE_*' --json", 3.0),
    ):
        opened.enter_context(sessions.opened_by(viewer, what))
        scene.pass_by(idle)
    await traffic(scene, pilot)


@pytest.mark.parametrize("size", SIZES)
def test_the_list_of_sessions(request: pytest.FixtureRequest, size: tuple[int, int]) -> None:
    shown = scene()
    sessions = Sessions(ViewersConfig(), fake_clocks(shown.monotonic))
    with ExitStack() as opened:
        svg = drawn(shown, size, ("1", "H"), partial(_with_viewers, sessions, opened))
    compare_or_store(request, svg, "sessions" if size == (120, 40) else "", size)
