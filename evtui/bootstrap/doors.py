"""The doors for viewers, with the listeners and the clocks of this process."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial

from anyio.abc import TaskGroup
from msgspec.structs import replace

from evtui.bootstrap.engine_setup import RunningEngine
from evtui.bootstrap.listeners import ListenAddresses, start_listeners
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.config_loader import LoadedConfig
from evtui.core.script_port import ScriptView


def open_doors(
    loaded: LoadedConfig, running: RunningEngine, script: ScriptView | None, *, demo: bool = False,
    has_console: bool = False,
) -> AbstractAsyncContextManager[tuple[str, ...]]:  # fmt: skip
    """Open the doors of the configuration, if it has any: see `opened_doors`."""
    if loaded.config.ssh.listen is None and loaded.config.web.listen is None:
        return nullcontext(())
    # On first use: it loads the console.
    from evtui.persistence.viewer_doors import DoorParts, opened_doors, views_of_engine

    async def commands(tasks: TaskGroup, folder: str) -> Mapping[str, str]:
        addresses = ListenAddresses(datagram=(f"unix:{folder}/mi.sock",), watch=f"{folder}/mi.watch")
        await start_listeners(tasks, running.engine, replace(loaded.config, read_only=True), addresses)
        return {"EVTUI_MI": f"unix:{folder}/mi.sock"}

    for door in ("ssh", "web"):
        running.health.viewers.add(door, partial(running.sessions.count, door))
    views = views_of_engine(running.engine, read_only=loaded.config.read_only)
    dispatcher = running.listeners.dispatcher
    return opened_doors(
        DoorParts(loaded, running.sessions, REAL_CLOCKS, views, commands, dispatcher, script, demo, has_console)
    )
