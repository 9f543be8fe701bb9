"""The doors of a console that is attached to servers: a real OpenSSH client sees what it sees."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.functional.console.ssh_world import terminal, until
from tests.functional.doors.ssh_door_world import SshDoorWorld, missing_tools, ssh_door
from tests.functional.processes.evtui_process import Evtui, free_port
from tests.limits import HANG

pytestmark = pytest.mark.skipif(missing_tools() is not None, reason=str(missing_tools()))


def _console(world: SshDoorWorld, port: int, servers: Sequence[str]) -> list[str]:
    """Write the command line of a console that is attached and has a door."""
    log, keys = world.evtui.directory / "attached.log", world.evtui.directory / "keys"
    attached = [word for server in servers for word in ("--mi", server)]
    words = ["--ssh", f"127.0.0.1:{port}", "--authorized-keys", str(keys), "--log-file", str(log)]
    return [*_evtui(world.evtui), *attached, *words]


def _evtui(evtui: Evtui, **environ: str) -> list[str]:
    """Write the begin of a command line of a tmux window: variables and the program."""
    names = [name for name in evtui.environ if name.startswith(("HOME", "TMPDIR", "XDG_", "EVTUI_"))]
    variables = {**{name: evtui.environ[name] for name in names}, **environ}
    return ["env", *(f"{name}={value}" for name, value in variables.items()), sys.executable, "-m", "evtui"]


def _raised(world: SshDoorWorld) -> int:
    (event,) = json.loads(world.evtui.run("events", "E_MINE", "--json").out)
    return int(event["raised"])


@pytest.mark.parametrize("names", [("",), ("edge=", "none=")], ids=["a server", "a fleet of which one is away"])
def test_viewers_of_an_attached_console_see_the_servers_and_may_do_what_their_role_may(
    tmp_path_factory: pytest.TempPathFactory, names: Sequence[str]
) -> None:
    port = free_port()
    with ssh_door(Evtui(tmp_path_factory.mktemp("d"))) as world:
        places = (world.evtui.mi_sock, world.evtui.directory / "none.sock")
        servers = [f"{name}unix:{place}" for name, place in zip(names, places, strict=False)]
        world.evtui.run("raise", "E_MINE", "n=7")
        with terminal(_console(world, port, servers)) as host:
            host.waits_for("LIVE")
            host.waits_for("n=7")
            with (
                terminal(world.client("viewer", port=port)) as viewer,
                terminal(world.client("operator", port=port)) as operator,
            ):
                for window in (viewer, operator):
                    window.waits_for("◉ 2")
                    window.waits_for("n=7")
                assert "READ-ONLY" in viewer.screen()
                operator.press("2", "Home", "r")
                operator.waits_for("F5 send")
                operator.press("F5")
                until(lambda: _raised(world) == 2, operator.screen)
                host.waits_for("raised 2")
                viewer.waits_for("raised 2")
                (event,) = json.loads(_ask(world, port, "events", "E_MINE", "--json"))
                assert event["raised"] == 2
                host.press("q")
                for window in (viewer, operator):
                    window.waits_for("evtui: evtui stops")
        log = (world.evtui.directory / "attached.log").read_text()
        assert (
            f"operator operator@lab (ssh) from 127.0.0.1: raise E_MINE{' at edge' if len(names) > 1 else ''}\n" in log
        )
        assert len(world.sessions()) == 0, "the server has none of these sessions"


def _ask(world: SshDoorWorld, port: int, *words: str) -> str:
    command = world.client("asker", *words, terminal=False, port=port)
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=HANG)
    return done.stdout  # of a fleet of which one is away, the others


def test_a_door_of_the_configuration_is_not_that_of_an_attached_console(tmp_path: Path) -> None:
    evtui, place = Evtui(tmp_path), f"127.0.0.1:{free_port()}"
    command = _evtui(evtui, EVTUI_WEB_LISTEN=place, EVTUI_SSH_LISTEN=place)
    with (
        evtui.serving("--event", "E_MINE"),
        terminal([*command, "--mi", f"unix:{evtui.mi_sock}"]) as host,
    ):
        host.waits_for("E_MINE")
        host.press("H")
        host.waits_for("no door for viewers is open")
