"""A real server under a service manager: what it tells when, reloading, the watchdog, and the lines of its log."""

import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.functional.monitoring.test_service_pages import get
from tests.functional.processes.evtui_process import Evtui, Receiver, Server, free_port
from tests.functional.processes.pty_process import PtyProcess
from tests.limits import HANG
from tests.paths import ROOT
from tests.processes import read_line


@contextmanager
def _manager(path: Path) -> Generator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(str(path))
        listening.settimeout(HANG)
        yield listening


def _next(manager: socket.socket, *, watchdog: bool = False) -> list[str]:
    """Wait for the next notice that is none of the watchdog, or for one of it."""
    while True:
        lines = manager.recv(4096).decode().split("\n")
        if (lines == ["WATCHDOG=1"]) == watchdog:
            return lines


def _read_all(manager: socket.socket) -> None:
    while True:
        manager.recv(4096)


def _log_line(server: Server, text: str) -> str:
    """Read the log up to a line with a text."""
    while text not in (line := read_line(server.process, server.process.stderr)):
        assert line, "the log ended"
    return line


def test_it_tells_that_it_is_ready_reloads_and_ends(evtui: Evtui) -> None:
    with (
        _manager(evtui.directory / "n") as manager,
        evtui.serving("--event", "E_X", NOTIFY_SOCKET=str(evtui.directory / "n")) as server,
    ):
        assert _next(manager) == ["READY=1", "STATUS=0 subscriptions, 0 raised, 0 wait"]
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        server.process.send_signal(signal.SIGHUP)
        reloading, at = _next(manager)
        assert reloading == "RELOADING=1"
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert before <= int(at.removeprefix("MONOTONIC_USEC=")) <= after
        assert _next(manager)[0] == "READY=1"
        server.stop()
        assert _next(manager) == ["STOPPING=1", "STATUS=delivering what waits"]


def test_an_abstract_address_is_understood(evtui: Evtui) -> None:
    name = f"evtui-{os.getpid()}-{time.monotonic_ns()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(f"\0{name}")
        manager.settimeout(HANG)
        with evtui.serving(NOTIFY_SOCKET=f"@{name}"):
            assert _next(manager)[0] == "READY=1"


def test_the_watchdog_is_told_until_the_process_hangs(evtui: Evtui) -> None:
    with (
        _manager(evtui.directory / "n") as manager,
        evtui.serving(NOTIFY_SOCKET=str(evtui.directory / "n"), WATCHDOG_USEC="400000") as server,
    ):
        for _ in range(4):
            _next(manager, watchdog=True)
        server.process.send_signal(signal.SIGSTOP)
        manager.settimeout(1.0)
        with pytest.raises(TimeoutError):
            _read_all(manager)
        server.process.send_signal(signal.SIGCONT)
        manager.settimeout(HANG)
        _next(manager, watchdog=True)


def test_a_reload_takes_events_subscriptions_rules_and_the_log_and_names_the_rest(
    evtui: Evtui, receiver: Receiver
) -> None:
    file, log, port = evtui.directory / "my.toml", evtui.directory / "log", free_port()
    first = f'events = ["E_A"]\nlog_file = "{log}"\nsubscribe = ["E_A {receiver.socket}", "E_A unix:/tmp/gone"]\n'
    service = f'service = {{ http = "127.0.0.1:{port}" }}\n'
    file.write_text(first + service)
    with (
        _manager(evtui.directory / "n") as manager,
        evtui.serving("--config", str(file), NOTIFY_SOCKET=str(evtui.directory / "n")) as server,
    ):
        _next(manager)
        second = (
            f'events = ["E_A", "E_B"]\nlog_file = "{log}"\n'
            f'subscribe = ["E_B {receiver.socket}", "E_A {receiver.socket} 77"]\n'
            f"{service}rules = {{ often = 'E_A > 0 in 10 s' }}\nread_only = true\n"
        )
        file.write_text(second)
        log.rename(evtui.directory / "log.1")
        server.process.send_signal(signal.SIGHUP)
        assert [_next(manager)[0], _next(manager)[0]] == ["RELOADING=1", "READY=1"]
        listed = {(each["event"], each["socket"], each["expire"]) for each in evtui.run("subscribers", "--json").json}
        assert listed == {("E_B", receiver.socket, None), ("E_A", receiver.socket, 77)}
        assert evtui.run("raise", "E_B", "n:=1").status == 0
        assert b"E_B" in receiver.receive()
        told = log.read_text()
        assert "1 events published; 2 subscribed; 1 ended; from the next start on: read_only" in told
        assert evtui.run("raise", "E_A").status == 0
        while "often" not in log.read_text():
            time.sleep(0.05)
        file.write_text("evnts = []")
        server.process.send_signal(signal.SIGHUP)
        _next(manager)
        status = _next(manager)[1]
        assert "the configuration was not reloaded: bad setting evnts" in status
        health = get(port, "/healthz")
        assert (health.status, "not reloaded" in health.json["warnings"][0]) == (200, True)
        assert evtui.run("raise", "E_B").status == 0


def test_without_a_manager_and_without_a_terminal_a_hangup_reloads(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_X", under=["setsid"]) as server:
        server.process.send_signal(signal.SIGHUP)
        assert "the configuration was read again" in _log_line(server, "read again")
        assert evtui.run("events").status == 0


def test_the_hangup_of_its_terminal_ends_it(evtui: Evtui) -> None:
    command = [sys.executable, "-m", "evtui", "serve"]
    terminal = PtyProcess(command, {**evtui.environ, "PYTHONPATH": str(ROOT)}, controlling=True)
    try:
        terminal.read_until(b"ready")
        terminal.process.send_signal(signal.SIGHUP)
        terminal.read_until(b"SIGHUP: stopping")
        assert terminal.wait() == 0
    finally:
        terminal.close()


def test_the_log_has_the_form_that_was_asked_for(evtui: Evtui) -> None:
    with evtui.serving("--log-format", "json") as server:
        lines = server.stop().err.splitlines()
    assert json.loads(lines[-1])["message"] == "SIGTERM: stopping"
    with evtui.serving("--log-format", "journal", "--datagram", f"udp:0.0.0.0:{free_port()}") as server:
        lines = server.stop().err.splitlines()
    assert lines[-1] == "<6>evtui.persistence.server_signals: SIGTERM: stopping"
    assert re.match(r"<4>evtui\.bootstrap\.serve: udp:0\.0\.0\.0:\d+ is reachable", lines[0])
    refused = evtui.run("serve", "--log-format", "xml")
    assert refused.status == 2
    assert 'it is "text", "json" or "journal"' in refused.err
