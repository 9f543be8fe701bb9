"""MI by each listener with 16 clients at once beside one client, in the server's processor time for a request.

The clients are in a process of their own, each in a closed loop. By the clock the rates are those of this machine, on
which clients and server share the cores.
"""

import contextlib
import socket
import statistics
import subprocess
import sys
import tempfile
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
from tests.benchmarks.engine.bench_raise import loaded_engine
from tests.benchmarks.mi.mi_asks import start
from tests.benchmarks.pairs import pairs_of, say
from tests.fakes.mi_fakes import fake_about
from tests.functional.mi.mi_world import free_port

MANY: Final = 16
REQUESTS: Final = 3_200
ROUNDS: Final = 7


def main() -> None:
    """Print the ratios."""
    with contextlib.ExitStack() as stack:
        engine = loaded_engine([])
        stack.callback(engine.close)
        dispatcher = Dispatcher(EmbeddedBackend(engine), fake_about(), clock=time.monotonic)
        portal = stack.enter_context(start_blocking_portal())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evtui-b-")))
        for door, address in _doors(stack, portal, dispatcher, folder):
            with _clients(door, address, 1) as one, _clients(door, address, MANY) as many:
                _compare(portal, door, one, many)


def _doors(
    stack: contextlib.ExitStack, portal: BlockingPortal, dispatcher: Dispatcher, folder: Path
) -> Iterator[tuple[str, str]]:
    """Start each listener, one after the other, and yield its name and its address."""
    start(stack, portal, partial(serve_datagram, dispatcher, f"unix:{folder / 'mi.sock'}"))
    yield "UNIX", str(folder / "mi.sock")
    udp, tcp = free_port(socket.SOCK_DGRAM), free_port()
    start(stack, portal, partial(serve_datagram, dispatcher, f"udp:127.0.0.1:{udp}"))
    yield "UDP", str(udp)
    start(stack, portal, partial(serve_http, dispatcher, f"127.0.0.1:{tcp}"))
    yield "HTTP", str(tcp)
    start(stack, portal, partial(serve_fifo, dispatcher, str(folder / "mi.fifo"), reply_dir=str(folder)))
    yield "FIFO", str(folder / "mi.fifo")


@contextlib.contextmanager
def _clients(door: str, address: str, number: int) -> Generator["subprocess.Popen[str]"]:
    words = [door, address, str(number), str(REQUESTS // number)]
    command = [sys.executable, "-m", "tests.benchmarks.peers.mi_clients", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _compare(portal: BlockingPortal, door: str, one: "subprocess.Popen[str]", many: "subprocess.Popen[str]") -> None:
    """Let one client and many ask in turn."""
    rounds: list[tuple[float, float]] = []
    seconds: list[tuple[float, float]] = []
    for _ in range(ROUNDS + 1):
        (many_spent, many_took), (one_spent, one_took) = _asked(portal, many), _asked(portal, one)
        rounds.append((many_spent, one_spent))
        seconds.append((many_took, one_took))
    pairs = pairs_of(rounds[1:])
    rates = [REQUESTS / statistics.median(each) for each in zip(*seconds[1:], strict=True)]
    more = (
        f"{pairs.ours / REQUESTS * 1e6:.0f} µs a request, of one client {pairs.theirs / REQUESTS * 1e6:.0f} µs;"
        f" by the clock {rates[0]:,.0f}/s, one client {rates[1]:,.0f}/s"
    )
    say(f"MI over {door}, pwd, {MANY} clients at once / one", pairs.ratios, "at most 1.2", more)


def _asked(portal: BlockingPortal, clients: "subprocess.Popen[str]") -> tuple[float, float]:
    """Let the clients ask; returns the processor seconds of the server, and those by the clock."""
    assert clients.stdin is not None
    assert clients.stdout is not None
    began = portal.call(time.thread_time)
    clients.stdin.write("\n")
    clients.stdin.flush()
    took = float(clients.stdout.readline())
    return portal.call(time.thread_time) - began, took
