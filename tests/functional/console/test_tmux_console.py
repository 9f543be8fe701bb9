"""The console as a person runs it: a real process in a real terminal, keys in, text and datagrams out."""

import re
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.functional.processes.evtui_process import Evtui, Receiver
from tests.functional.processes.tmux_window import Window, needs_tmux, tmux_window

pytestmark = needs_tmux


@contextmanager
def console(evtui: Evtui, width: int, height: int, *arguments: str) -> Generator[Window]:
    kept = {
        name: value for name, value in evtui.environ.items() if name.startswith(("HOME", "XDG_", "PATH", "NO_COLOR"))
    }
    environ = {**kept, "TERM": "tmux-256color", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "evtui", *arguments]
    with tmux_window(evtui.directory, width, height, command, environ) as window:
        window.wait_for("● LIVE")
        yield window


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 50)])
def test_subscribe_and_raise_by_keys_and_read_both_ends(
    evtui: Evtui, receiver: Receiver, width: int, height: int
) -> None:
    address = receiver.socket
    with console(evtui, width, height, "--event", "E_MINE") as window:
        window.wait_for("s subscribes a socket to E_MINE")
        window.keys("s")
        window.wait_for("Cancel")
        window.type(address)
        window.wait_for(address)
        window.keys("Enter")
        window.wait_for(f"Subscribed {address}")
        window.wait_for("Next: r raises E_MINE by hand")
        window.keys("r")
        window.wait_for("F5 send")
        window.wait_for("E_MINE")
        window.keys("F5")
        assert receiver.receive() == b'{"jsonrpc":"2.0","method":"E_MINE"}'
        window.keys("Escape")
        window.wait_for("r raise  s subscribe")
        window.keys("1")
        window.wait_for(re.compile(r"\d\d:\d\d:\d\d\.\d{3} E_MINE .*✓").search)
        window.keys("3")
        window.wait_for(re.compile(rf"59:\d\d ✓ {re.escape(address)}").search)
        window.keys("q")
        window.wait_for("ended 0")
    assert (evtui.directory / "before.txt").read_text() == (evtui.directory / "after.txt").read_text()


def test_a_resized_terminal_gets_another_layout_and_is_left_clean(evtui: Evtui) -> None:
    with console(evtui, 80, 24, "--demo") as window:
        window.wait_for("1 Stream    2 Events")
        window.resize(200, 50)
        window.wait_for(re.compile("2 Events .*1 Stream .*3 Subscribers .*").search)
        window.resize(120, 40)
        window.wait_for(lambda text: "2 Events " in text and _is_below("3 Subscribers ", "1 Stream ", text))
        window.keys("q")
        text = window.wait_for("ended 0")
        assert "Stream" not in text


def test_what_follows_shows_its_end_after_the_window_was_resized(evtui: Evtui) -> None:
    script = evtui.directory / "script.cfg"
    script.write_text(
        'startup_route { $var(i) = 0; while ($var(i) < 90) { xlog("line $var(i)."); $var(i) = $var(i) + 1; } }'
    )
    with console(evtui, 80, 24, "--script", str(script)) as window:
        window.keys("9")
        window.wait_for("line 89.")
        for width, height in ((120, 40), (200, 50), (80, 24), (200, 50), (120, 40), (80, 24)):
            window.resize(width, height)
            text = window.wait_for(re.compile(rf"(?ms)^[^\n]{{{width}}}$.*line 89\.").search)
            assert "following" in text


def test_colours_reach_the_terminal(evtui: Evtui) -> None:
    with console(evtui, 120, 40, "--demo") as window:
        window.wait_for("DEMO")
        assert re.search(r"\x1b\[[0-9;]*[34]8;[25];", window.text(colours=True))


def test_no_color_leaves_grey(evtui: Evtui) -> None:
    evtui.environ["NO_COLOR"] = "1"
    with console(evtui, 120, 40, "--demo") as window:
        coloured = re.findall(r"38;2;(\d+);(\d+);(\d+)", window.text(colours=True))
        assert all(red == green == blue for red, green, blue in coloured)


def _is_below(title: str, other: str, text: str) -> bool:
    lines = text.splitlines()
    rows = [next((row for row, line in enumerate(lines) if f"─ {name}" in line), None) for name in (title, other)]
    return rows[0] is not None and rows[1] is not None and rows[0] > rows[1]
