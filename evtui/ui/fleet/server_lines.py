"""The list of the servers of a fleet as lines: light, name, what it is, its subscriptions, why it is not live."""

from collections.abc import Callable, Sequence

from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.core.fleet_port import ServerState
from evtui.ui.fleet.server_looks import LIGHTS, looks_of
from evtui.ui.text.cells import Cells
from evtui.ui.text.columns import CellWriters, TableColumn, cell, fit, header, join
from evtui.ui.text.figures import count, cut_end, cut_middle

COLUMNS = (
    TableColumn("light", "", 1, 0),
    TableColumn("name", "server", 10, 0, grow=1, most=24),
    TableColumn("state", "state", 9, 1),
    TableColumn("version", "version", 16, 4, grow=1, most=24),
    TableColumn("events", "events", 6, 6, right=True),
    TableColumn("subs", "subs", 5, 5, right=True),
    TableColumn("records", "records", 9, 3, right=True),
    TableColumn("address", "address", 14, 2, grow=4, most=60),
)


class ServerLines:
    """The lines of the list."""

    def __init__(self, servers: Callable[[], Sequence[ServerState]]) -> None:
        self._servers = servers

    def __len__(self) -> int:
        return len(self._servers())

    def entry(self, index: int) -> ServerState | None:
        """Return the server of a line."""
        servers = self._servers()
        return servers[index] if 0 <= index < len(servers) else None

    def key(self, index: int) -> object:
        """Return the name of the server of a line."""
        return self._servers()[index].name

    def find(self, key: object) -> int | None:
        """Return the line of a server by its name."""
        return next((place for place, each in enumerate(self._servers()) if each.name == key), None)

    def line(self, index: int, width: int) -> Cells:
        """Write a server; of one that is not live, why, in place of its address."""
        server = self._servers()[index]
        role, sign = LIGHTS[server.light]
        looks = looks_of(self._servers())
        why = server.detail if server.light != "live" else ""
        cells: CellWriters = {
            "light": lambda room: cell(role, sign, room),
            "name": lambda room: looks.cell(server.name, room),
            "state": lambda room: cell(role, state_word(server), room),
            "version": lambda room: cell("text", cut_end(display_safe(server.version or UNTOLD, 60), room), room),
            "events": lambda room: cell("text", count(server.events), room, right=True),
            "subs": lambda room: cell("text", count(server.subscriptions), room, right=True),
            "records": lambda room: cell("number", count(server.received), room, right=True),
            "address": lambda room: (
                cell("bad", cut_end(display_safe(why, 200), room), room)
                if why
                else cell("dim", cut_middle(display_safe(server.address, 200), room), room)
            ),
        }
        return join(cells[name](room) for name, room in fit(COLUMNS, width).items())

    def header(self, width: int) -> Cells:
        """Write the titles of the columns."""
        return header(COLUMNS, fit(COLUMNS, width))

    def empty(self) -> Sequence[str]:
        """Say how to have servers."""
        return "One server is shown.", "evtui --mi A --mi B shows several as one; @FILE is a list of them."


def state_word(server: ServerState) -> str:
    """Say in one word how a server stands."""
    if server.light == "live":
        return "read-only" if server.read_only else "live"
    return {"starting": "starting", "silent": "no answer", "retry": "retry"}[server.light]
