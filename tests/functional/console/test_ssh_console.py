"""The console over SSH as it is: a real OpenSSH server and client, in a real terminal."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.functional.console.ssh_world import (
    EVTUI,
    Sshd,
    Terminal,
    evtui_processes,
    login_fails,
    missing_tools,
    running_sshd,
    terminal,
    until,
)
from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG

Opened: TypeAlias = tuple[tuple[str, ...], str]
"""Lines of sshd_config, and options of the key."""

pytestmark = pytest.mark.skipif(missing_tools() is not None, reason=str(missing_tools()))


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    directory, runtime = tmp_path_factory.mktemp("sshd"), tmp_path_factory.mktemp("run")
    with running_sshd(directory, runtime=runtime) as server:
        refusal = login_fails(server)
        if refusal is not None:
            pytest.skip(f"sshd accepts no login on this system: {refusal}")
        yield server


@pytest.fixture
def console(sshd: Sshd) -> Iterator[Terminal]:
    """The console at 120x40, just opened."""
    with terminal(sshd.client(sshd.console())) as window:
        window.waits_for("LIVE")
        yield window
    _waits_until_gone(sshd)


def _waits_until_gone(sshd: Sshd) -> None:
    until(
        lambda: not evtui_processes(sshd.marker),
        lambda: subprocess.run(["ps", "-efww"], capture_output=True, text=True, check=True, timeout=HANG).stdout,
    )


def test_keys_move_between_the_panes(sshd: Sshd, console: Terminal) -> None:
    console.waits_for(sshd.marker)
    console.press("r")
    console.waits_for("╭─ 4 Raise")
    console.press("Escape")
    console.waits_for_no("╭─ 4 Raise")
    console.press("F1")
    console.waits_for("/ searches · esc closes")
    console.type("/maximise")
    console.waits_for("Maximise this pane")


def test_an_event_is_raised_by_keys(sshd: Sshd, console: Terminal) -> None:
    console.waits_for(sshd.marker)
    console.press("r")
    console.waits_for("bytes to no subscribers")  # the form is there and takes keys
    console.type("ip")
    console.press("Tab", "Tab")
    console.type("192.0.2.1")
    console.waits_for('"params":{"ip":"192.0.2.1"}')
    console.press("F5")
    console.waits_for("has no subscribers")


def test_the_layout_follows_the_size_of_the_window(console: Terminal) -> None:
    console.resize(80, 24)
    console.waits_for("1 Stream    2 Events    3 Subscribers")
    console.resize(200, 50)
    console.waits_for("latency attributes")  # there is room for this column
    console.resize(120, 40)
    console.waits_for_no("latency attributes")
    console.waits_for("╭─ 3 Subscribers")


def test_a_click_goes_to_a_tab(console: Terminal) -> None:
    console.resize(80, 24)
    console.waits_for("1 Stream    2 Events    3 Subscribers")
    console.click(*console.find("3 Subscribers"))
    console.waits_for("subscribes a socket")


@pytest.mark.parametrize(("colorterm", "sequence"), [("", "8;5;"), ("truecolor", "8;2;")])
def test_colours_are_those_the_terminal_has(sshd: Sshd, colorterm: str, sequence: str) -> None:
    options = ["SendEnv=COLORTERM"] if colorterm else []
    with terminal(sshd.client(sshd.console(), options=options), TERM="tmux-256color", COLORTERM=colorterm) as window:
        window.waits_for("LIVE")
        painted = window.colours()
        assert f"\x1b[3{sequence}" in painted or f";3{sequence}" in painted
        other = "8;2;" if sequence == "8;5;" else "8;5;"
        assert f"3{other}" not in painted
    _waits_until_gone(sshd)


def test_quitting_gives_the_terminal_back(sshd: Sshd, console: Terminal) -> None:
    assert console.alternate()
    console.press("q")
    console.waits_for("ended with 0")
    assert not console.alternate()
    _waits_until_gone(sshd)
    console.click(3, 3)
    console.type("typed afterwards")
    assert "[<0;4;4M" in console.waits_for("typed afterwards"), "the terminal would still tell of the mouse by itself"


def _kill_the_client(sshd: Sshd, window: Terminal) -> None:
    os.kill(window.client_pid(), signal.SIGKILL)


def _kill_the_session(sshd: Sshd, window: Terminal) -> None:
    for pid in sshd.sessions():
        os.kill(pid, signal.SIGKILL)


def _close_the_terminal(sshd: Sshd, window: Terminal) -> None:
    window.tmux("respawn-window", "-k", "cat")


@pytest.mark.parametrize("drop", [_kill_the_client, _kill_the_session, _close_the_terminal])
@pytest.mark.parametrize("arguments", [(), ("--demo",)], ids=["idle", "busy"])
def test_a_dropped_connection_leaves_no_process_behind(
    sshd: Sshd, drop: Callable[[Sshd, Terminal], None], arguments: tuple[str, ...]
) -> None:
    with terminal(sshd.client(sshd.console(*arguments))) as window:
        window.waits_for("LIVE")
        assert evtui_processes(sshd.marker)
        drop(sshd, window)
        _waits_until_gone(sshd)


def test_a_client_without_a_terminal_is_reported_so(sshd: Sshd) -> None:
    tried = subprocess.run(
        sshd.client(sshd.console(), terminal=False), capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=HANG,
    )  # fmt: skip
    assert tried.returncode not in {0, 255}
    assert "terminal" in tried.stderr
    assert "\x1b" not in tried.stdout + tried.stderr


def _forced_in_the_configuration(socket: str) -> Opened:
    """Give every user the console and nothing else, as the README has it for sshd_config."""
    return (
        "Match User *",
        f"ForceCommand {EVTUI} --mi {socket} --read-only",
        "AllowTcpForwarding no",
        "X11Forwarding no",
        "PermitTTY yes",
    ), ""


def _forced_by_the_key(socket: str) -> Opened:
    """Give one key the console and nothing else, as the README has it for authorized_keys."""
    return (), f'restrict,pty,command="{EVTUI} --mi {socket} --read-only" '


@pytest.fixture(params=[_forced_in_the_configuration, _forced_by_the_key], ids=["sshd_config", "authorized_keys"])
def forced(
    request: pytest.FixtureRequest, evtui: Evtui, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sshd]:
    """A server that gives a read-only console on a running engine, and nothing else."""
    with evtui.serving("--event", "E_SEEN_BY_ALL") as served:
        lines, options = request.param(served.place("unix"))
        with running_sshd(tmp_path, *lines, key_options=options, runtime=tmp_path_factory.mktemp("run")) as server:
            if server.process.poll() is not None:
                pytest.skip(f"sshd does not run here: {server.log()}")
            server.marker = served.place("unix")
            yield server


@pytest.mark.parametrize("asked", [(), ("sh", "-c", "echo the shell; cat")], ids=["nothing", "a shell"])
def test_a_forced_command_gives_the_console_whatever_is_asked(forced: Sshd, asked: tuple[str, ...]) -> None:
    with terminal(forced.client(*asked)) as window:
        window.waits_for("READ-ONLY")
        window.waits_for("E_SEEN_BY_ALL")
        assert "the shell" not in window.screen()
        window.press("q")
        window.waits_for("ended with 0")
    _waits_until_gone(forced)


def test_a_forced_command_ends_with_its_connection(forced: Sshd) -> None:
    with terminal(forced.client()) as window:
        window.waits_for("READ-ONLY")
        _kill_the_client(forced, window)
        _waits_until_gone(forced)
