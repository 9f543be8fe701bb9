"""A management interface on loopback for tests: an engine, a dispatcher, listeners, and plain clients."""

import os
import socket
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType

import anyio
import msgspec

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.transports import make_transports
from evtui.codecs.sockets import split_payload
from evtui.config.schema import Config
from evtui.core.errors import BadSocketError
from evtui.core.transport import FanOut, Sink, Target, Transport, TransportInfo
from evtui.core.values import Event, Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.mi.commands.about import About
from evtui.mi.dispatch import Dispatcher
from evtui.mi.listeners.datagram import serve_datagram
from evtui.mi.listeners.fifo import serve_fifo
from evtui.transports import TransportSettings
from evtui.transports.datagram.settings import DatagramSettings
from evtui.transports.flatstore.settings import FlatstoreSettings
from evtui.transports.route.transport import RouteTransport
from tests.fakes.engine_fakes import FakeClock
from tests.limits import HANG

STARTED = 1_795_373_524.0
"""Wall seconds of the start in every world."""


class StandInRoutes:
    """`route:NAME` for the event routes the recorded server had: evtui has no scripts yet."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        return (TransportInfo("route", "route:NAME", "route:E_X", "runs an event route"),)

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        name, _ = split_payload(scheme, address)
        if name not in self._names:
            raise BadSocketError(f"{scheme}:{address}", "name", "no such route")
        return Target(Socket(scheme, name), "jsonrpc", _NowhereSink)

    def close(self) -> None:
        pass


class _NowhereSink:
    @property
    def group(self) -> "_NowhereSink":
        return self

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        return lambda payload: ()

    def send(self, payload: bytes) -> None:
        pass


def _transports() -> list[Transport]:
    """Build the transports of evtui, for files anywhere, without `route:`, which a stand-in replaces."""
    anywhere = TransportSettings(
        datagram=DatagramSettings(unix_roots=("/",)), flatstore=FlatstoreSettings(roots=("/",))
    )
    return [
        transport
        for transport in make_transports(Config(transports=anywhere))
        if not isinstance(transport, RouteTransport)
    ]


class World:
    """One server without its listeners. Time stands until `clock` is moved."""

    def __init__(
        self, events: Sequence[str], routes: Sequence[str] = (), *, server: str = "evtui", cwd: str = "/"
    ) -> None:
        self.clock = FakeClock(STARTED)
        catalogue = Catalogue(tuple(Event(number, name) for number, name in enumerate(events)))
        transports = [*_transports(), StandInRoutes(routes)]
        self.engine = Engine(catalogue, transports, Journal(), clock=self.clock, wall=self.clock)
        for name in routes:
            if name in events:
                self.engine.subscribe(name, f"route:{name}")
        about = About(server, ("evtui", "serve"), cwd, os.getpid(), STARTED, self.clock)
        self.dispatcher = Dispatcher(EmbeddedBackend(self.engine, trusted=False), about)
        self.about = about

    def with_about(self, about: About) -> None:
        """Be another process."""
        self.about = about
        self.dispatcher = Dispatcher(EmbeddedBackend(self.engine, trusted=False), about)

    def close(self) -> None:
        """Close the transports."""
        self.engine.close()


@asynccontextmanager
async def fifo_server(
    dispatcher: Dispatcher, path: Path, reply_dir: Path, *, time_limit: float = 5.0, max_request: int = 1 << 20
) -> AsyncGenerator[str]:
    """Serve a FIFO while the block runs."""
    serve = partial(
        serve_fifo, dispatcher, str(path), reply_dir=str(reply_dir), time_limit=time_limit, max_request=max_request
    )
    async with anyio.create_task_group() as tasks:
        yield await tasks.start(serve)
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def datagram_server(dispatcher: Dispatcher, address: str, *, max_request: int = 1 << 20) -> AsyncGenerator[str]:
    """Serve datagrams while the block runs."""
    async with anyio.create_task_group() as tasks:
        yield await tasks.start(partial(serve_datagram, dispatcher, address, max_request=max_request))
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def http_server(
    dispatcher: Dispatcher,
    port: int,
    *,
    hosts: Sequence[str] = (),
    token: str | None = None,
    max_request: int = 1 << 20,
    root: str = "/mi",
    xmlrpc_root: str = "/RPC2",
    limits: Mapping[str, float] = MappingProxyType({}),
) -> AsyncGenerator[str]:
    """Serve HTTP while the block runs."""
    from evtui.mi.listeners.http import serve_http
    from evtui.mi.listeners.http_connection import HttpLimits
    from evtui.mi.listeners.http_paths import HttpPaths

    serve = partial(
        serve_http, dispatcher, f"127.0.0.1:{port}", hosts=hosts, token=token, paths=HttpPaths(root, xmlrpc_root),
        limits=msgspec.convert({"max_request": max_request, **limits}, HttpLimits),
    )  # fmt: skip
    async with anyio.create_task_group() as tasks:
        yield await tasks.start(serve)
        tasks.cancel_scope.cancel()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Find a free port."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something holds that no event tells of."""
    with anyio.fail_after(HANG):
        while not condition():  # noqa: ASYNC110 - counters and files have no event to wait for
            await anyio.sleep(0.005)


class ReplyFifo:
    """The reply FIFO of a client that opens it before it writes its request."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path, 0o600)
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    async def read(self, until: bytes | None = None, time_limit: float = HANG) -> bytes:
        """Read until it is `until`, or until a server that wrote anything else has closed it.

        A server opens, writes and closes it for each reply: what it closed is whole. Where several replies are
        expected, what came so far is the beginning of `until`.
        """
        got = b""
        with anyio.move_on_after(time_limit):
            while until is None or got != until:
                await anyio.wait_readable(self._fd)
                try:
                    piece = os.read(self._fd, 1 << 16)
                except BlockingIOError:
                    continue
                if not piece and got and not (until or b"").startswith(got):
                    break
                if (
                    not piece
                ):  # no process has it open; a FIFO that was closed is readable for ever: no event tells of the next
                    await anyio.sleep(0.002)
                got += piece
        return got

    def close(self) -> None:
        """Remove it."""
        os.close(self._fd)
        self.path.unlink(missing_ok=True)


def write_fifo(path: Path, request: bytes) -> None:
    """Write a request as one write, as clients do."""
    fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    try:
        os.set_blocking(fd, True)
        os.write(fd, request)
    finally:
        os.close(fd)


async def ask_fifo(
    fifo: Path, reply_dir: Path, request: bytes, until: bytes | None = None, time_limit: float = HANG
) -> bytes:
    """Write a request that names its reply FIFO `REPLY`, and return the reply."""
    reply = ReplyFifo(reply_dir / "client_reply")
    try:
        await anyio.to_thread.run_sync(write_fifo, fifo, request.replace(b"REPLY", b"client_reply"))
        return await reply.read(until, time_limit)
    finally:
        reply.close()


async def ask_http(port: int, request: bytes) -> bytes:
    """Send raw bytes, return raw bytes: one whole response, or what came before the server closed."""
    got = b""
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(request)
        with anyio.fail_after(HANG):
            while not _is_whole(got):
                try:
                    got += await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    break
    return got


def _is_whole(response: bytes) -> bool:
    head, blank, body = response.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(blank) and bool(lengths) and len(body) >= int(lengths[0].partition(b":")[2])
