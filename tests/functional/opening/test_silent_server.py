"""A server that is stopped: the console that is attached to it says so before the server has used up its time."""

import json
import signal
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from tests.functional.processes.evtui_process import Evtui, Server, free_port
from tests.functional.processes.pty_process import PtyProcess
from tests.limits import HANG

RAISES = 3_000


@pytest.fixture(params=["udp", "http", "fifo", "unix"])
def served(evtui: Evtui, request: pytest.FixtureRequest) -> Iterator[tuple[Server, str]]:
    """A server, and where the console is attached to it."""
    places = {"udp": f"udp:127.0.0.1:{free_port()}", "unix": f"unix:{evtui.directory}/mi.sock"}
    options = ["--datagram", places.get(request.param, places["unix"]), "--fifo", str(evtui.directory / "mi.fifo")]
    with evtui.serving("--event", "E_BURST", "--http", f"127.0.0.1:{free_port()}", *options) as server:
        yield server, server.place(request.param)
        server.process.send_signal(signal.SIGCONT)


def _raise_many(server: Server) -> None:
    """Raise over HTTP, so that records still wait to be drawn when the server is stopped."""
    call = {"jsonrpc": "2.0", "method": "raise_event", "params": ["E_BURST", ["a", "b"]]}
    body = json.dumps([{**call, "id": number} for number in range(RAISES)]).encode()
    request = urllib.request.Request(server.place("http"), body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=HANG).close()


def test_a_stopped_server_is_shown_as_one_that_does_not_answer(evtui: Evtui, served: tuple[Server, str]) -> None:
    server, place = served
    console = PtyProcess([sys.executable, "-m", "evtui", "--mi", place], evtui.environ, 160, 40)
    try:
        console.read_until(b"LIVE")
        console.read_until(b"E_BURST")
        _raise_many(server)
        server.process.send_signal(signal.SIGSTOP)
        console.read_available()
        before = len(console.written)
        console.read_until(b"NO ANSWER")
        assert b"DISCONNECTED" not in console.written[before:]
        server.process.send_signal(signal.SIGCONT)
        console.written = b""
        console.read_until(b"LIVE")
    finally:
        console.close()
