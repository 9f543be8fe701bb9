"""The client commands on several servers: a column or a member for the server, and what is said of one that is away."""

import signal
from pathlib import Path

import pytest

from tests.functional.attached.test_fleet_servers import SOCKET, places, serving
from tests.functional.cli.test_cli_tail import tailing
from tests.functional.processes.evtui_process import Evtui


def options(directory: Path, *names: str) -> list[str]:
    """Name servers on the command line."""
    return [word for place in places(directory, *names) for word in ("--mi", place)]


def test_events_and_subscribers_name_the_server(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        both = options(evtui.directory, "a", "b")
        evtui.run("subscribe", "E_CALL", SOCKET, "600", "--mi", f"unix:{evtui.directory}/b/mi.sock")
        listed = evtui.run("events", "E_CALL", *both, "--json")
        assert (listed.status, listed.err) == (0, "")
        assert listed.json == [
            {"server": "a", "name": "E_CALL", "subscribers": 0},
            {"server": "b", "name": "E_CALL", "subscribers": 1},
        ]
        (one,) = evtui.run("subscribers", *both, "--json").json
        assert (one["server"], one["event"], one["socket"]) == ("b", "E_CALL", SOCKET)
        table = evtui.run("subscribers", *both).lines
        assert table[0].split() == ["server", "event", "socket", "expire", "left"]
        assert table[1].split()[:3] == ["b", "E_CALL", SOCKET]
        unknown = evtui.run("events", "E_NOPE", *both)
        assert (unknown.status, "E_NOPE" in unknown.err) == (1, True)


def test_one_that_is_away_is_told_and_the_others_are_listed(evtui: Evtui) -> None:
    with serving(evtui.directory, "a"):
        ran = evtui.run("events", "E_CALL", *options(evtui.directory, "a", "gone"), "--json")
        assert ran.status == 1
        assert "gone: " in ran.err
        assert [state["server"] for state in ran.json] == ["a"]


def test_tail_names_the_server_of_each_raise(evtui: Evtui) -> None:
    both = options(evtui.directory, "a", "b")
    with serving(evtui.directory, "a", "b"), tailing(evtui, "E_CALL", *both, "--json") as tail:
        assert tail.said == "E_CALL of a, b\n"
        for name in ("a", "b"):
            evtui.run("raise", "E_CALL", f"at={name}", "--mi", f"unix:{evtui.directory}/{name}/mi.sock")
            told = tail.json()
            assert (told["server"], told["params"]) == (name, {"at": name})
        assert tail.stop(signal.SIGINT) == (0, "")


def test_the_variable_may_name_several_with_colours(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        named = " ".join(f"{place} red" for place in places(evtui.directory, "a", "b"))
        listed = evtui.run("events", "E_CALL", "--json", EVTUI_MI=named)
        assert [state["server"] for state in listed.json] == ["a", "b"]


@pytest.mark.parametrize("command", ["events", "subscribers", "tail"])
def test_a_wrong_server_of_several_is_named(evtui: Evtui, command: str) -> None:
    ran = evtui.run(command, "--mi", "a=unix:/run/a", "--mi", "b=pigeon:home")
    assert ran.status == 2
    assert "server 'b=pigeon:home'" in ran.err
