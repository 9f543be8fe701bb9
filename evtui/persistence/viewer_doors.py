"""The doors for viewers, as the configuration asks for them: who may come in, and what each sees."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import Final

import anyio
from anyio.abc import TaskGroup
from msgspec import Struct

from evtui.backends.embedded import EmbeddedBackend
from evtui.config.config_loader import LoadedConfig
from evtui.config.value_syntax import ssh_place
from evtui.core.clocks import Clocks
from evtui.core.ports import Backend
from evtui.core.script_port import ScriptView
from evtui.engine.engine import Engine
from evtui.mi.dispatch import Dispatcher
from evtui.serve.ssh.ssh_settings import SshConfig
from evtui.serve.ssh.ssh_setup import SshPlaces, open_ssh
from evtui.serve.terminal.colour_depth import colours_here
from evtui.serve.terminal.sessions import Sessions
from evtui.serve.terminal.viewer import Viewer
from evtui.serve.terminal.viewer_app import ConsoleSettings
from evtui.serve.terminal.viewer_consoles import ViewerConsoles
from evtui.serve.terminal.whole_strips import forget_whole_strips
from evtui.ui.themes import styles

BACK: Final = 1000
"""Records before its begin that a viewer's console shows."""


class DoorParts(Struct, frozen=True):
    """What is behind the doors."""

    loaded: LoadedConfig
    engine: Engine
    sessions: Sessions
    clocks: Clocks
    listen: Callable[[TaskGroup, str], Awaitable[object]]
    """Opens a management interface that refuses every change, `mi.sock` in a directory, until the tasks end."""
    dispatcher: Dispatcher | None = None
    """Counts what the browser door refuses; there is one when that is configured."""
    script: ScriptView | None = None
    demo: bool = False
    has_console: bool = False
    """Whether this process has a console of its own beside those of the viewers."""


@asynccontextmanager
async def opened_doors(parts: DoorParts) -> AsyncGenerator[tuple[str, ...]]:
    """Open the doors until the block ends; gives lines about them: where they listen, what to type.

    raises SshDoorError, ListenError.
    """
    config = parts.loaded.config
    forget_whole_strips()
    backends = backends_for(parts.engine, read_only=config.read_only)
    consoles = ViewerConsoles(_console_settings(parts), parts.clocks, parts.sessions, backends, parts.script)
    told: list[str] = []
    with TemporaryDirectory(prefix="evtui-ssh-") as folder:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(parts.sessions.run)
            if config.ssh.listen is not None:
                await parts.listen(tasks, folder)
                told += await _open_ssh(config.ssh, consoles, folder, tasks)
            if config.web.listen is not None:
                told += await _open_web(parts, consoles, tasks)
            yield tuple(told)
            parts.sessions.end_all("evtui stops")
            await parts.sessions.all_ended()
            tasks.cancel_scope.cancel()


async def _open_ssh(settings: SshConfig, consoles: ViewerConsoles, folder: str, tasks: TaskGroup) -> tuple[str, ...]:
    places = SshPlaces.of_user(*ssh_place(settings.listen or ""))
    environ = {name: text for name, text in os.environ.items() if not name.startswith("EVTUI_")}
    return await open_ssh(settings, places, consoles, f"unix:{folder}/mi.sock", environ, tasks)


async def _open_web(parts: DoorParts, consoles: ViewerConsoles, tasks: TaskGroup) -> tuple[str, ...]:
    # On first use: the HTTP library is large.
    from evtui.mi.listeners.http import serve_http
    from evtui.serve.web.start_web import open_web

    assert parts.dispatcher is not None
    serve = partial(serve_http, parts.dispatcher)
    return await open_web(parts.loaded.config.web, serve, parts.sessions, consoles.run, parts.clocks, tasks)


def backends_for(engine: Engine, *, read_only: bool) -> Callable[[Viewer], Backend]:
    """Return what makes the backend of a viewer: it refuses every change to a viewer, and to all with `read_only`."""

    def backend_of(viewer: Viewer) -> Backend:
        since = max(0, engine.journal.written - BACK)
        refuses = read_only or viewer.role == "viewer"
        return EmbeddedBackend(engine, read_only=refuses, trusted=False, since=since, by=viewer.title)

    return backend_of


def _console_settings(parts: DoorParts) -> ConsoleSettings:
    loaded, config = parts.loaded, parts.loaded.config
    ui, alert = config.ui, config.alert
    return ConsoleSettings(
        styles(), ui.theme, ui.fps, ui.keys, config.filters, config.rules, alert.bell, alert.notice,
        "" if loaded.profile.is_default else loaded.profile.name, parts.demo,
        colours_here() if parts.has_console else "truecolor",
    )  # fmt: skip
