"""`evtui` as a real process on a terminal of its own: how it starts, what it says, how it leaves."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

import pyte
import pytest

from tests.functional.processes.evtui_process import Evtui, Server, free_port
from tests.limits import HANG

COLUMNS, ROWS = 120, 40


class Terminal:
    """A process on a pseudo-terminal, and the screen a person would see."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int) -> None:
        self.process = process
        self._master = master
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)

    def wait_for(self, text: str) -> None:
        """Read the screen until it shows a text."""
        until = time.monotonic() + HANG
        while text not in self.text:
            assert time.monotonic() < until, f"{text!r} is not on the screen:\n{self.text}"
            self._read()

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def wait_for_end(self) -> int:
        """Read until the process ends; returns its exit status."""
        until = time.monotonic() + HANG
        while self.process.poll() is None:
            assert time.monotonic() < until, f"it did not end:\n{self.text}"
            self._read()
        while self._read():  # what it wrote last is still in the terminal
            pass
        return self.process.returncode

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self._screen.display)

    def _read(self) -> bool:
        """Read what there is, or comes soon; say whether it was something."""
        if select.select([self._master], [], [], 0.2)[0]:
            # It fails when the terminal's other side is closed: the process is ending.
            with suppress(OSError):
                read = os.read(self._master, 1 << 16)
                self._stream.feed(read)
                return bool(read)
        return False


@contextmanager
def console(evtui: Evtui, *arguments: str) -> Generator[Terminal]:
    """Run evtui on a terminal of 120x40."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "evtui", *arguments], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        env={**evtui.environ, "TERM": "xterm-256color"}, cwd=evtui.directory,
    )  # fmt: skip
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait(HANG)
        os.close(master)


def test_it_listens_while_it_runs_and_removes_its_sockets_when_it_is_left(evtui: Evtui) -> None:
    with console(evtui, "--event", "E_MINE") as terminal:
        terminal.wait_for("E_MINE")
        assert evtui.run("mi", "which", "--mi", f"fifo:{evtui.mi_fifo}").status == 0
        terminal.type("q")
        assert terminal.wait_for_end() == 0
    assert list(evtui.mi_sock.parent.iterdir()) == []


def test_what_another_process_raises_is_seen(evtui: Evtui) -> None:
    with console(evtui, "--event", "E_MINE", "--subscribe", "E_MINE udp:127.0.0.1:9") as terminal:
        terminal.wait_for("E_MINE")
        assert evtui.run("raise", "E_MINE", "ip=192.0.2.77").status == 0
        terminal.wait_for("192.0.2.77")


def test_beside_a_running_server_it_starts_without_listeners_and_says_so(evtui: Evtui, serve: Server) -> None:
    with console(evtui) as terminal:
        terminal.wait_for("Another evtui listens")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
    assert evtui.run("events").status == 0


def test_a_configured_place_to_listen_on_is_not_left_out_silently(evtui: Evtui, serve: Server) -> None:
    with console(evtui, "--datagram", f"unix:{evtui.mi_sock}") as terminal:
        assert terminal.wait_for_end() == 1
        assert "another server listens there" in terminal.text


def test_attached_to_a_server_it_shows_what_that_one_raises(evtui: Evtui, serve: Server) -> None:
    with console(evtui, "--mi", serve.place("unix")) as terminal:
        terminal.wait_for("E_TEST")
        terminal.wait_for("raised")  # the words of a server whose records are read
        evtui.run("raise", "E_TEST", "ip=192.0.2.78")
        terminal.wait_for("no subscribers  ip")  # as the console that watches is none
        assert evtui.run("subscribers", "--json").json == []
        terminal.type("q")
        assert terminal.wait_for_end() == 0
    assert evtui.run("subscribers", "--json").json == []


def test_a_server_that_goes_away_is_shown_and_comes_back(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_TEST") as first:
        place = first.place("unix")
        terminals = console(evtui, "--mi", place)
        with terminals as terminal:
            terminal.wait_for("E_TEST")
            first.stop()
            terminal.wait_for("DISCONNECTED")
            with evtui.serving("--event", "E_TEST"):
                terminal.wait_for("LIVE")
                evtui.run("raise", "E_TEST", "ip=192.0.2.79")
                terminal.wait_for("no subscribers  ip")


def test_on_leaving_it_says_on_the_terminal_what_was_not_delivered(evtui: Evtui) -> None:
    socket = f"tcp:127.0.0.1:{free_port()}"
    file = evtui.directory / "evtui.toml"
    file.write_text(f'events = ["E_T"]\nsubscribe = ["E_T {socket}"]\n')
    with console(evtui, "--config", str(file)) as terminal:
        terminal.wait_for("E_T")
        assert evtui.run("raise", "E_T", "--mi", f"unix:{evtui.mi_sock}").status == 0
        terminal.type("q")
        assert terminal.wait_for_end() == 0
        terminal.wait_for(f"evtui: {socket}: 1 notification not delivered")


def test_the_demo_is_marked_and_leaves_nothing_behind(evtui: Evtui) -> None:
    with console(evtui, "--demo") as terminal:
        terminal.wait_for("DEMO")
        terminal.wait_for("E_DEMO_")
        assert list(evtui.directory.glob("evtui-demo-*"))
        terminal.type("q")
        assert terminal.wait_for_end() == 0
    assert list(evtui.directory.glob("evtui-demo-*")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_removes_its_sockets(evtui: Evtui, number: signal.Signals) -> None:
    with console(evtui) as terminal:
        terminal.wait_for("core 9")
        terminal.process.send_signal(number)
        assert terminal.wait_for_end() == 128 + number
    assert list(evtui.mi_sock.parent.iterdir()) == []


def test_wrong_settings_of_the_console_are_named(evtui: Evtui) -> None:
    file = evtui.directory / "evtui.toml"
    file.write_text('[ui]\ntheme = "evtui-lihgt"\n')
    with console(evtui, "--config", str(file)) as terminal:
        assert terminal.wait_for_end() == 2
        terminal.wait_for("ui.theme")
        assert "evtui-light" in terminal.text


def test_the_log_goes_to_its_file_and_never_to_the_terminal(evtui: Evtui, serve: Server) -> None:
    log = evtui.directory / "log"
    with console(evtui, "--log-file", str(log)) as terminal:
        terminal.wait_for("Another evtui listens")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
        assert "WARNING" not in terminal.text
    assert "Another evtui listens" in log.read_text()
