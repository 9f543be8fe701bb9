"""SIGHUP on the console: it reloads a script, and it comes when the terminal goes away."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evtui.bootstrap.real_clocks import SHUTDOWN_LIMIT
from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.pty_process import PtyProcess

SOON = 10.0
"""Seconds in which a console has noticed that its terminal is gone, on a busy machine too."""

Start = Callable[..., PtyProcess]


@pytest.fixture
def script(evtui: Evtui) -> Path:
    file = evtui.directory / "script.cfg"
    file.write_text('route[BEFORE] { xlog("before"); }')
    return file


@pytest.fixture
def start(evtui: Evtui, script: Path) -> Iterator[Start]:
    begun: list[PtyProcess] = []

    def begin(*options: str, controlling: bool = False) -> PtyProcess:
        command = [sys.executable, "-m", "evtui", "--script", str(script), *options]
        begun.append(PtyProcess(command, evtui.environ, controlling=controlling))
        begun[-1].read_until(b"LIVE")
        return begun[-1]

    yield begin
    for process in begun:
        process.close()


def test_sighup_reloads_the_script_as_long_as_the_terminal_is_there(start: Start, script: Path) -> None:
    process = start(controlling=True)
    script.write_text('route[AFTER] { xlog("after"); }')
    process.process.send_signal(signal.SIGHUP)
    process.read_until(b"Reloaded.")
    process.press(b"6")
    process.read_until(b"AFTER")
    process.press(b"q")
    assert process.wait() == 0
    assert process.after == process.before


def test_sighup_with_a_script_that_is_wrong_keeps_what_runs_and_says_why(start: Start, script: Path) -> None:
    process = start()
    script.write_text("route {")
    process.process.send_signal(signal.SIGHUP)
    process.read_until(b"Not reloaded:")
    process.press(b"6")
    process.read_until(b"BEFORE")


def test_sighup_on_a_read_only_console_reloads_nothing_and_ends_nothing(start: Start) -> None:
    process = start("--read-only")
    process.process.send_signal(signal.SIGHUP)
    process.read_until(b"read-only: reload is refused")
    process.press(b"q")
    assert process.wait() == 0


def test_a_login_that_hangs_up_ends_a_console_with_a_script(start: Start) -> None:
    process = start(controlling=True)
    gone = time.monotonic()
    process.hang_up()
    assert process.wait() == 128 + signal.SIGHUP
    assert time.monotonic() - gone < SOON


def test_a_terminal_that_goes_a_moment_after_the_signal_ends_it_too(start: Start) -> None:
    process = start()
    process.process.send_signal(signal.SIGHUP)
    process.read_until(b"Reloaded.")
    gone = time.monotonic()
    process.hang_up()
    assert process.wait() == 128 + signal.SIGHUP
    assert time.monotonic() - gone < SOON


def test_a_terminal_that_goes_while_the_script_is_read_again_ends_it_too(start: Start, script: Path) -> None:
    process = start()
    script.write_text("".join(f'route[R{number}] {{ xlog("again"); }}\n' for number in range(3000)))
    gone = time.monotonic()
    process.process.send_signal(signal.SIGHUP)
    process.hang_up()
    assert process.wait() == 128 + signal.SIGHUP
    assert time.monotonic() - gone < SOON


def test_a_console_that_was_stopped_goes_on_and_leaves_the_terminal_as_it_was(start: Start) -> None:
    process = start(controlling=True)
    for _ in range(2):
        process.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.process.pid, os.WSTOPPED)
        process.read_available()
        process.written = b""
        process.process.send_signal(signal.SIGCONT)
        process.read_until(b"LIVE")
    process.press(b"q")
    began = time.monotonic()
    assert process.wait() == 0
    assert time.monotonic() - began < SHUTDOWN_LIMIT, "no thread of before is left"
    assert process.after == process.before
