"""The list of the servers of a fleet; one of them can be made the only one that the stream shows."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from evtui.core.fleet_port import ServerState
from evtui.ui.fleet.server_lines import ServerLines
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.widgets.folded_text import KeyHints
from evtui.ui.widgets.form_keys import SERVER_KEYS, bindings
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.role_style import ROLE_CLASSES

REFRESH_SECONDS = 0.5


class ServersScreen(ModalScreen[str | None], DismissedOnce[str | None]):
    """Lists the servers; closes with the name of the one that was chosen, None when none was."""

    SUBJECT = "Servers"
    HELP_KEYS = SERVER_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SERVER_KEYS)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {*ROLE_CLASSES}

    def __init__(self, servers: Callable[[], Sequence[ServerState]]) -> None:
        super().__init__()
        self._lines = ServerLines(servers)
        self.list = LineList(self._lines, id="filter-list")

    def compose(self) -> ComposeResult:
        """Lay out the list and the keys."""
        with Vertical(id="filters") as box:
            box.border_title = "Servers"
            box.border_subtitle = "esc closes"
            yield self.list
            yield KeyHints(SERVER_KEYS, id="filters-keys")

    def on_mount(self) -> None:
        """Keep the states as they are."""
        self.list.add_class("-active")
        self.set_focus(self.list)
        self.set_interval(REFRESH_SECONDS, self.list.redraw)

    @on(LineList.Opened)
    def choose(self) -> None:
        """Close with the server of the line."""
        server = self._lines.entry(self.list.cursor)
        self.dismiss(None if server is None else server.name)

    def action_cancel(self) -> None:
        """Close and choose none."""
        self.dismiss(None)
