"""Hostile readers of the watch feed: silent, half, endless, gone at any moment, and very many."""

import contextlib
import json
import random
import socket
import time
from collections.abc import Generator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui, Server, free_port
from tests.hostile.pinger import Pinger, assert_nobody_waited
from tests.limits import HANG

MANY = 2000
"""Connections that a hostile process opens."""
READERS = 20


@pytest.fixture
def served(evtui: Evtui) -> Generator[Server]:
    """Serve an event with a feed for few readers."""
    with evtui.serving("--event", "E_A", EVTUI_MI_WATCH_READERS=str(READERS)) as server:
        yield server


def _path(server: Server) -> str:
    return server.place("watch").removeprefix("watch:")


def _connect(path: str) -> socket.socket | None:
    """Connect without a wait; None when the server's queue is full."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        sock.connect(path)
    except OSError:
        sock.close()
        return None
    return sock


def _statistics(evtui: Evtui) -> dict[str, int]:
    found: dict[str, int] = json.loads(evtui.run("mi", "get_statistics", "watch:").out)
    return {name.removeprefix("watch:"): value for name, value in found.items()}


def _first_line(path: str, request: bytes = b"\n") -> bytes:
    deadline = time.monotonic() + HANG
    while (sock := _connect(path)) is None:  # the server's queue is full
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with closing(sock):
        sock.settimeout(HANG)
        with contextlib.suppress(OSError):
            sock.send(request)
        with contextlib.suppress(ConnectionResetError):
            return sock.makefile("rb").readline()
    return b""


def test_very_many_connections_are_refused_and_counted(evtui: Evtui, served: Server) -> None:
    path = _path(served)
    with Pinger(evtui.mi_sock) as pinger, ExitStack() as opened:
        quiet = pinger.watch(1.0)
        made = 0
        for number in range(MANY):
            if (sock := _connect(path)) is not None:
                opened.enter_context(closing(sock))
                made += 1
            if number % 50 == 0:
                time.sleep(0.01)
        assert made > READERS
        assert b"mi.watch_readers" in _first_line(path)
        assert_nobody_waited(pinger.waits(), quiet)
        assert _statistics(evtui)["refused"] >= made - READERS
        descriptors = len([*Path(f"/proc/{served.pid}/fd").iterdir()])
        assert descriptors < READERS + 50
    deadline = time.monotonic() + HANG
    while not (line := _first_line(path)).startswith(b'{"type":"header"'):
        assert time.monotonic() < deadline, line
        time.sleep(0.05)


def test_requests_cut_off_at_any_byte_and_readers_gone_at_any_moment(evtui: Evtui, served: Server) -> None:
    path, chance = _path(served), random.Random(7)
    requests = (b'{"back":50000}\n', b'{"filter":"event=E_A"}\n', b"\xff\x00\n", b"[" * 60_000, b"x" * 70_000 + b"\n")
    with Pinger(evtui.mi_sock) as pinger:
        quiet = pinger.watch(1.0)
        for _ in range(400):
            request = chance.choice(requests)
            if (sock := _connect(path)) is None:
                time.sleep(0.01)
                continue
            with closing(sock), contextlib.suppress(OSError):
                sock.send(request[: chance.randrange(len(request) + 1)])
                if chance.random() < 0.5:
                    time.sleep(0.002)
                    sock.recv(chance.randrange(1, 4096))
        assert_nobody_waited(pinger.waits(), quiet)
    assert evtui.run("raise", "E_A").status in {0, 1}
    deadline = time.monotonic() + HANG
    while _statistics(evtui)["readers"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert _first_line(path).startswith(b'{"type":"header"')
    ended = served.stop()
    assert ended.status == 0
    assert "Traceback" not in ended.err


def test_readers_that_stop_reading_in_a_flood_cost_bounded_memory(evtui: Evtui, served: Server) -> None:
    path, rows = _path(served), "\n".join(['{"event":"E_A","params":{"x":"' + "y" * 500 + '"}}'] * 2000)
    with Pinger(evtui.mi_sock) as pinger, ExitStack() as opened:
        quiet = pinger.watch(1.0)
        for _ in range(READERS):
            sock = opened.enter_context(closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)))
            sock.connect(path)
            sock.send(b"\n")
        before = _resident(served.pid)
        for _ in range(4):
            evtui.run("raise", "--stdin-jsonl", stdin=rows)
        assert_nobody_waited(pinger.waits(), quiet)
        assert _resident(served.pid) - before < 100 << 20


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def test_half_a_request_over_http_is_ended_in_time(evtui: Evtui) -> None:
    port = free_port()
    with (
        evtui.serving("--http", f"127.0.0.1:{port}", EVTUI_MI_HTTP_HEADER_TIMEOUT="0.5") as server,
        closing(socket.create_connection(("127.0.0.1", port), HANG)) as sock,
    ):
        sock.send(b"GET /watch HTTP/1.1\r\nHost: localhost\r\n")
        sock.settimeout(HANG)
        assert b"header" not in sock.recv(1000)
        assert server.process.poll() is None
