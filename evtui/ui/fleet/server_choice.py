"""The field of a form in which a server of a fleet is chosen, or all of them; there is none for one server."""

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Label

from evtui.core.fleet_port import ServerState
from evtui.ui.widgets.choice import ChoiceField

ALL: Final = "all servers"


class ServerChoice(Horizontal):
    """A row of a form: space, arrows and the first letter of a name choose."""

    def __init__(self) -> None:
        super().__init__(classes="field")
        self._field = ChoiceField((ALL,), ALL, id="server")
        self.display = False

    def compose(self) -> ComposeResult:
        """Lay out the name of the row and the choice."""
        yield Label("Server", classes="label")
        yield self._field

    @property
    def server(self) -> str:
        """Return the server that is chosen; empty when it is all of them."""
        return "" if self._field.value == ALL else self._field.value

    def offer(self, servers: Sequence[ServerState]) -> None:
        """Offer the servers that there are; what is chosen stays."""
        self.display = bool(servers)
        words = (ALL, *(server.name for server in servers))
        self._field.offer(words, self._field.value if self._field.value in words else ALL)

    def choose(self, server: str) -> None:
        """Choose a server, or all with an empty name, before a person does."""
        self._field.offer((ALL, server) if server else (ALL,), server or ALL)
