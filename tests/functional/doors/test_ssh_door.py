"""The SSH door with a real OpenSSH client, in a real terminal."""

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.functional.console.ssh_world import Terminal, terminal, until
from tests.functional.doors.ssh_door_world import SshDoorWorld, missing_tools, ssh_door
from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG

pytestmark = pytest.mark.skipif(missing_tools() is not None, reason=str(missing_tools()))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshDoorWorld]:
    with ssh_door(Evtui(tmp_path_factory.mktemp("d"))) as opened:
        yield opened


@pytest.fixture
def console(world: SshDoorWorld) -> Iterator[Terminal]:
    """The console of a viewer at 120x40, just opened."""
    with terminal(world.client("viewer")) as window:
        window.waits_for("LIVE")
        yield window
    world.waits_for_sessions(0)


def test_the_console_is_shown_and_leaves_a_clean_terminal(world: SshDoorWorld, console: Terminal) -> None:
    assert "READ-ONLY" in console.screen()
    assert "◉ 1" in console.screen()
    (session,) = world.sessions()
    assert (session["name"], session["role"], session["door"], session["what"]) == (
        "viewer@lab", "viewer", "ssh", "console",
    )  # fmt: skip
    assert console.alternate()
    console.press("q")
    console.waits_for("ended with 0")
    assert not console.alternate()
    console.type("typed afterwards")
    console.click(3, 3)
    assert "typed afterwards" in console.waits_for("typed afterwards")
    world.waits_for_log("viewer viewer@lab (ssh) from 127.0.0.1: console")


def test_keys_the_mouse_and_another_size_arrive(world: SshDoorWorld, console: Terminal) -> None:
    console.press("?")
    console.waits_for("In this pane")
    console.press("Escape")
    console.waits_for_no("In this pane")
    column, row = console.find("S statistics")
    console.click(column, row)
    console.waits_for("Charts")
    console.press("Escape")
    console.waits_for("3 Subscribers")
    console.resize(80, 24)
    console.waits_for("6 Script")
    console.resize(200, 50)
    console.waits_for_no("6 Script ")


def test_a_raise_is_seen_and_copied_to_the_clipboard_of_the_client(world: SshDoorWorld, console: Terminal) -> None:
    console.tmux("set-option", "-g", "set-clipboard", "on")
    world.evtui.run("raise", "E_MINE", "greeting=grüß")
    console.waits_for("no subscribers 1")
    console.press("1")
    console.press("y")
    console.waits_for("Sent to the terminal's clipboard.")
    until(lambda: "grüß" in _clipboard(console), lambda: "nothing was copied")
    assert list(world.evtui.directory.glob("state/**/evtui-copied*")) == []


def test_a_viewer_cannot_raise_and_an_operator_can(world: SshDoorWorld, console: Terminal) -> None:
    console.press("r")
    console.press("?")
    console.waits_for("In this pane")
    assert "4 Raise" not in console.screen()
    with terminal(world.client("operator"), (200, 50)) as operator:
        operator.waits_for("LIVE")
        assert "READ-ONLY" not in operator.screen()
        operator.press("r")
        operator.waits_for("4 Raise")
        operator.press("F5")
        world.waits_for_log("operator operator@lab (ssh) from 127.0.0.1: raise E_MINE")
    assert "viewer viewer@lab (ssh) from 127.0.0.1: raise" not in world.log()


def test_an_operator_ends_the_session_of_a_viewer_in_the_console_and_by_command(world: SshDoorWorld) -> None:
    with ExitStack() as windows:
        first = windows.enter_context(terminal(world.client("viewer")))
        first.waits_for("◉ 1")
        second = windows.enter_context(terminal(world.client("viewer")))
        second.waits_for("◉ 2")
        numbers = sorted(session["number"] for session in world.sessions())
        with terminal(world.client("operator")) as operator:
            operator.waits_for("◉ 3")
            operator.press("H")
            operator.waits_for("viewer@lab")
            operator.press("Enter")
            first.waits_for("evtui: an operator ended it in the console")
            first.waits_for("ended with 0")
        ran = world.evtui.run("sessions", "--end", str(numbers[1]))
        assert (ran.status, ran.out) == (0, f"ended session {numbers[1]}\n")
        second.waits_for("evtui: it was ended by a client of the management interface")
        ran = world.evtui.run("sessions", "--end", "99")
        assert ran.status == 1
        assert "No such session" in ran.err
    world.waits_for_sessions(0)


def test_commands_that_read_are_run_for_a_key_that_may(world: SshDoorWorld) -> None:
    events = world.run("asker", "events", "--json")
    assert events.status == 0, events.err
    assert "E_MINE" in [event["name"] for event in events.json]
    assert world.run("asker", "evtui", "subscribers").status == 0
    tail = world.start("asker", "tail", "'E_M*'", "--json", terminal=False)
    try:
        assert tail.stdout is not None
        until(lambda: any(s["what"].startswith("tail") for s in world.sessions()), world.log)
        until(lambda: b'"count":3' in _raised_and_read(world, tail).replace(b" ", b""), world.log)
    finally:
        tail.kill()
        tail.communicate(timeout=HANG)
    world.waits_for_sessions(0)


@pytest.mark.parametrize(
    ("key", "words", "said"),
    [
        ("viewer", ("events",), "your key may run no commands"),
        ("asker", ("raise", "E_MINE"), "only these commands may be run"),
        ("asker", ("events", "--mi", "udp:192.0.2.1:8080"), "events has no option --mi here"),
        ("asker", ("tail", "--socket", "udp:192.0.2.1:9000"), "tail has no option --socket here"),
        ("asker", ("tail", "amqp://192.0.2.1/"), "tail reads only this server"),
        ("asker", ("events;id",), "only these commands may be run"),
    ],
)
def test_other_commands_are_refused_counted_and_logged(
    world: SshDoorWorld, key: str, words: tuple[str, ...], said: str
) -> None:
    before = world.counts()["refused_command"]
    ran = world.run(key, *words)
    assert (ran.status, ran.out) == (1, "")
    assert said in ran.err
    assert world.counts()["refused_command"] == before + 1
    world.waits_for_log(f"refused viewer {key}@lab (ssh) from 127.0.0.1: the command")


def test_what_is_no_console_is_refused_counted_and_logged(world: SshDoorWorld) -> None:
    assert world.run("operator", "-s", "sftp").status != 0
    no_terminal = world.run("operator")
    assert no_terminal.status == 1
    assert "evtui: the console needs a terminal: ssh -t" in no_terminal.err
    forwarded = world.run("operator", options=("ExitOnForwardFailure=yes", "RemoteForward=0 127.0.0.1:22"))
    assert forwarded.status != 0
    unix = world.run("operator", options=("ExitOnForwardFailure=yes", "RemoteForward=/tmp/x 127.0.0.1:22"))
    assert unix.status != 0
    piped = subprocess.run(
        [*world.client("operator", terminal=False)[:-1], "-W", "127.0.0.1:22", "anyone@127.0.0.1"], check=False,
        capture_output=True, stdin=subprocess.DEVNULL, timeout=HANG,
    )  # fmt: skip
    assert piped.returncode != 0
    assert piped.stdout == b""
    counts = world.counts()
    assert (counts["refused_subsystem"], counts["refused_no_terminal"]) == (1, 1)
    assert counts["refused_forwarding"] >= 3
    for text in ("the subsystem sftp", "a console without a terminal", "to forward a connection"):
        assert f"refused operator operator@lab (ssh) from 127.0.0.1: {text}" in world.log()


@pytest.mark.parametrize("key", ["stranger", "elsewhere"])
def test_a_key_that_is_not_known_here_is_refused_counted_and_logged(world: SshDoorWorld, key: str) -> None:
    before = world.counts()["refused_unknown_key"]
    ran = world.run(key, "events")
    assert ran.status == 255
    assert "Permission denied (publickey)" in ran.err
    until(lambda: world.counts()["refused_unknown_key"] == before + 1, world.log)
    assert "refused a connection from 127.0.0.1: no key of it is known: SHA256:" in world.log()


def test_a_key_that_is_added_or_taken_away_counts_from_the_next_login_on(world: SshDoorWorld) -> None:
    keys = world.evtui.directory / "keys"
    known = keys.read_text()
    added = (world.evtui.directory / "stranger.pub").read_text()
    try:
        keys.write_text(f"a line that is none\n{known}commands {added}")
        assert world.run("stranger", "version").status == 0
        assert "line 1: it has no key" in world.log()
        keys.chmod(0o666)
        keys.write_text(known)
        assert world.run("asker", "version").status == 255
        assert "others may write it (mode 0666)" in world.log()
    finally:
        keys.write_text(known)
        keys.chmod(0o600)
    assert world.run("stranger", "version").status == 255
    assert world.run("asker", "version").status == 0


def test_a_killed_client_is_gone_at_once(world: SshDoorWorld) -> None:
    with ExitStack() as windows:
        window = windows.enter_context(terminal(world.client("viewer")))
        window.waits_for("LIVE")
        os.kill(window.client_pid(), signal.SIGKILL)
        world.waits_for_sessions(0)


def _clipboard(console: Terminal) -> str:
    try:
        return console.tmux("show-buffer")
    except subprocess.CalledProcessError:
        return ""


def _raised_and_read(world: SshDoorWorld, tail: "subprocess.Popen[bytes]") -> bytes:
    world.evtui.run("raise", "E_MINE", "count:=3")
    assert tail.stdout is not None
    return os.read(tail.stdout.fileno(), 65536) if select.select([tail.stdout], [], [], 0)[0] else b""
