"""The SSH door under clients that are too many, that do not log in, that stop, or that vanish."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.functional.console.ssh_world import terminal, until
from tests.functional.doors.ssh_door_world import SshDoorWorld, missing_tools, ssh_door
from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG

pytestmark = pytest.mark.skipif(missing_tools() is not None, reason=str(missing_tools()))

LIMITS = {
    "EVTUI_VIEWERS_LOGIN_TIMEOUT": "2", "EVTUI_VIEWERS_KEEPALIVE": "1", "EVTUI_VIEWERS_SESSIONS_PER_ADDRESS": "3",
    "EVTUI_SSH_CONNECTIONS_PER_ADDRESS": "8",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshDoorWorld]:
    with ssh_door(Evtui(tmp_path_factory.mktemp("d")), **LIMITS) as opened:
        yield opened


def test_of_200_connections_from_one_address_most_are_refused_and_the_others_end(world: SshDoorWorld) -> None:
    with ExitStack() as opened:
        sockets = [opened.enter_context(closing(world.connect())) for _ in range(200)]
        slowest = world.slowest_ping(1.0)
        greeted = sum(_greeting(sock).startswith(b"SSH-2.0-evtui") for sock in sockets)
        assert greeted <= 8
        assert slowest < HANG / 10
        assert world.counts()["refused_connections_per_address"] == 200 - greeted
        until(lambda: world.counts()["refused_login_timeout"] == greeted, world.log)
    assert "its address has 8 connections already" in world.log()
    assert "it did not log in in time" in world.log()
    assert world.run("asker", "version").status == 0


def test_more_sessions_than_an_address_may_have_are_told_why(world: SshDoorWorld) -> None:
    with ExitStack() as windows:
        for number in range(1, 4):
            windows.enter_context(terminal(world.client("viewer"))).waits_for(f"◉ {number}")
        refused = windows.enter_context(terminal(world.client("viewer")))
        refused.waits_for("evtui: your address has 3 sessions already")
        refused.waits_for("ended with 1")
    world.waits_for_sessions(0)
    assert world.counts()["refused_per_address"] == 1


def test_a_stopped_client_is_gone_within_the_keepalive_and_delays_no_one(world: SshDoorWorld) -> None:
    with terminal(world.client("viewer")) as window:
        window.waits_for("LIVE")
        pid = window.client_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            assert world.slowest_ping(1.0) < HANG / 10
            world.waits_for_sessions(0)
            world.waits_for_log("refused viewer viewer@lab (ssh) from 127.0.0.1: it does not answer any more")
        finally:
            os.kill(pid, signal.SIGCONT)


def test_a_half_open_client_is_gone_within_the_keepalive(world: SshDoorWorld) -> None:
    with _cable(world.port) as cable, ExitStack() as clients:
        client = clients.enter_context(_running(world.start("viewer", port=cable.port)))
        world.waits_for_sessions(1)
        cable.is_cut = True
        before = world.counts()["refused_keepalive"]
        world.waits_for_sessions(0)
        assert world.counts()["refused_keepalive"] == before + 1
        assert client.poll() is None


def test_a_client_that_reads_nothing_keeps_no_more_than_a_bound_and_delays_no_one(world: SshDoorWorld) -> None:
    """It answers the questions whether it is there; its window is full, and what is painted for it is dropped."""
    with _cable(world.port) as cable, _running(world.start("viewer", port=cable.port)):
        world.waits_for_sessions(1)
        cable.is_slow = True
        before = _resident(world)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            world.evtui.run("raise", "E_MINE", "count:=3")
        assert _resident(world) - before < 16 << 20
        assert world.slowest_ping(0.5) < HANG / 10


def test_of_very_many_variables_a_console_gets_those_that_it_knows_and_the_rest_is_counted_once(
    world: SshDoorWorld,
) -> None:
    many = " ".join(["COLORTERM=truecolor", *(f"V{number}={'x' * 20}" for number in range(500))])
    with terminal(world.client("viewer", options=[f"SetEnv={many}"])) as window:
        window.waits_for("LIVE")
        assert "8;2;" in window.colours()
    assert world.counts()["refused_environment"] == 1
    world.waits_for_log("refused viewer viewer@lab (ssh) from 127.0.0.1: more than 200 variables")
    few = " ".join(["LANG=en_GB.UTF-8", *(f"LC_{number}=C" for number in range(20))])
    assert world.run("asker", "version", options=[f"SetEnv={few}"]).status == 0
    assert world.counts()["refused_environment"] == 1


class _Cable:
    """Forwards one connection until it is cut, without a word to either end."""

    def __init__(self, port: int) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._target = port
        self.is_cut = self.is_slow = False
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            near, _ = self._server.accept()
            far = socket.create_connection(("127.0.0.1", self._target), HANG)
            self._sockets += [near, far]
            threading.Thread(target=self._forward, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._forward, args=(far, near, True), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, is_painted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                while self.is_slow and is_painted:
                    time.sleep(0.05)
                if not self.is_cut:
                    sink.sendall(data)

    def close(self) -> None:
        self.is_slow = False
        for sock in (*self._sockets, self._server):
            sock.close()


@contextmanager
def _cable(port: int) -> Generator[_Cable]:
    with closing(_Cable(port)) as cable:
        yield cable


@contextmanager
def _running(process: "subprocess.Popen[bytes]") -> Generator["subprocess.Popen[bytes]"]:
    assert process.stdout is not None
    drain = threading.Thread(target=process.stdout.read, daemon=True)
    drain.start()
    try:
        yield process
    finally:
        process.kill()
        process.wait(HANG)
        drain.join(HANG)
        process.stdout.close()
        if process.stdin is not None:
            process.stdin.close()


def _greeting(sock: socket.socket) -> bytes:
    with suppress(OSError):
        return sock.recv(100)
    return b""


def _resident(world: SshDoorWorld) -> int:
    lines = Path(f"/proc/{world.server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:"))
