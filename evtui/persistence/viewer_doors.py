"""The doors for viewers, as the configuration asks for them: who may come in, and what each sees."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import Final

import anyio
from anyio.abc import TaskGroup
from msgspec import Struct

from evtui.backends.embedded import EmbeddedBackend
from evtui.config.config_loader import LoadedConfig
from evtui.config.value_syntax import is_loopback, parse_host_port, ssh_place
from evtui.core.clocks import Clocks
from evtui.core.ports import Backend
from evtui.core.script_port import ScriptView
from evtui.engine.engine import Engine
from evtui.mi.dispatch import Dispatcher
from evtui.serve.ssh.ssh_settings import SshConfig
from evtui.serve.ssh.ssh_setup import SshPlaces, open_ssh
from evtui.serve.terminal.colour_depth import colours_here
from evtui.serve.terminal.look_turns import LookTurns
from evtui.serve.terminal.reference_cycles import break_cycles_early
from evtui.serve.terminal.sessions import Sessions
from evtui.serve.terminal.viewer import Viewer
from evtui.serve.terminal.viewer_app import ConsoleSettings
from evtui.serve.terminal.viewer_backend import ViewerBackend, ViewerView
from evtui.serve.terminal.viewer_consoles import ViewerConsoles
from evtui.ui.themes import styles

IN_THE_CLEAR: Final = (
    "browsers of other hosts send their token unencrypted: --web-cert FILE, or a proxy in front that speaks TLS"
)

BACK: Final = 1000
"""Records before its begin that a viewer's console shows."""


class DoorParts(Struct, frozen=True):
    """What is behind the doors."""

    loaded: LoadedConfig
    sessions: Sessions
    clocks: Clocks
    view_of: Callable[[Viewer], ViewerView]
    """Makes what a viewer sees, which refuses what the role may not do."""
    commands: Callable[[TaskGroup, str], Awaitable[Mapping[str, str]]]
    """Returns the variables of commands that are run over SSH: they name a management interface that refuses every
    change, perhaps one in a directory that it is given, which is open until the tasks end."""
    dispatcher: Dispatcher | None = None
    """Counts what the browser door refuses; None where this process answers no requests."""
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
    break_cycles_early()
    turns = LookTurns(parts.clocks.sleep)
    settings, sessions = _console_settings(parts), parts.sessions
    consoles = ViewerConsoles(settings, parts.clocks, sessions, parts.view_of, turns, parts.script)
    told: list[str] = []
    with TemporaryDirectory(prefix="evtui-ssh-") as folder:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(parts.sessions.run)
            tasks.start_soon(turns.run)
            if config.ssh.listen is not None:
                told += await _open_ssh(config.ssh, consoles, await parts.commands(tasks, folder), tasks)
            if config.web.listen is not None:
                told += await _open_web(parts, consoles, tasks)
            yield tuple(told)
            parts.sessions.end_all("evtui stops")
            await parts.sessions.all_ended()
            tasks.cancel_scope.cancel()


async def _open_ssh(
    settings: SshConfig, consoles: ViewerConsoles, variables: Mapping[str, str], tasks: TaskGroup
) -> tuple[str, ...]:  # fmt: skip
    places = SshPlaces.of_user(*ssh_place(settings.listen or ""))
    environ = {name: text for name, text in os.environ.items() if not name.startswith("EVTUI_")}
    return await open_ssh(settings, places, consoles, {**environ, **variables}, tasks)


async def _open_web(parts: DoorParts, consoles: ViewerConsoles, tasks: TaskGroup) -> tuple[str, ...]:
    # On first use: the HTTP library is large.
    from evtui.mi.listeners.http import serve_http
    from evtui.serve.web.start_web import open_web

    serve, settings = partial(serve_http, parts.dispatcher), parts.loaded.config.web
    told = await open_web(settings, serve, parts.sessions, consoles.run, parts.clocks, tasks)
    if settings.cert_file is None and not is_loopback(parse_host_port(settings.listen or "")[0]):
        return (*told, IN_THE_CLEAR)
    return told


def views_of_engine(engine: Engine, *, read_only: bool) -> Callable[[Viewer], ViewerView]:
    """Return what makes the view of a viewer of an engine."""
    backend_of = backends_for(engine, read_only=read_only)
    return lambda viewer: ViewerView(ViewerBackend(backend_of(viewer), viewer))


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
