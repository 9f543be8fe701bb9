"""The client commands that ask or watch several servers: why, queues, statistics, sessions, transports, mi, rules."""

import json
import signal
import socket

import pytest

from evtui.backends.remote.asked_server import AskedServer
from evtui.cli.servers.several_servers import ask_at_each
from tests.functional.attached.test_fleet_commands import options
from tests.functional.attached.test_fleet_servers import SOCKET, places, serving
from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG
from tests.processes import read_line

NOBODY = "tcp:127.0.0.1:9"
ASKING = ("why", "E_CALL"), ("queues",), ("statistics",), ("sessions",), ("transports",), ("mi", "which")


def test_lists_have_a_column_and_a_member_for_the_server(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        both = options(evtui.directory, "a", "b")
        empty = evtui.run("queues", *both)
        assert (empty.status, empty.out, empty.err.count("no queues")) == (0, "", 1)
        evtui.run("subscribe", "E_CALL", NOBODY, "600", *both, "--server", "b")
        evtui.run("raise", "E_CALL", *both, "--server", "b")
        (queue,) = evtui.run("queues", *both, "--json").json
        assert (queue["server"], queue["socket"], queue["queued"]) == ("b", NOBODY, 1)
        table = evtui.run("queues", *both).lines
        assert (table[0].split()[:3], table[1].split()[:3]) == (["server", "socket", "queued"], ["b", NOBODY, "1"])
        sessions = evtui.run("sessions", *both)
        assert (sessions.status, sessions.err) == (0, "no sessions: no one watches through a door\n")
        assert evtui.run("sessions", *both, "--json").json == []
        listed = evtui.run("transports", *both, "--json").json
        assert {(one["server"], one["scheme"]) for one in listed} >= {("a", "udp"), ("b", "udp")}
        text = evtui.run("transports", *both, "--server", "b").lines
        assert any(line.startswith("b: udp: ") for line in text)
        assert not any(line.startswith("a: ") for line in text)
        gone = evtui.run("queues", *both, "--mi", f"gone=unix:{evtui.directory}/gone.sock", "--json")
        assert (gone.status, [one["server"] for one in gone.json], "evtui: gone: " in gone.err) == (1, ["b"], True)


def test_the_others_tell_an_object_or_a_part_for_each_server(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        three = options(evtui.directory, "a", "b", "gone")
        evtui.run("subscribe", "E_CALL", SOCKET, "600", *three, "--server", "b")
        evtui.run("raise", "E_CALL", *three, "--server", "b")
        ran = evtui.run("why", "E_CALL", *three, "--json")
        a, b, gone = (json.loads(line) for line in ran.lines)
        assert (ran.status, [each["server"] for each in (a, b, gone)]) == (1, ["a", "b", "gone"])
        assert (a["ok"], a["socket"], b["ok"], b["socket"], gone["ok"]) == (True, "", True, SOCKET, False)
        assert ([step["what"] for step in b["timeline"]], set(gone)) == (
            ["subscribed", "delivered"], {"server", "ok", "error"},
        )  # fmt: skip
        text = evtui.run("why", "E_CALL", *three).out
        assert text.index("a: no socket: ") < text.index(f"\n\nb: {SOCKET}: ")
        ran = evtui.run("statistics", *three, "--json")
        told = [json.loads(line) for line in ran.lines]
        assert (ran.status, [(each["server"], each["ok"], each.get("raised")) for each in told]) == (
            1, [("a", True, 0), ("b", True, 1), ("gone", False, None)],
        )  # fmt: skip
        text = evtui.run("statistics", *three, "--over", "0.1").out
        assert text.index("a: measured: ") < text.index("\n\nb: measured: ")
        ran = evtui.run("mi", "get_statistics", "evi:raised", *three, "--json")
        told = [json.loads(line) for line in ran.lines]
        assert (ran.status, [each.get("result") for each in told]) == (
            1, [{"evi:raised": 0}, {"evi:raised": 1}, None],
        )  # fmt: skip
        assert "error" in told[2]
        assert evtui.run("mi", "get_statistics", "evi:raised", *three, "--server", "b").out == (
            'b: {\n  "evi:raised": 1\n}\n'
        )
        refused = evtui.run("mi", "no_such_command", *three, "--server", "a", "--server", "b")
        assert (refused.status, refused.out, refused.err.count("evtui: ")) == (1, "", 2)


def test_a_session_is_ended_at_one_server(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        both = options(evtui.directory, "a", "b")
        ran = evtui.run("sessions", "--end", "1", *both)
        assert (ran.status, "choose it with --server, of a, b" in ran.err) == (2, True)
        ran = evtui.run("sessions", "--end", "1", *both, "--server", "b", "--json")
        assert (ran.status, ran.json["server"], ran.json["ok"]) == (1, "b", False)


@pytest.mark.parametrize("command", ASKING)
def test_a_source_and_a_wrong_name_are_told(evtui: Evtui, command: tuple[str, ...]) -> None:
    ran = evtui.run(*command, "--mi", "a=unix:/run/a", "--server", "b")
    assert (ran.status, "there is no server 'b': the fleet has a" in ran.err) == (2, True)
    ran = evtui.run(*command, "--mi", "bus=amqp://127.0.0.1:9/?exchange=x", "--mi", "t=kafka://127.0.0.1:9/events")
    assert (ran.status, ran.err.count("it is a source of notifications, not a server")) == (1, 2)


def test_one_that_hangs_has_its_seconds_and_the_others_have_answered(evtui: Evtui) -> None:
    with serving(evtui.directory, "a"), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as silent:
        (evtui.directory / "hung").mkdir()
        silent.bind(f"{evtui.directory}/hung/mi.sock")
        done: list[str] = []

        async def ask(server: AskedServer) -> object:
            told = await server.client.call("version")
            done.append(str(server.client.address))
            return told

        hung, a = ask_at_each(places(evtui.directory, "hung", "a"), ask, 2.0)
        assert (a.server, a.error, done) == ("a", None, [f"unix:{evtui.directory}/a/mi.sock"])
        assert (hung.server, "no answer within 2 s" in hung.why) == ("hung", True)


def test_rules_watch_several_servers_as_one(evtui: Evtui) -> None:
    with serving(evtui.directory, "a", "b"):
        both = options(evtui.directory, "a", "b")
        process = evtui.start("rules", "run", "--json", "E_CALL > 1 in 1 min", *both)
        try:
            assert read_line(process, process.stderr) == "1 rule on a, b\n"
            for name in ("a", "b"):
                evtui.run("raise", "E_CALL", "n:=1", *both, "--server", name)
            assert json.loads(read_line(process, process.stdout))["rule"] == "1"
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=HANG)
        assert process.returncode == 0
