"""The sessions of viewers: how many there are, for the status line, and the dialog that lists them and ends one."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from evtui.core.viewers.session_state import SessionControl, SessionState
from evtui.ui.messages import Notice
from evtui.ui.text.figures import count
from evtui.ui.widgets.one_line import LineWord

if TYPE_CHECKING:
    from evtui.ui.forms.raising.pick_dialog import Picked
    from evtui.ui.screens.pane_screen import PaneScreen

ENDED_BY = "an operator ended it in the console"


def session_words(sessions: SessionControl | None) -> Iterator[LineWord]:
    """Write for the status line how many watch through a door."""
    if sessions is not None and (number := len(sessions.states())):
        yield LineWord([("dim", "◉ "), ("accent", count(number))], 2, "sessions")


def list_sessions(screen: "PaneScreen[Any]", sessions: SessionControl | None) -> None:
    """Open the list of sessions, in which one can be picked to end it."""
    from evtui.ui.forms.raising.pick_dialog import PickDialog, PickLine  # on first use

    states: Sequence[SessionState] = () if sessions is None else sessions.states()
    empty = "no door for viewers is open: --ssh HOST:PORT opens one" if sessions is None else "no one watches now"
    lines = [PickLine(f"{each.number} {each.name}", _told(each)) for each in states]
    dialog = PickDialog("Viewers: the session that is taken is ended", lines, empty=empty)
    screen.console_app.push_screen(dialog, partial(_end, screen, sessions, states))


def _end(
    screen: "PaneScreen[Any]", sessions: SessionControl | None, states: Sequence[SessionState],
    picked: "Picked | None",
) -> None:  # fmt: skip
    if sessions is None or picked is None or picked.place is None:
        return
    chosen = states[picked.place]
    if sessions.end(chosen.number, ENDED_BY):
        screen.post_message(Notice(f"Session {chosen.number} of {chosen.name} was ended."))
    else:
        screen.post_message(Notice(f"Session {chosen.number} has ended already.", bad=True))


def _told(state: SessionState) -> str:
    return f"{state.role}, {state.door} from {state.address}: {state.what}, idle {state.idle:,.0f} s"
