"""Clients that read no replies, name missing reply FIFOs, or never end a request: no other client waits for them."""

import os
import socket
import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import pytest

from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.mi.mi_world import World, ask_fifo, fifo_server, write_fifo
from tests.functional.processes.evtui_process import Evtui, Server
from tests.hostile.pinger import Pinger, assert_nobody_waited
from tests.limits import HANG

PWD = b'{"jsonrpc":"2.0","id":1,"method":"pwd"}'
QUIET = 0.7
"""Seconds of the quiet run that the hostile one is compared with."""


@contextmanager
def _deaf_client(server: Path, folder: Path) -> Generator[socket.socket]:
    """A client with an address that never reads."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as client:
        client.bind(str(folder / "deaf.sock"))
        client.connect(str(server))
        client.settimeout(HANG)
        yield client


def _until_served(client: DatagramClient, requests: int) -> dict[str, int]:
    """Wait until the server has understood or dropped as many requests of an attack; returns its counters."""
    end = time.monotonic() + HANG
    while True:
        found: dict[str, int] = client.ask("get_statistics", ["mi:"])
        if found["mi:requests"] + found["mi:requests_dropped"] >= requests:
            return found
        assert time.monotonic() < end, f"only {found} of {requests}"
        time.sleep(0.05)


def test_a_client_that_reads_no_replies_keeps_no_other_client_waiting(evtui: Evtui, serve: Server) -> None:
    sent = 3000
    with Pinger(evtui.mi_sock) as pinger, DatagramClient(evtui.mi_sock) as other:
        quiet = pinger.watch(QUIET)
        with _deaf_client(evtui.mi_sock, evtui.directory) as client:
            for _ in range(sent):
                client.send(PWD)
            counted = _until_served(other, sent)
            hostile = pinger.watch(1.5)
    assert_nobody_waited(hostile, quiet)
    assert counted["mi:datagram_replies_lost"] + counted["mi:requests_dropped"] <= sent
    assert counted["mi:requests_dropped"] > 0, "the bound of a client was not reached"


def test_many_clients_that_read_no_replies_keep_no_other_client_waiting(evtui: Evtui, serve: Server) -> None:
    clients = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(20)]
    try:
        with Pinger(evtui.mi_sock) as pinger:
            quiet = pinger.watch(QUIET)
            for number, client in enumerate(clients):
                client.bind(str(evtui.directory / f"deaf{number}"))
                client.connect(str(evtui.mi_sock))
                client.settimeout(HANG)
                for _ in range(60):  # together more than the server's send buffer holds
                    client.send(PWD)
            assert_nobody_waited(pinger.watch(1.5), quiet)
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize("kind", ["missing", "deaf", "a name each"])
def test_reply_fifos_that_are_not_read_keep_no_other_client_waiting(kind: str, evtui: Evtui) -> None:
    """The requests of others on the same FIFO are answered at once, too."""
    sent = 600
    fifo, replies = evtui.directory / "mi.fifo", evtui.directory / "replies"
    replies.mkdir()
    if kind == "deaf":
        os.mkfifo(replies / "reply")
    (evtui.directory / "evtui.toml").write_text(f'[mi]\nreply_dir = "{replies}"\ndatagram = ["unix:{evtui.mi_sock}"]\n')
    evtui.mi_sock.parent.mkdir(0o700)
    with (
        evtui.serving("--config", str(evtui.directory / "evtui.toml"), "--fifo", str(fifo)),
        Pinger(evtui.mi_sock) as pinger,
        DatagramClient(evtui.mi_sock) as other,
        _own_reply(replies / "own") as own,
    ):
        quiet = pinger.watch(QUIET)
        asked = _ask_fifo_behind(fifo, own, [b""] * sent)  # as many that want no reply
        deaf = os.open(replies / "reply", os.O_RDONLY | os.O_NONBLOCK) if kind == "deaf" else None
        names = [b"reply%d" % number if kind == "a name each" else b"reply" for number in range(sent)]
        took = _ask_fifo_behind(fifo, own, names)
        counted = _until_served(other, 2 * sent)
        hostile = pinger.watch(1.5)
        if deaf is not None:
            os.close(deaf)
    assert_nobody_waited(hostile, quiet)
    assert_nobody_waited(hostile._replace(worst=took), quiet._replace(worst=max(quiet.worst, asked)))
    assert counted["mi:requests_dropped"] == 0, "the bound of a client is higher"


@pytest.mark.parametrize("request_bytes", [b':drip:{"jsonrpc":"', b":pwd:drip\na", b":never a head "])
async def test_a_request_that_drips_in_is_dropped_by_its_age(request_bytes: bytes, tmp_path: Path) -> None:
    """A byte now and then does not keep the FIFO: what others write meanwhile is answered."""
    world, limit, reply = World(["E_X"]), 0.5, b""

    async def drip() -> None:
        write_fifo(tmp_path / "fifo", request_bytes)
        while True:
            await anyio.sleep(limit / 10)
            write_fifo(tmp_path / "fifo", b"x")

    async with (
        fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path, time_limit=limit),
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(drip)
        await anyio.sleep(limit / 5)
        request = b':REPLY:{"jsonrpc":"2.0","id":1,"method":"pwd"}'
        reply = await ask_fifo(tmp_path / "fifo", tmp_path, request)
        tasks.cancel_scope.cancel()
    world.close()
    assert reply == b'{"jsonrpc":"2.0","result":{"WD":"/"},"id":1}'
    assert world.dispatcher.statistics.fifo_unfinished + world.dispatcher.statistics.fifo_unreadable > 0


async def test_many_unfinished_requests_inside_each_other_are_dropped_in_a_bounded_time(tmp_path: Path) -> None:
    world, limit = World(["E_X"]), 0.2
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path, time_limit=limit):
        write_fifo(tmp_path / "fifo", b'\n:a:{"' * 9000)
        request = b'\n:REPLY:{"jsonrpc":"2.0","id":1,"method":"pwd"}'
        with anyio.fail_after(HANG):
            while not await ask_fifo(tmp_path / "fifo", tmp_path, request, None, 1.0):
                pass
    world.close()


@contextmanager
def _own_reply(path: Path) -> Generator[Path]:
    os.mkfifo(path)
    try:
        yield path
    finally:
        path.unlink()


def _ask_fifo(fifo: Path, own: Path) -> float:
    """Ask over the FIFO as another client; returns the seconds until the reply came."""
    reply = os.open(own, os.O_RDONLY | os.O_NONBLOCK)
    started = time.monotonic()
    try:
        _write(fifo, b':%s:{"jsonrpc":"2.0","id":1,"method":"pwd"}' % own.name.encode())
        while time.monotonic() - started < HANG:
            try:
                if b'"result"' in os.read(reply, 1 << 16):
                    return time.monotonic() - started
            except BlockingIOError:
                pass
            time.sleep(0.005)
    finally:
        os.close(reply)
    raise AssertionError(f"no reply within {HANG:g} s")


def _ask_fifo_behind(fifo: Path, own: Path, names: Sequence[bytes]) -> float:
    """Write a request for each of these reply FIFOs, then ask; returns the seconds until the reply came."""
    for name in names:
        _write(fifo, b':%s:{"jsonrpc":"2.0","id":1,"method":"which"}' % name)
    return _ask_fifo(fifo, own)


def _write(fifo: Path, request: bytes) -> None:
    fd = os.open(fifo, os.O_WRONLY)
    try:
        os.write(fd, request)
    finally:
        os.close(fd)
