"""Requests of the management interface against the least that any server does for one.

First the dispatcher alone, against reading the request and writing its reply with the json module. Then the round trip
of one client in a closed loop over each listener, against a server on a UNIX socket that does only that. Both run in a
thread beside the client. `REQUESTS` need no walk through the subscriptions, so their ratios are about the same at one
and at 5,000 subscriptions.
"""

import asyncio
import contextlib
import http.client
import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from anyio.from_thread import BlockingPortal, start_blocking_portal

from evtui.backends.embedded import EmbeddedBackend
from evtui.mi.dispatch import Dispatcher
from evtui.mi.listeners.datagram import serve_datagram
from evtui.mi.listeners.fifo import serve_fifo
from evtui.mi.listeners.http import serve_http
from tests.benchmarks.engine.bench_raise import loaded_engine, receiver
from tests.benchmarks.mi.mi_asks import Ask, connected, fifo_client, post, start
from tests.benchmarks.pairs import compare, say
from tests.fakes.mi_fakes import fake_about
from tests.functional.mi.mi_world import free_port

REQUESTS: Final = {
    "pwd": ("pwd",),
    "raise_event": ("raise_event", ["E_BENCH", ["a", 1]]),
    "subscribers_list": ("subscribers_list", ["E_BENCH"]),
    "get_statistics": ("get_statistics", [["all"]]),
}
SUBSCRIPTIONS: Final = (1, 5_000)
TURNS: Final = 1_000
TRIPS: Final = 300
LIMIT: Final = "no limit set"


def main() -> None:
    """Print the ratios."""
    for subscriptions in SUBSCRIPTIONS:
        with contextlib.ExitStack() as stack:
            peer = stack.enter_context(receiver())
            engine = loaded_engine([peer.getsockname()])
            stack.callback(engine.close)
            engine.publish("E_OTHER")
            for port in range(1, subscriptions):
                engine.subscribe("E_OTHER", f"udp:127.0.0.2:{port}", 3600)
            dispatcher = Dispatcher(EmbeddedBackend(engine), fake_about(), clock=time.monotonic)
            with asyncio.Runner() as runner:
                for name in REQUESTS:
                    _bench_dispatcher(runner, dispatcher, name, subscriptions)
            _bench_listeners(stack, dispatcher, subscriptions)


def _bench_dispatcher(runner: asyncio.Runner, dispatcher: Dispatcher, name: str, subscriptions: int) -> None:
    request = _request(name)
    reply = json.loads(runner.run(dispatcher.json(request)) or b"")

    async def ours() -> None:
        for _ in range(TURNS):
            await dispatcher.json(request)

    def theirs() -> None:
        for _ in range(TURNS):
            json.loads(request)
            json.dumps(reply).encode()

    pairs = compare(lambda: runner.run(ours()), theirs)
    say(f"{name}, {subscriptions} subscriptions / json alone", pairs.ratios, LIMIT, _each(pairs.ours, TURNS))


def _bench_listeners(stack: contextlib.ExitStack, dispatcher: Dispatcher, subscriptions: int) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evtui-b-")))
    portal = stack.enter_context(start_blocking_portal())
    plain = stack.enter_context(_plain_server(folder / "plain"))
    for door, ask in _doors(stack, portal, dispatcher, folder):
        for name in REQUESTS:
            request = _request(name)
            ours, theirs = partial(_trips, ask, request), partial(_trips, plain, request)
            label = f"{door}, {name}, {subscriptions} / plain server"
            pairs = compare(ours, theirs)
            say(label, pairs.ratios, LIMIT, _each(pairs.ours, TRIPS))


def _doors(
    stack: contextlib.ExitStack, portal: BlockingPortal, dispatcher: Dispatcher, folder: Path
) -> Iterator[tuple[str, Ask]]:
    """Start each listener, one after the other, and yield how its client asks."""
    unix, fifo, reply = folder / "mi.sock", folder / "mi.fifo", folder / "reply"
    start(stack, portal, partial(serve_datagram, dispatcher, f"unix:{unix}"))
    yield "UNIX", stack.enter_context(connected(socket.AF_UNIX, str(folder / "own"), str(unix)))
    port_of_udp, port_of_http = free_port(socket.SOCK_DGRAM), free_port()
    start(stack, portal, partial(serve_datagram, dispatcher, f"udp:127.0.0.1:{port_of_udp}"))
    yield "UDP", stack.enter_context(connected(socket.AF_INET, ("127.0.0.1", 0), ("127.0.0.1", port_of_udp)))
    start(stack, portal, partial(serve_http, dispatcher, f"127.0.0.1:{port_of_http}"))
    connection = http.client.HTTPConnection("127.0.0.1", port_of_http)
    stack.callback(connection.close)
    yield "HTTP", partial(post, connection)
    start(stack, portal, partial(serve_fifo, dispatcher, str(fifo), reply_dir=str(folder)))
    os.mkfifo(reply)
    yield "FIFO", stack.enter_context(fifo_client(fifo, reply))


@contextlib.contextmanager
def _plain_server(path: Path) -> Generator[Ask]:
    """A server in a thread that reads JSON and replies with JSON, until it gets an empty datagram."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(path))

        def serve() -> None:
            while data := server.recvfrom(1 << 16)[0]:
                request = json.loads(data)
                reply = {"jsonrpc": "2.0", "result": "OK", "id": request["id"]}
                server.sendto(json.dumps(reply).encode(), f"{path}.own")

        thread = threading.Thread(target=serve)
        thread.start()
        with connected(socket.AF_UNIX, f"{path}.own", str(path)) as ask:
            yield ask
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
                end.sendto(b"", str(path))
        thread.join()


def _trips(ask: Ask, request: bytes) -> None:
    for _ in range(TRIPS):
        ask(request)


def _request(name: str) -> bytes:
    method, *params = REQUESTS[name]
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params[0] if params else []}).encode()


def _each(seconds: float, turns: int) -> str:
    return f"{seconds / turns * 1e6:.1f} us each"
