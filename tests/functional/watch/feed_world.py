"""A watch feed with real sockets: an engine in this loop, its doors, and plain clients."""

import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import anyio
import msgspec

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.values import NO_PARAMS, Params
from evtui.mi.command_context import FeedPlaces
from evtui.mi.dispatch import Dispatcher
from evtui.mi.listeners.http import serve_http
from evtui.mi.listeners.http_connection import HttpLimits
from evtui.mi.listeners.http_paths import HttpPaths
from evtui.serve.watch.feed_places import FEED_PATH
from evtui.serve.watch.http_door import HttpDoor
from evtui.serve.watch.unix_door import serve_unix_feed
from evtui.serve.watch.watch_feed import WatchFeed
from tests.fakes.feed_fakes import FeedClient, until
from tests.functional.mi.mi_world import World, free_port
from tests.limits import HANG


class FeedWorld(NamedTuple):
    """A feed and its doors."""

    world: World
    feed: WatchFeed
    path: Path
    port: int
    dispatcher: Dispatcher

    def raise_events(self, count: int, event: str = "E_X", size: int = 0) -> None:
        """Raise an event so often, with a parameter of so many characters."""
        params = Params(("x" * size,)) if size else NO_PARAMS
        for _ in range(count):
            self.world.engine.raise_event(event, params)

    @property
    def url(self) -> str:
        """Return the URL of the feed."""
        return f"http://127.0.0.1:{self.port}{FEED_PATH}"


@asynccontextmanager
async def feed_world(
    directory: Path,
    *,
    readers: int = 100,
    token: str | None = None,
    limits: Mapping[str, float] = MappingProxyType({}),
) -> AsyncGenerator[FeedWorld]:
    """Serve the feed of an engine with the events E_X and E_Y on a UNIX socket and over HTTP while the block runs."""
    world, port, path = World(["E_X", "E_Y"]), free_port(), directory / "mi.watch"
    backend = EmbeddedBackend(world.engine, trusted=False)
    feed = WatchFeed(backend, world.engine.journal, REAL_CLOCKS, instance="run1", program="evtui 0", readers=readers)
    dispatcher = Dispatcher(
        backend, world.about, feed=FeedPlaces(feed.instance, str(path), FEED_PATH, statistics=feed.statistics)
    )
    known = msgspec.convert(limits, HttpLimits)
    door = HttpDoor(feed, known.write_timeout)
    http = partial(
        serve_http, dispatcher, f"127.0.0.1:{port}", token=token, paths=HttpPaths(pages={FEED_PATH: door.handle}),
        limits=known,
    )  # fmt: skip
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(feed.run)
            await tasks.start(http)
            await tasks.start(serve_unix_feed, feed, str(path))
            yield FeedWorld(world, feed, path, port, dispatcher)
            tasks.cancel_scope.cancel()
    finally:
        world.close()


class UnixReader:
    """A reader with a plain socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.client = FeedClient()
        self.is_ended = False

    async def read_until(self, condition: Callable[[FeedClient], bool]) -> FeedClient:
        """Read until something holds of the client."""
        with anyio.fail_after(HANG):
            while not condition(self.client):
                await self.read()
        return self.client

    async def read(self) -> None:
        """Read what has come."""
        await anyio.wait_readable(self.socket)
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            self.is_ended = True
            raise EOFError
        self.client.take(data)

    async def read_to_end(self) -> FeedClient:
        """Read until the server closes."""
        with anyio.fail_after(HANG):
            while not self.is_ended:
                try:
                    await self.read()
                except EOFError:
                    break
        return self.client


@asynccontextmanager
async def unix_reader(path: Path, request: bytes = b"{}\n", *, half_close: bool = False) -> AsyncGenerator[UnixReader]:
    """Connect to a feed, and send a request."""
    with closing(connected(path)) as sock:
        if request:
            sock.send(request)
        if half_close:
            sock.shutdown(socket.SHUT_WR)
        yield UnixReader(sock)


def connected(path: Path) -> socket.socket:
    """Connect to a UNIX stream socket; reads never wait."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(HANG)
    sock.connect(str(path))
    sock.setblocking(False)
    return sock


async def readers_gone(feed: WatchFeed) -> None:
    """Wait until the server has noticed that all readers have gone."""
    await until(lambda: not feed.statistics.readers)
