"""How the servers of a fleet look in lists: a colour each, and the room that their names need."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from rich.cells import cell_len

from evtui.codecs.display_text import display_safe
from evtui.core.fleet_port import SERVER_COLOURS, Light, ServerState
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.columns import TableColumn, cell
from evtui.ui.text.figures import count, cut_middle

WIDEST: Final = 14
"""Cells of the longest name in a column; the middle of a longer one is left out."""

_TITLE: Final = len("server")

LIGHTS: Final[Mapping[Light, tuple[Role, str]]] = MappingProxyType(
    {"live": ("good", "●"), "starting": ("wait", "○"), "silent": ("bad", "?"), "retry": ("bad", "↻")}
)
"""The sign of each light, and its role."""

_NAMED_CELLS: Final = 64
"""Cells that the names of all servers may take in the status line."""

_AWAY_NAMED: Final = 3
"""Servers that are not live and are named in the status line where there are too many to name all."""


class ServerLooks(Struct, frozen=True):
    """The names of the servers with their colours; none where one server is shown."""

    roles: Mapping[str, Role] = MappingProxyType({})
    width: int = 0
    """Cells of a column of their names; 0 where there is none."""

    def __bool__(self) -> bool:
        return bool(self.roles)

    def column(self, rank: int) -> TableColumn:
        """Return the column of their names, which is left out by a rank."""
        return TableColumn("server", "server", self.width, rank)

    def cell(self, server: str, room: int) -> Cells:
        """Write a name in its colour."""
        return cell(self.roles.get(server, "dim"), cut_middle(display_safe(server, 64), room), room)

    def role(self, server: str) -> Role:
        """Return the colour of a server."""
        return self.roles.get(server, "dim")


NO_SERVERS: Final = ServerLooks()


def looks_of(servers: Iterable[ServerState]) -> ServerLooks:
    """Give each server its colour, or the next one in turn."""
    return _looks([(server.name, server.colour or SERVER_COLOURS[n % 6]) for n, server in enumerate(servers)])


def looks_of_names(names: Sequence[str]) -> ServerLooks:
    """Give a colour to servers of which only the names are known, as in a recording."""
    return _looks([(name, SERVER_COLOURS[place % 6]) for place, name in enumerate(names)])


def light_counts(servers: Sequence[ServerState]) -> Cells:
    """Write how many servers are live, and how many are not."""
    live = sum(server.light == "live" for server in servers)
    role: Role = "good" if live else "dim"
    cells: Cells = [(role, f"●{count(live)}")]
    if live < len(servers):
        cells.append(("bad", f" ↻{count(len(servers) - live)}"))
    return cells


def light_names(servers: Sequence[ServerState]) -> Cells:
    """Write the light and the name of each server; of many, of those that are not live."""
    if sum(cell_len(server.name) + 2 for server in servers) <= _NAMED_CELLS:
        return _named(servers)
    away = [server for server in servers if server.light != "live"]
    more = len(away) - _AWAY_NAMED
    cells = _named(away[:_AWAY_NAMED])
    if more > 0:
        cells.append(("bad", f" and {count(more)} more"))
    return cells


def _named(servers: Sequence[ServerState]) -> Cells:
    cells: Cells = []
    for server in servers:
        role, sign = LIGHTS[server.light]
        own: Role = "text" if server.light == "live" else role
        named: Cells = [(role, sign), (own, display_safe(server.name, 40))]
        if cells:
            cells.append(("text", " "))
        cells += named
    return cells


def _looks(named: Sequence[tuple[str, Role]]) -> ServerLooks:
    widest = max((cell_len(name) for name, _ in named), default=0)
    return ServerLooks(dict(named), max(_TITLE, min(WIDEST, widest)) if named else 0)
