"""Floods of raises, requests, SIP messages, a looping script and many readers: no round of the event loop is long.

So no client, no console and no expiry waits long: a client is answered, a subscription expires and a console looks
while the flood goes on. What is measured is the processor time of the server's loop, which other processes on the
machine hardly change, and how many raises it does in one round.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.functional.mi.mi_world import free_port
from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG
from tests.processes import read_line

LONGEST: Final = 0.05
"""Seconds of processor time of the longest round in which the console did not paint: how long that takes depends on its
size."""

SPARE: Final = 2
"""Rounds that may be longer: the garbage collector runs in them, too, or the machine is slow for a moment."""

MOST_RAISED: Final = 5_000
"""Raises of one round: what fits into the time that all runs of a script have in it, at 3 µs each."""

PINGS: Final = 20
READERS: Final = 50
SENDERS: Final = 4
BATCH: Final = 8
"""Requests that a sender sends before it reads the replies, for all of which its socket has room."""


class Client:
    """A client of MI that asks over a UNIX datagram socket."""

    def __init__(self, directory: Path, name: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(HANG)
        self.socket.bind(str(directory / name))
        self.socket.connect(str(directory / "mi.sock"))

    def ask(self, method: str, *params: object) -> Any:
        """Return the result."""
        self.socket.send(request(method, *params))
        return json.loads(self.socket.recv(1 << 18))["result"]


class Flooded:
    """The server, and what a client of it and the server itself see."""

    def __init__(self, process: "subprocess.Popen[str]", directory: Path, sip: int) -> None:
        self.directory, self.sip = directory, sip
        self.client = Client(directory, "quiet")
        self._process = process

    def rounds(self) -> dict[str, Any]:
        """Return what the loop did since the last call."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(read_line(self._process, self._process.stdout))
        return found

    def raised(self) -> int:
        """Count the raises so far."""
        return int(self.client.ask("get_statistics", ["evi:raised"])["evi:raised"])

    def is_subscribed(self, name: str) -> bool:
        """Say whether a socket is subscribed."""
        return name in json.dumps(self.client.ask("subscribers_list", "E_QUIET"))


def request(method: str, *params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


@pytest.fixture
def flooded(evtui: Evtui) -> Generator[Flooded]:
    sip = free_port(socket.SOCK_DGRAM)
    words = [sys.executable, "-m", "tests.hostile.cost.flooded_server", str(evtui.directory), str(sip)]
    environment = {**os.environ, **evtui.environ}
    with subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert read_line(process, process.stdout) == "ready\n"
            found = Flooded(process, evtui.directory, sip)
            yield found
            found.client.socket.close()
        finally:
            process.kill()


def send_requests(world: Flooded, number: int, goes_on: Callable[[], bool], one: bytes) -> None:
    """Ask without end, some requests at once."""
    client = Client(world.directory, f"sender-{number}")
    with client.socket:
        while goes_on():
            for _ in range(BATCH):
                client.socket.send(one)
            for _ in range(BATCH):
                client.socket.recv(1 << 18)


def send_raises(world: Flooded, number: int, goes_on: Callable[[], bool]) -> None:
    send_requests(world, number, goes_on, request("raise_event", "E_FLOOD", [1, "x" * 100]))


def send_questions(world: Flooded, number: int, goes_on: Callable[[], bool]) -> None:
    method, *params = (("subscribers_list",), ("get_statistics", ["all"]), ("events_list",), ("pwd",))[number]
    send_requests(world, number, goes_on, request(str(method), *params))


def send_sip(world: Flooded, number: int, goes_on: Callable[[], bool]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.bind(("127.0.0.1", 0))
        port = caller.getsockname()[1]
        lines = [
            "OPTIONS sip:bob@127.0.0.1 SIP/2.0", f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK-1",
            "From: sipp <sip:sipp@127.0.0.1>;tag=1", "To: bob <sip:bob@127.0.0.1>", f"Call-ID: {number}@127.0.0.1",
            "CSeq: 1 OPTIONS", "Content-Length: 0", "", "",
        ]  # fmt: skip
        message = "\r\n".join(lines).encode()
        while goes_on():
            caller.sendto(message, ("127.0.0.1", world.sip))


def run_loops(world: Flooded, number: int, goes_on: Callable[[], bool]) -> None:
    """Begin a loop of raises in the script again whenever the one before has begun to raise."""
    client = Client(world.directory, f"looper-{number}")
    with client.socket:
        while goes_on():
            client.ask("raise_event", "E_LOOP", [1])


def read_feed(world: Flooded, number: int, goes_on: Callable[[], bool]) -> None:
    """Raise events that fifty readers follow."""
    if number:
        send_raises(world, number, goes_on)
        return
    found = selectors.DefaultSelector()
    with ExitStack() as stack:
        for _ in range(READERS):
            reader = stack.enter_context(socket.socket(socket.AF_UNIX))
            reader.connect(str(next(world.directory.rglob("*.watch"))))
            reader.send(b"{}\n")
            found.register(reader, selectors.EVENT_READ)
        while goes_on():
            for key, _ in found.select(0.1):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.recv(1 << 16)


@contextmanager
def flood(world: Flooded, send: Callable[[Flooded, int, Callable[[], bool]], None]) -> Generator[None]:
    """Let some threads flood the server while the block runs; each must have gone on until its end."""
    ended = threading.Event()
    with ThreadPoolExecutor(SENDERS) as threads:
        senders = [threads.submit(send, world, number, lambda: not ended.is_set()) for number in range(SENDERS)]
        try:
            yield
            assert not any(sender.done() for sender in senders)
        finally:
            ended.set()
    for sender in senders:
        sender.result()


@pytest.mark.parametrize("send", [send_raises, send_questions, send_sip, run_loops, read_feed])
def test_a_flood_makes_no_round_long(
    flooded: Flooded, send: Callable[[Flooded, int, Callable[[], bool]], None]
) -> None:
    raised = flooded.raised()
    with flood(flooded, send):
        flooded.client.ask("event_subscribe", "E_QUIET", "udp:127.0.0.1:9", 1)
        for _ in range(PINGS):
            assert flooded.client.ask("pwd")
        until = time.monotonic() + HANG
        while flooded.is_subscribed("udp:127.0.0.1:9"):  # it expires while the flood goes on
            assert time.monotonic() < until
        found = flooded.rounds()
    assert found["looks"] > 1
    assert sum(seconds > LONGEST for seconds in found["longest"]) <= SPARE, found
    assert found["most_raised"] < MOST_RAISED, found
    assert send is send_questions or flooded.raised() > raised + PINGS
