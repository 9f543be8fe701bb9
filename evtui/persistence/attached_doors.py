"""The doors of a console that is attached to a server, or to a fleet: viewers see what it sees."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
from anyio.abc import TaskGroup
from msgspec.structs import replace

from evtui.backends.fleet.backend import FleetBackend
from evtui.backends.seen.shared_records import SharedRecords
from evtui.backends.watched.server_backend import ServerBackend
from evtui.config.config_loader import LoadedConfig
from evtui.core.clocks import Clocks
from evtui.core.fleet_port import Fleet
from evtui.core.ports import Backend

if TYPE_CHECKING:
    from evtui.persistence.attached_source import AttachedTo
    from evtui.serve.terminal.sessions import Sessions
    from evtui.serve.terminal.viewer import Viewer
    from evtui.serve.terminal.viewer_backend import ViewerView

DOORS: Final = ("ssh.listen", "web.listen")
_TOKEN: Final = "EVTUI_MI_HTTP_TOKEN"  # noqa: S105 - the begin of the names of variables, not a token


@asynccontextmanager
async def attached_doors(
    attached: "AttachedTo", backend: Backend, fleet: Fleet | None, clocks: Clocks
) -> "AsyncGenerator[tuple[Sequence[str], Sessions | None]]":
    """Open the doors that the command line asks for; those of the configuration are for an engine of this host.

    Gives lines about them, and the sessions of viewers; None without a door. raises SshDoorError, ListenError.
    """
    if not any(attached.loaded.is_on_command_line(door) for door in DOORS):
        yield (), None
        return
    # On first use: most consoles have no door.
    from evtui.persistence.viewer_doors import BACK, DoorParts, opened_doors
    from evtui.serve.terminal.sessions import Sessions
    from evtui.serve.terminal.viewer_backend import ViewerBackend, ViewerFleet, ViewerView

    loaded = _with_given_doors(attached.loaded)
    sessions, follow = Sessions(loaded.config.viewers, clocks), backend.watch
    if isinstance(backend, ServerBackend | FleetBackend):
        follow = partial(backend.watch, back=BACK)
    async with anyio.create_task_group() as tasks:
        records = SharedRecords(follow, tasks, back=BACK)

        def view_of(viewer: "Viewer") -> "ViewerView":
            refuses = loaded.config.read_only or viewer.role == "viewer"
            seen = ViewerBackend(backend, viewer, refuses=refuses, watch=records.watch)
            return ViewerView(seen, None if fleet is None else ViewerFleet(fleet, viewer, refuses=refuses))

        async def commands(_tasks: TaskGroup, _folder: str) -> Mapping[str, str]:
            tokens = {name: text for name, text in attached.environ.items() if name.startswith(_TOKEN)}
            return {**tokens, "EVTUI_MI": " ".join(attached.servers)}

        async with opened_doors(DoorParts(loaded, sessions, clocks, view_of, commands, has_console=True)) as told:
            yield told, sessions
        tasks.cancel_scope.cancel()


def _with_given_doors(loaded: LoadedConfig) -> LoadedConfig:
    """Leave out the doors that only the configuration names."""
    config = loaded.config
    ssh, web = (loaded.is_on_command_line(door) for door in DOORS)
    config = replace(
        config,
        ssh=config.ssh if ssh else replace(config.ssh, listen=None),
        web=config.web if web else replace(config.web, listen=None),
    )
    return replace(loaded, config=config)
