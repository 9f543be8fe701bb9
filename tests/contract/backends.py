"""The backends that must fulfil the contract: the embedded one, and a server over each transport of MI.

The server is what `evtui serve` runs, without its process: a process for each test would take ten times as long.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.fleet.backend import open_fleet
from evtui.backends.fleet.fleet_server import OpenedServer
from evtui.backends.fleet.given_servers import GivenServer
from evtui.bootstrap.engine_setup import open_engine, running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.bootstrap.remote_server import attach
from evtui.core.ports import Backend
from evtui.scripting.program_config import read_config
from tests.functional.processes.evtui_process import free_port
from tests.limits import HANG

EVENTS = ("E_ONE", "E_TWO", "E_OTHER")


@asynccontextmanager
async def embedded(*, read_only: bool = False) -> AsyncGenerator[Backend]:
    """An engine in this loop."""
    async with open_engine(events=EVENTS, static_events=False) as engine:
        yield EmbeddedBackend(engine, read_only=read_only)


def attached(scheme: str) -> Callable[..., AbstractAsyncContextManager[Backend]]:
    """What `evtui serve` runs, in this loop, reached over the management interface."""

    @asynccontextmanager
    async def opened(*, read_only: bool = False) -> AsyncGenerator[Backend]:
        with tempfile.TemporaryDirectory(prefix="evtui-c-") as name:
            loaded = read_config(_config(Path(name), scheme), {}, ())
            async with (
                running_engine(loaded, ListenAddresses.chosen(loaded.config)) as running,
                attach(running.listeners.places[0], {}, read_only=read_only) as found,
            ):
                yield found.backend

    return opened


def followed(scheme: str) -> Callable[..., AbstractAsyncContextManager[Backend]]:
    """The same server, of which the watch feed is followed."""
    opened = attached(scheme)

    @asynccontextmanager
    async def watched(*, read_only: bool = False) -> AsyncGenerator[Backend]:
        async with opened(read_only=read_only) as backend:
            watch = await backend.watch()
            yield backend
            await watch.aclose()

    return watched


def _config(directory: Path, scheme: str) -> Path:
    address = f"127.0.0.1:{free_port()}"
    listen = {
        "fifo": f'fifo = "{directory}/mi.fifo"',
        "unix": f'datagram = ["unix:{directory}/mi.sock"]',
        "udp": f'datagram = ["udp:{address}"]',
        "http": f'http = "{address}"',
    }
    config = directory / "evtui.toml"
    config.write_text(f"static_events = false\nevents = {list(EVENTS)}\n[mi]\n{listen[scheme]}\n")
    return config


async def _told() -> str:
    return "evtui"


def fleet(
    *members: tuple[str, Callable[..., AbstractAsyncContextManager[Backend]]],
) -> Callable[..., AbstractAsyncContextManager[Backend]]:
    """A fleet of some backends."""

    @asynccontextmanager
    async def opened(*, read_only: bool = False) -> AsyncGenerator[Backend]:
        opened_by_name = dict(members)

        @asynccontextmanager
        async def one(given: GivenServer) -> AsyncGenerator[OpenedServer]:
            async with opened_by_name[given.name](read_only=read_only) as backend:
                yield OpenedServer(backend, _told)

        given = [GivenServer(name, f"unix:/{name}") for name in opened_by_name]
        async with open_fleet(given, one, REAL_CLOCKS) as backend:
            with anyio.fail_after(HANG):
                while any(server.light != "live" for server in (await backend.status()).servers):
                    await backend.events()
            yield backend

    return opened


def engine_of(*events: str) -> Callable[..., AbstractAsyncContextManager[Backend]]:
    """An engine in this loop with some events."""

    @asynccontextmanager
    async def opened(*, read_only: bool = False) -> AsyncGenerator[Backend]:
        async with open_engine(events=events, static_events=False) as engine:
            yield EmbeddedBackend(engine, read_only=read_only)

    return opened


BACKENDS: dict[str, Callable[..., AbstractAsyncContextManager[Backend]]] = {
    "embedded": embedded,
    **{scheme: attached(scheme) for scheme in ("fifo", "unix", "udp", "http")},
    **{f"feed-{scheme}": followed(scheme) for scheme in ("unix", "http")},
    "fleet-1": fleet(("a", embedded)),
    "fleet-2": fleet(("a", engine_of("E_ONE", "E_TWO")), ("b", engine_of("E_OTHER"))),
    "fleet-2-feed": fleet(("a", followed("unix")), ("b", engine_of())),
}


@asynccontextmanager
async def hosted(name: str) -> AsyncGenerator[Backend]:
    """Open a backend in its own task: a fixture begins and ends in different tasks, and a task group may not."""
    opened: list[Backend] = []
    ready, done = asyncio.Event(), asyncio.Event()

    async def host() -> None:
        async with BACKENDS[name]() as backend:
            opened.append(backend)
            ready.set()
            await done.wait()

    task = asyncio.create_task(host())
    task.add_done_callback(lambda _: ready.set())
    await ready.wait()
    try:
        for backend in opened:
            yield backend
    finally:
        done.set()
        await task


def is_about(found: float | None, expected: float) -> bool:
    """Return whether two times are the same, apart from the time that a test takes."""
    return found is not None and abs(found - expected) < 5


def monotonic() -> float:
    """Read the clock of the expiry."""
    return time.monotonic()
