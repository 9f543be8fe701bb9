"""Requests over UDP and HTTP against the least that asyncio and aiohttp need to answer one, in processor time.

Each server runs in the same thread, and only the time of that thread counts: what the client costs is the same for
both, and is left out. The bare ones read nothing: a datagram is answered by a fixed one, a POST by a fixed text.
"""

import asyncio
import contextlib
import http.client
import socket
import time
from collections.abc import Sequence
from functools import partial
from typing import Final, cast

import anyio
from aiohttp import web
from anyio.abc import TaskStatus
from anyio.from_thread import BlockingPortal, start_blocking_portal

from evtui.backends.embedded import EmbeddedBackend
from evtui.mi.dispatch import Dispatcher
from evtui.mi.listeners.datagram import serve_datagram
from evtui.mi.listeners.http import serve_http
from tests.benchmarks.engine.bench_raise import loaded_engine, receiver
from tests.benchmarks.mi.mi_asks import Ask, connected, post, start
from tests.benchmarks.pairs import Work, compare, say
from tests.fakes.mi_fakes import fake_about
from tests.functional.mi.mi_world import free_port

ANSWER: Final = b'{"jsonrpc":"2.0","result":{"WD":"/"},"id":1}'
REQUESTS: Final = {
    "pwd": b'{"jsonrpc":"2.0","id":1,"method":"pwd"}',
    "raise_event": b'{"jsonrpc":"2.0","id":1,"method":"raise_event","params":["E_BENCH",["a",1]]}',
}
TRIPS: Final = 500
ROUNDS: Final = 9


def main() -> None:
    """Print the ratios: what evtui needs for what the bare one needs."""
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(receiver())
        engine = loaded_engine([peer.getsockname()])
        stack.callback(engine.close)
        dispatcher = Dispatcher(EmbeddedBackend(engine), fake_about(), clock=time.monotonic)
        portal = stack.enter_context(start_blocking_portal())
        _datagrams(stack, portal, dispatcher)
        _http(stack, portal, dispatcher)


def _datagrams(stack: contextlib.ExitStack, portal: BlockingPortal, dispatcher: Dispatcher) -> None:
    own, bare = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    start(stack, portal, partial(serve_datagram, dispatcher, f"udp:127.0.0.1:{own}"))
    start(stack, portal, partial(_answer_datagrams, bare))
    servers = [("127.0.0.1", port) for port in (own, bare)]
    asks = [stack.enter_context(connected(socket.AF_INET, ("127.0.0.1", 0), server)) for server in servers]
    for name, request in REQUESTS.items():
        works = [partial(_trips, ask, request) for ask in asks]
        _say(portal, f"MI over UDP, {name} / bare asyncio", works, "at most 2.5" if name == "pwd" else "no limit set")


def _http(stack: contextlib.ExitStack, portal: BlockingPortal, dispatcher: Dispatcher) -> None:
    own, bare = free_port(), free_port()
    start(stack, portal, partial(serve_http, dispatcher, f"127.0.0.1:{own}"))
    start(stack, portal, partial(_answer_posts, bare))
    asks = [partial(post, http.client.HTTPConnection("127.0.0.1", port)) for port in (own, bare)]
    for name, request in REQUESTS.items():
        works = [partial(_trips, ask, request) for ask in asks]
        _say(portal, f"MI over HTTP, {name} / bare aiohttp", works, "at most 1.43" if name == "pwd" else "no limit set")


def _say(portal: BlockingPortal, label: str, works: Sequence[Work], limit: str) -> None:
    ours, theirs = works
    pairs = compare(ours, theirs, rounds=ROUNDS, clock=lambda: portal.call(time.thread_time))
    say(label, pairs.ratios, limit, f"{pairs.ours / TRIPS * 1e6:.0f} us; bare {pairs.theirs / TRIPS * 1e6:.0f} us")


def _trips(ask: Ask, request: bytes) -> None:
    for _ in range(TRIPS):
        ask(request)


class _Responder(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._transport.sendto(ANSWER, addr)  # type: ignore[arg-type]


async def _answer_datagrams(port: int, *, task_status: TaskStatus[None]) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_Responder, local_addr=("127.0.0.1", port))
    with contextlib.closing(transport):
        task_status.started()
        await anyio.sleep_forever()


async def _answer_posts(port: int, *, task_status: TaskStatus[None]) -> None:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=ANSWER, content_type="application/json")

    app = web.Application()
    app.router.add_post("/mi", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        task_status.started()
        await anyio.sleep_forever()
    finally:
        with anyio.CancelScope(shield=True):
            await runner.cleanup()
