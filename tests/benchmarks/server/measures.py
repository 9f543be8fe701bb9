"""What both servers do in a round: the work that the script is told to do, and the requests of clients."""

import contextlib
import itertools
import json
import socket
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from tests.benchmarks.server.compared_server import ComparedServer
from tests.benchmarks.server.loader import QUIET, asked, receivers
from tests.benchmarks.server.rabbit_queue import RabbitQueue
from tests.limits import HANG


class Outcome(NamedTuple):
    """What one round of one server came to."""

    rate: float
    """Units of work a second."""
    lost: float | None = None
    """The share that did not arrive; None where the client or the script has an answer to each."""


Work: TypeAlias = Callable[[ComparedServer], Outcome]


class Measure(NamedTuple):
    """One line of the table."""

    label: str
    limit: str


class Scripted(NamedTuple):
    """A line whose work the script does, and what it is told: what to do, and how often."""

    measure: Measure
    what: str
    times: int
    scheme: str = ""
    """That of the subscribers of its event."""
    subscribers: int = 0


class Asking(NamedTuple):
    """A line whose work clients ask for: which client, how many round trips, and how many clients at once."""

    measure: Measure
    client: str
    trips: int
    clients: int = 1
    late: int = 0
    """Microseconds from a request to the opening of its reply FIFO."""


SCRIPTED: Final = (
    Scripted(Measure("UDP to 1 subscriber", "at least 3.5"), "udp1", 40_000, "udp", 1),
    Scripted(Measure("UDP to 10 subscribers", "at least 8"), "udp10", 8_000, "udp", 10),
    Scripted(Measure("UDP to 100 subscribers", "at least 8.5"), "udp100", 1_000, "udp", 100),
    Scripted(Measure("UNIX to 1 subscriber", "at least 4"), "unix1", 40_000, "unix", 1),
    Scripted(Measure("UNIX to 100 subscribers", "at least 7"), "unix100", 1_000, "unix", 100),
    Scripted(Measure("raise without subscribers", "no limit set"), "none", 200_000),
    Scripted(Measure("raise to a route", "at least 1.5"), "route", 30_000),
    Scripted(Measure("empty loop of a script", "at least 0.4"), "empty", 1_000_000),
)
ASKING: Final = (
    Asking(Measure("MI datagram", "at least 0.8"), "datagram", 4_000),
    Asking(Measure("MI datagram, 16 clients", "no limit set"), "datagram", 8_000, 16),
    Asking(Measure("MI HTTP, kept alive", "at least 0.6"), "http", 3_000),
    Asking(Measure("MI HTTP, new connections", "no limit set"), "connections", 1_000),
    Asking(Measure("MI FIFO as clients do", "at least 40"), "fifo", 150),
    Asking(Measure("MI FIFO as clients in Python do", "at least 40"), "fifo", 50, late=100),
)
RABBITMQ: Final = Measure("RabbitMQ, confirmed / unconfirmed", "at least 0.8")
MESSAGES: Final = 20_000
"""Raises of a round for RabbitMQ."""


class Told:
    """Tells a server to do something, and waits until it has said that it is done."""

    def __init__(self, done: socket.socket) -> None:
        self._done = done

    def subscribe(self, server: ComparedServer) -> None:
        """Let a server say when it is done."""
        server.subscribe("E_DONE", f"udp:127.0.0.1:{self._done.getsockname()[1]}")

    def took(self, server: ComparedServer, what: str, times: int) -> float:
        """Return the seconds that it takes to do something so many times."""
        began = time.monotonic()
        said = server.call("raise_event", {"event": "E_CTL", "params": json.dumps({"what": what, "times": times})})
        assert said == "OK", said
        self._done.recv(65_535)
        return time.monotonic() - began


@contextlib.contextmanager
def told() -> Generator[Told]:
    """Give what tells servers what to do."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as done:
        done.bind(("127.0.0.1", 0))
        done.settimeout(HANG)
        yield Told(done)


def scripted(
    stack: contextlib.ExitStack,
    each: Scripted,
    teller: Told,
    program: Path,
    servers: Sequence[ComparedServer],
    *,
    quiet: float = QUIET,
) -> Work:
    """Subscribe the receivers of a line at the servers, until the end of the stack, and return its work."""
    if not each.scheme:
        return lambda server: Outcome(each.times / teller.took(server, each.what, each.times))
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="evtui-b-"))
    taking = stack.enter_context(receivers(program, each.scheme, each.subscribers, Path(folder), quiet=quiet))
    for server, address in itertools.product(servers, taking.sockets):
        server.subscribe(f"E_{each.what.upper()}", address)
    wanted = each.times * each.subscribers

    def work(server: ComparedServer) -> Outcome:
        rate = wanted / teller.took(server, each.what, each.times)
        return Outcome(rate, 1 - taking.taken(wanted) / wanted)

    return work


def asking(each: Asking, program: Path) -> Work:
    """Return the work of a line: the clients run in a process of their own."""

    def work(server: ComparedServer) -> Outcome:
        if each.client == "fifo":
            return Outcome(asked(program, each.client, server.fifo, each.trips, server.folder, each.late))
        port = server.ports.mi if each.client == "datagram" else server.ports.http
        return Outcome(asked(program, each.client, port, each.trips, each.clients))

    return work


def queued(queue: RabbitQueue, teller: Told, servers: Sequence[ComparedServer]) -> Work:
    """Subscribe a queue, and return the work of its line: it counts what has got into the queue, by when."""
    for server in servers:
        server.subscribe("E_RABBITMQ", queue.socket)

    def work(server: ComparedServer) -> Outcome:
        began = time.monotonic()
        teller.took(server, "rabbitmq", MESSAGES)
        held, last = queue.filled(MESSAGES)
        return Outcome(held / max(last - began, 1e-9), 1 - held / MESSAGES)

    return work
