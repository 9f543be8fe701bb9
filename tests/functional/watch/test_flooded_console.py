"""A console on a server that floods it, stands still, loses its connection, is killed, and is started again.

It takes keys meanwhile, says what is wrong, goes on alone, misses nothing that the journal of the server still has, and
says how much is missing of the rest. So does one on a fleet, in which the other server is read as before.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.contract.proxy import Proxy
from tests.functional.processes.evtui_process import Evtui, free_port
from tests.functional.processes.tmux_window import Window, needs_tmux, tmux_window
from tests.processes import read_line

FLOOD = 5_000
KEPT = 2_000
"""Records that the journal of the flooded server holds, less than half a second of the flood."""


@contextmanager
def flooding(directory: Path, port: int, rate: int, records: int) -> Generator["subprocess.Popen[str]"]:
    """Run a server that raises by itself."""
    directory.mkdir(exist_ok=True)
    words = [sys.executable, "-m", "tests.functional.watch.flooding_server", str(directory), str(port)]
    with subprocess.Popen([*words, str(rate), str(records)], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert read_line(server, server.stdout) == "ready\n"
            yield server
        finally:
            server.kill()


def takes_keys(window: Window) -> None:
    """Go to another pane, to the help and back; each must be drawn."""
    window.keys("3")
    window.keys("?")
    window.wait_for("─ Help ─")
    window.keys("Escape")
    window.wait_for(lambda text: "─ Help ─" not in text)


def lost(text: str) -> int:
    """Read what the status line counts as lost."""
    found = re.search(r"\blost ([\d,]+)", text)
    return int(found[1].replace(",", "")) if found else 0


@needs_tmux
@pytest.mark.parametrize("is_fleet", [False, True], ids=["one", "fleet"])
def test_a_console_on_a_flooded_server_says_what_is_wrong_and_recovers(evtui: Evtui, is_fleet: bool) -> None:
    port = free_port()
    proxy = Proxy(port)
    place = f"http://127.0.0.1:{proxy.port}/mi"
    places = [f"a={place}", f"b=unix:{evtui.directory}/b/mi.sock"] if is_fleet else [place]
    live, gone = ("●2 ", "↻a") if is_fleet else ("● LIVE", "● DISCONNECTED")
    command = [sys.executable, "-m", "evtui", "--read-only", *(word for each in places for word in ("--mi", each))]
    with ExitStack() as stack:
        stack.callback(proxy.down)
        if is_fleet:
            stack.enter_context(flooding(evtui.directory / "b", free_port(), 20, 1_000))
        with flooding(evtui.directory / "a", port, FLOOD, KEPT) as server:
            window = stack.enter_context(
                tmux_window(evtui.directory, 120, 40, command, {**os.environ, **evtui.environ})
            )
            window.wait_for(lambda text: live in text and "E_FLOOD" in text)
            takes_keys(window)
            server.send_signal(signal.SIGSTOP)
            window.wait_for("?a" if is_fleet else "● NO ANSWER")
            takes_keys(window)
            server.send_signal(signal.SIGCONT)
            window.wait_for(live)
            before = lost(window.text())
            proxy.down()
            window.wait_for(gone)
            takes_keys(window)
            proxy.up()
            window.wait_for(lambda text: live in text and lost(text) > before)
            server.kill()
            server.wait()
            window.wait_for(gone)
            proxy.down()
        with flooding(evtui.directory / "a", port, 20, 1_000):
            proxy.up()
            window.wait_for(live)
            window.keys("1", "/")
            window.type("restarted")
            window.keys("Enter")
            window.wait_for(lambda text: re.search(r"up to [\d,.]+ s missing", text))
