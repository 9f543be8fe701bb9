"""The client commands on several servers: a column or a member for the server, and what is said of one that is away."""

import json
import signal
from pathlib import Path

import pytest

from tests.functional.attached.test_fleet_servers import SOCKET, places, serving
from tests.functional.cli.test_cli_tail import tailing
from tests.functional.processes.evtui_process import Evtui
from tests.processes import read_line


def options(directory: Path, *names: str) -> list[str]:
    """Name servers on the command line."""
    return [word for place in places(directory, *names) for word in ("--mi", place)]


def test_events_and_subscribers_name_the_server_and_tell_counters(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        both = options(evtui.directory, "a", "b")
        evtui.run("subscribe", "E_CALL", SOCKET, "600", *both, "--server", "b")
        evtui.run("raise", "E_CALL", *both, "--server", "b")
        listed = evtui.run("events", "E_CALL", *both, "--json")
        assert (listed.status, listed.err) == (0, "")
        assert [(one["server"], one["name"], one["subscribers"], one["raised"]) for one in listed.json] == [
            ("a", "E_CALL", 0, 0),
            ("b", "E_CALL", 1, 1),
        ]
        assert evtui.run("events", "E_CALL", *both).lines[0].split()[:4] == ["server", "event", "subscribers", "raised"]
        (one,) = evtui.run("subscribers", *both, "--json").json
        assert (one["server"], one["event"], one["socket"], one["sent"]) == ("b", "E_CALL", SOCKET, 1)
        table = evtui.run("subscribers", "E_B", *both, "--server", "b", "--server", "a")
        assert (table.status, table.err) == (0, "no subscribers\n")
        table = evtui.run("subscribers", "E_CALL", *both)
        assert table.lines[0].split() == [
            "server", "event", "socket", "expire", "left", "sent", "failed", "dropped", "queued", "latency", "last",
            "error",
        ]  # fmt: skip
        assert table.lines[1].split()[:3] == ["b", "E_CALL", SOCKET]
        for command in ("events", "subscribers"):
            unknown = evtui.run(command, "E_NOPE", *both)
            assert (unknown.status, "E_NOPE" in unknown.err) == (1, True)


def test_what_changes_something_is_done_at_each_with_a_result_of_its_own(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        both = options(evtui.directory, "a", "b")
        made = evtui.run("subscribe", "E_CALL", SOCKET, "600", *both)
        assert (made.status, made.out) == (
            0, f"a: E_CALL {SOCKET} subscribed for 600 s\nb: E_CALL {SOCKET} subscribed for 600 s\n",
        )  # fmt: skip
        raised = evtui.run("raise", "E_CALL", "n:=1", *both)
        assert (raised.status, raised.err) == (0, "a: E_CALL: accepted\nb: E_CALL: accepted\n")
        assert raised.lines[0].split() == ["server", "subscriber", "outcome", "latency", "reason"]
        assert [line.split()[:3] for line in raised.lines[1:]] == [["a", SOCKET, "sent"], ["b", SOCKET, "sent"]]
        tested = [json.loads(line) for line in evtui.run("test", SOCKET, *both, "--json").lines]
        assert [(one["server"], one["ok"], one["outcome"]) for one in tested] == [
            ("a", True, "sent"), ("b", True, "sent"),
        ]  # fmt: skip
        many = evtui.run("raise", "E_CALL", "n:=2", "--repeat", "3", *both, "--json")
        assert (many.status, many.json["raised"]) == (0, 3)
        lines = evtui.run("raise", "E_CALL", "--stdin-jsonl", *both, stdin='{"n":3}\n')
        assert (lines.status, lines.err) == (0, "line 1: E_CALL: accepted\n")
        counted = evtui.run("events", "E_CALL", *both, "--json").json
        assert [one["raised"] for one in counted] == [5, 5]
        ended = [json.loads(line) for line in evtui.run("unsubscribe", "E_CALL", SOCKET, *both, "--json").lines]
        assert [(one["server"], one["ok"], one["subscriptions"][0]["expire"]) for one in ended] == [
            ("a", True, 0), ("b", True, 0),
        ]  # fmt: skip


def test_one_that_refuses_or_is_away_is_told_and_the_others_do_it(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        three = options(evtui.directory, "a", "b", "gone")
        made = evtui.run("subscribe", "E_B", SOCKET, "60", *three)
        assert (made.status, made.out) == (1, f"b: E_B {SOCKET} subscribed for 60 s\n")
        assert "evtui: a: unknown event 'E_B'" in made.err
        assert "evtui: gone: " in made.err
        raised = evtui.run("raise", "E_B", *three, "--json")
        told = [json.loads(line) for line in raised.lines]
        assert (raised.status, [(one["server"], one["ok"]) for one in told]) == (
            1, [("a", False), ("b", True), ("gone", False)],
        )  # fmt: skip
        assert "E_B" in told[0]["error"]
        assert [one["socket"] for one in told[1]["subscribers"]] == [SOCKET]
        only = evtui.run("raise", "E_B", *three, "--server", "b")
        assert (only.status, only.err) == (0, "b: E_B: accepted\n")
        nobody = evtui.run("raise", "E_CALL", *three, "--server", "a")
        assert (nobody.status, "E_CALL has no subscribers" in nobody.err) == (1, True)


def test_the_servers_of_a_profile_are_asked(evtui: Evtui) -> None:
    directory = evtui.directory / "config" / "evtui"
    directory.mkdir(parents=True)
    one, two = places(evtui.directory, "a", "b")
    (directory / "evtui.toml").write_text(f'[profile.lab]\nservers = ["{one} red", "{two}"]\n[profile.none]\n')
    variables = {"XDG_CONFIG_HOME": str(directory.parent)}
    with serving(evtui.directory, "a", "b"):
        listed = evtui.run("events", "E_CALL", "--profile", "lab", "--json", **variables)
        assert [state["server"] for state in listed.json] == ["a", "b"]
        made = evtui.run("subscribe", "E_CALL", SOCKET, "60", "--server", "b", EVTUI_PROFILE="lab", **variables)
        assert made.out == f"b: E_CALL {SOCKET} subscribed for 60 s\n"
        other = evtui.run("events", "E_CALL", "--profile", "lab", "--mi", two.partition("=")[2], "--json", **variables)
        assert [state.get("server") for state in other.json] == [None]  # what is named counts
        none = evtui.run("events", "--server", "a", "--profile", "none", **variables)
        assert (none.status, "name them with --mi, EVTUI_MI or --profile" in none.err) == (2, True)


@pytest.mark.parametrize("command", [("raise", "E_CALL"), ("subscribe", "E_CALL", SOCKET), ("events",)])
def test_a_server_that_is_not_among_those_named_is_told(evtui: Evtui, command: tuple[str, ...]) -> None:
    ran = evtui.run(*command, "--mi", "a=unix:/run/a", "--server", "b")
    assert (ran.status, "there is no server 'b': the fleet has a" in ran.err) == (2, True)
    ran = evtui.run(*command, "--server", "b")
    assert (ran.status, "name them with --mi" in ran.err) == (2, True)


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


def test_tail_begins_with_what_each_server_remembers(evtui: Evtui) -> None:
    both = options(evtui.directory, "a", "b")
    with serving(evtui.directory, "a", "b"):
        for number, name in enumerate(("a", "b", "a")):
            evtui.run("raise", "E_CALL", f"n:={number}", *both, "--server", name)
        with tailing(evtui, "E_CALL", *both, "--since", "1h", "--json") as tail:
            told = [tail.json() for _ in range(3)]
            assert sorted((one["server"], one["params"]["n"]) for one in told) == [("a", 0), ("a", 2), ("b", 1)]
            evtui.run("raise", "E_CALL", "n:=3", *both, "--server", "b")
            assert tail.json()["server"] == "b"
            assert tail.stop(signal.SIGINT)[0] == 0


def test_tail_lets_the_servers_filter_what_they_remember(evtui: Evtui) -> None:
    both = options(evtui.directory, "a", "b")
    with serving(evtui.directory, "a", "b"):
        for number in range(4):
            evtui.run("raise", "E_CALL", f"n:={number}", *both)
        with tailing(evtui, "E_CALL", *both, "--since", "1h", "--filter", "n>2", "--json") as tail:
            begun = sorted(read_line(tail.process, tail.process.stderr).split(" since ")[0] for _ in range(2))
            assert begun == ["a remembers what happened", "b remembers what happened"]
            told = [tail.json() for _ in range(2)]
            assert sorted((one["server"], one["params"]["n"]) for one in told) == [("a", 3), ("b", 3)]
            evtui.run("raise", "E_CALL", "n:=1", *both)
            evtui.run("raise", "E_CALL", "n:=4", *both, "--server", "b")
            assert tail.json()["params"] == {"n": 4}
            assert tail.stop(signal.SIGINT)[0] == 0


def test_tail_subscribes_a_socket_at_each_server(evtui: Evtui) -> None:
    both = options(evtui.directory, "a", "b")
    with serving(evtui.directory, "a", "b"):
        with tailing(evtui, "E_CALL", *both, "--expire", "60", "--filter", "server=b or n=1", "--json") as tail:
            said = sorted([tail.said, read_line(tail.process, tail.process.stderr)])
            assert [line.split(" of ")[0] for line in said] == ["a: E_CALL", "b: E_CALL"]
            assert len(evtui.run("subscribers", *both, "--json").json) == 2
            for name in ("a", "b"):
                for number in (1, 2):
                    evtui.run("raise", "E_CALL", f"n:={number}", *both, "--server", name)
            told = [tail.json() for _ in range(3)]
            assert sorted((one["server"], one["params"]["n"]) for one in told) == [("a", 1), ("b", 1), ("b", 2)]
            assert tail.stop(signal.SIGINT)[0] == 0
        assert evtui.run("subscribers", *both, "--json").json == []
        own = f"unix:{evtui.directory}/tail.sock"
        with tailing(evtui, "E_CALL", *both, "--socket", own, "--json") as tail:
            read_line(tail.process, tail.process.stderr)
            listed = evtui.run("subscribers", *both, "--json").json
            assert [(one["server"], one["socket"]) for one in listed] == [("a", own), ("b", own)]
            assert evtui.run("raise", "E_CALL", "n:=1", *both).status == 0
            assert [tail.json()["server"] for _ in range(2)] == [None, None]
            assert tail.stop(signal.SIGINT)[0] == 0
        assert evtui.run("subscribers", *both, "--json").json == []


def test_the_variable_may_name_several_with_colours(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        named = " ".join(f"{place} red" for place in places(evtui.directory, "a", "b"))
        listed = evtui.run("events", "E_CALL", "--json", EVTUI_MI=named)
        assert [state["server"] for state in listed.json] == ["a", "b"]


@pytest.mark.parametrize("command", [("events",), ("tail",), ("raise", "E_A"), ("test", SOCKET)])
def test_a_wrong_server_of_several_is_named(evtui: Evtui, command: tuple[str, ...]) -> None:
    ran = evtui.run(*command, "--mi", "a=unix:/run/a", "--mi", "b=pigeon:home")
    assert ran.status == 2
    assert "server 'b=pigeon:home'" in ran.err
