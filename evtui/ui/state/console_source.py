"""What a console shows, once it is open."""

from collections.abc import Sequence

from msgspec import Struct

from evtui.core.fleet_port import Fleet
from evtui.core.ports import Backend
from evtui.core.recording_port import Recordings
from evtui.core.script_port import ScriptView
from evtui.core.viewers.session_state import SessionControl
from evtui.ui.state.profile_choice import ProfileChoice


class ConsoleSource(Struct, frozen=True):
    """A backend, and what is known of it when it is open."""

    backend: Backend
    notices: Sequence[str] = ()
    """What is shown until it is closed."""
    script: ScriptView | None = None
    """The script that the engine runs, None when it runs none or is another process."""
    recordings: Recordings | None = None
    """What records what happens."""
    fleet: Fleet | None = None
    """The servers that are shown as one; None for one server and for an engine."""
    sessions: SessionControl | None = None
    """The sessions of viewers, None when this process has no door for them."""
    profiles: ProfileChoice | None = None
    """Lets the console take the settings of another profile; None where it cannot."""
