"""The client commands, against a real one over each transport of the management interface."""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evtui.codecs.display_text import UNTOLD
from tests.functional.processes.evtui_process import Evtui, Receiver, Server, free_port
from tests.limits import HANG

SHOWN = ["sent", "failed", "dropped", "queued"]
"""The counters of a subscription that the table shows."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Evtui]:
    """Evtui for the tests of this module that leave its server as it was."""
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as directory:
        yield Evtui(Path(directory))


@pytest.fixture(scope="module")
def everywhere(shared: Evtui) -> Iterator[Server]:
    """A server that listens on every transport."""
    port, path = free_port(), shared.directory / "mi"
    with shared.serving(
        "--event", "E_TEST", "--fifo", f"{path}.fifo", "--datagram", f"unix:{path}.sock",
        "--datagram", f"udp:127.0.0.1:{port}", "--http", f"127.0.0.1:{port}",
    ) as server:  # fmt: skip
        yield server


@pytest.mark.parametrize("scheme", ["fifo", "unix", "udp", "http"])
def test_every_command_works_over_every_transport(
    shared: Evtui, everywhere: Server, receiver: Receiver, scheme: str
) -> None:
    evtui, mi = shared, everywhere.place(scheme)

    subscribed = evtui.run("subscribe", "E_TEST", receiver.socket, "120", "--mi", mi)
    assert (subscribed.status, subscribed.out) == (0, f"E_TEST {receiver.socket} subscribed for 120 s\n")
    (listed,) = evtui.run("subscribers", "E_TEST", "--json", "--mi", mi).json
    assert listed == {
        "event": "E_TEST", "socket": receiver.socket, "expire": 120, "ttl": listed["ttl"],
        "sent": 0, "failed": 0, "dropped": 0, "queued": 0, "latency": None, "last_at": None, "last_error": None,
    }  # fmt: skip
    assert evtui.run("raise", "E_TEST", "a=b", "--mi", mi).status == 0
    assert receiver.receive() == b'{"jsonrpc":"2.0","method":"E_TEST","params":{"a":"b"}}'
    ended = evtui.run("unsubscribe", "E_TEST", receiver.socket, "--mi", mi)
    assert (ended.status, ended.out) == (0, f"E_TEST {receiver.socket} unsubscribed\n")
    assert evtui.run("subscribers", "--json", "--mi", mi).json == []
    assert evtui.run("mi", "version", "--mi", mi).out.startswith('{\n  "Server": "evtui (')


def test_the_server_can_come_from_the_environment(shared: Evtui, everywhere: Server) -> None:
    assert shared.run("events", EVTUI_MI=everywhere.place("udp")).status == 0


def test_events_shows_an_aligned_table(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_A", "--event", "E_LONGER", "--config", _only_dynamic(evtui)):
        assert (
            evtui.run("events").out
            == "id  event     subscribers  raised  sent  failed  dropped  no subscribers  refused\n"
            " 0  E_A                 0       0     0       0        0               0        0\n"
            " 1  E_LONGER            0       0     0       0        0               0        0\n"
        )


def test_subscribers_tell_what_became_of_their_notifications(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    assert serve.pid
    dead = f"tcp:127.0.0.1:{free_port()}"
    for socket in (receiver.socket, dead):
        evtui.run("subscribe", "E_TEST", socket)
    evtui.run("raise", "E_TEST", "a=b")
    assert receiver.receive()

    def told() -> dict[str, Any]:
        return {item["socket"]: item for item in evtui.run("subscribers", "E_TEST", "--json").json}

    end = time.monotonic() + HANG
    while told()[dead]["last_error"] is None:
        assert time.monotonic() < end
    served, waiting = told()[receiver.socket], told()[dead]
    assert (served["sent"], served["failed"], served["queued"], served["last_error"]) == (1, 0, 0, None)
    assert 0 < served["latency"] < HANG
    assert abs(served["last_at"] - time.time()) < HANG
    assert (waiting["sent"], waiting["queued"], waiting["latency"]) == (0, 1, None)
    assert "ECONNREFUSED" in waiting["last_error"]
    shown = {line.split()[1]: line for line in evtui.run("subscribers").lines[1:]}
    assert "ECONNREFUSED: Connection refused" in shown[dead]
    assert shown[receiver.socket].endswith(" ms")
    counters = evtui.run("mi", "subscription_counters", "E_TEST", "--json").json["Subscriptions"]
    assert {item["socket"]: item["sent"] for item in counters} == {receiver.socket: 1, dead: 0}
    assert "404" in evtui.run("mi", "subscription_counters", "E_NOPE").err


def test_subscribers_shows_the_time_that_is_left(evtui: Evtui, serve: Server) -> None:
    evtui.run("subscribe", "E_TEST", "udp:127.0.0.1:9000", "7200")
    head, line = evtui.run("subscribers").lines
    titles = (head.split()[:4], head.split()[4:])
    assert titles == (["event", "socket", "expire", "left"], [*SHOWN, "latency", "last", "error"])
    event, socket, expire, left, *counters = line.split()
    assert counters == ["0", "0", "0", "0", UNTOLD]
    assert (event, socket, expire) == ("E_TEST", "udp:127.0.0.1:9000", "7200")
    assert left.startswith(("2:00:00", "1:59:5"))


def test_without_expire_a_subscription_lives_an_hour(evtui: Evtui, serve: Server) -> None:
    assert evtui.run("subscribe", "E_TEST", "udp:127.0.0.1:9000").out.endswith("subscribed for 3600 s\n")


def test_a_wildcard_names_every_event_it_subscribed(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_A1", "--event", "E_A2", "--event", "E_B", "--config", _only_dynamic(evtui)):
        made = evtui.run("subscribe", "E_A*", "udp:127.0.0.1:9000", "60", "--json").json
        assert [item["event"] for item in made] == ["E_A1", "E_A2"]


def test_a_wildcard_that_matches_nothing_yet_says_that_it_waits(evtui: Evtui, serve: Server) -> None:
    waiting = evtui.run("subscribe", "E_LATER_*", "udp:127.0.0.1:9000", "60")
    assert (waiting.status, waiting.out) == (0, "")
    assert "no event matches E_LATER_* yet; udp:127.0.0.1:9000 is subscribed to those published within 60 s" in (
        waiting.err
    )
    ended = evtui.run("unsubscribe", "E_NEVER_*", "udp:127.0.0.1:9000")
    assert ended.err == "udp:127.0.0.1:9000 was not subscribed to E_NEVER_*\n"


def test_a_wildcard_that_matches_many_is_printed_in_one_line(evtui: Evtui, serve: Server) -> None:
    count = len(evtui.run("events").lines) - 1
    made = evtui.run("subscribe", "*", "udp:127.0.0.1:9000", "60")
    assert made.lines == [f"* udp:127.0.0.1:9000 subscribed for 60 s: {count} events"]
    assert len(evtui.run("subscribe", "*", "udp:127.0.0.1:9000", "60", "--json").json) == count
    assert evtui.run("unsubscribe", "*", "udp:127.0.0.1:9000").lines == [
        f"* udp:127.0.0.1:9000 unsubscribed: {count} events"
    ]


def test_listings_take_a_name_or_a_wildcard(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_A1", "--event", "E_A2", "--event", "E_B", "--config", _only_dynamic(evtui)):
        assert [item["name"] for item in evtui.run("events", "E_A*", "--json").json] == ["E_A1", "E_A2"]
        assert [item["name"] for item in evtui.run("events", "E_B", "--json").json] == ["E_B"]
        assert evtui.run("events", "E_Z*").err == "no event matches E_Z*\n"
        for event in ("E_A1", "E_A2", "E_B"):
            evtui.run("subscribe", event, "udp:127.0.0.1:9000")
        listed = evtui.run("subscribers", "E_A?", "--json").json
        assert [item["event"] for item in listed] == ["E_A1", "E_A2"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("events", "E_NOPE"), "unknown event 'E_NOPE'"),
        (("subscribe", "E_NOPE", "udp:127.0.0.1:9000"), "unknown event 'E_NOPE'"),
        (("subscribe", "E_TEST", "carrier-pigeon:home"), "unknown transport 'carrier-pigeon'"),
        (("subscribe", "E_TEST", "unix:/etc/motd"), "path: outside transports.datagram.unix_roots"),
        (("subscribers", "E_NOPE"), "unknown event 'E_NOPE'"),
        (("raise", "E_NOPE"), "unknown event 'E_NOPE'"),
        (("raise", "E_TEST"), "E_TEST has no subscribers"),
        (("mi", "nonsense"), "-32601 Method not found"),
        (("mi", "subscribers_list", "a", "b", "c"), "-32602 Invalid params: Too few or too many parameters"),
        (("tail", "E_NOPE"), "unknown event 'E_NOPE'"),
    ],
)
def test_what_the_server_refuses_ends_with_status_1_and_says_which_part(
    shared: Evtui, everywhere: Server, arguments: tuple[str, ...], complaint: str
) -> None:
    refused = shared.run(*arguments, EVTUI_MI=everywhere.place("unix"))
    assert refused.status == 1
    assert complaint in refused.err
    assert refused.out == ""
    assert "Traceback" not in refused.err


@pytest.mark.parametrize(
    ("mi", "complaint"),
    [
        ("fifo:/tmp/evtui-nothing-here", "No such file or directory"),
        ("unix:/tmp/evtui-nothing-here", "No such file or directory"),
        ("udp:127.0.0.1:1", "Connection refused"),
        ("http://127.0.0.1:1/mi", "Connection refused"),
    ],
)
def test_a_server_that_is_away_is_named(evtui: Evtui, mi: str, complaint: str) -> None:
    away = evtui.run("events", "--mi", mi)
    assert away.status == 1
    assert f"evtui: {mi}: {complaint}" in away.err


def test_without_a_server_it_says_what_to_do(evtui: Evtui) -> None:
    alone = evtui.run("events")
    assert (alone.status, alone.out) == (1, "")
    first, second = alone.err.splitlines()
    assert "mi.sock: No such file or directory" in first
    assert second == (
        "evtui: no evtui of this user runs on this host: "
        "start one (evtui, or evtui serve), or name a server with --mi ADDRESS"
    )


def test_transports_are_listed_without_a_server_as_with_one(evtui: Evtui) -> None:
    alone = evtui.run("transports"), evtui.run("transports", "--json")
    with evtui.serving():
        assert (evtui.run("transports").out, evtui.run("transports", "--json").json) == (alone[0].out, alone[1].json)
    named = evtui.run("transports", "--mi", "unix:/tmp/evtui-nothing-here")
    assert (named.status, named.out) == (1, "")


def test_mi_takes_named_parameters_and_json(evtui: Evtui, serve: Server) -> None:
    named = evtui.run("mi", "event_subscribe", "event=E_TEST", "socket=udp:127.0.0.1:9000?payload=text", "expire:=60")
    assert (named.status, named.out) == (0, "OK\n")
    shown = evtui.run("mi", "subscribers_list", "E_TEST", "--json")
    assert shown.json["Event"]["Subscribers"][0]["socket"] == "udp:127.0.0.1:9000?payload=text"


def test_mi_takes_a_socket_with_an_option_as_one_positional_parameter(evtui: Evtui, serve: Server) -> None:
    assert evtui.run("mi", "event_subscribe", "E_TEST", "udp:127.0.0.1:9000?payload=text").status == 0


def test_mi_makes_the_arrays_that_commands_take(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    assert evtui.run("mi", "raise_event", "E_TEST", "one", ":=2").status == 0
    assert receiver.receive() == b'{"jsonrpc":"2.0","method":"E_TEST","params":["one",2]}'
    assert evtui.run("mi", "get_statistics", "evi:", "--json").json["evi:raised"] == 1
    assert evtui.run("mi", "get_statistics", "all").status == 0


def test_events_tell_what_was_raised_without_subscribers_and_what_was_refused(evtui: Evtui, serve: Server) -> None:
    assert evtui.run("raise", "E_TEST", "ip=192.0.2.1").status == 1
    assert evtui.run("mi", "raise_event", "event=E_TEST", "params:=5").status == 1
    (told,) = evtui.run("events", "E_TEST", "--json").json
    assert {name: told[name] for name in ("subscribers", "raised", "sent", "no_subscribers", "refused")} == {
        "subscribers": 0, "raised": 1, "sent": 0, "no_subscribers": 1, "refused": 1,
    }  # fmt: skip
    statistics = evtui.run("mi", "get_statistics", "evi:", "--json").json
    assert (statistics["evi:no_subscribers"], statistics["evi:refused"]) == (1, 1)


def test_a_bearer_token_comes_from_the_environment(evtui: Evtui) -> None:
    address, token = f"127.0.0.1:{free_port()}", {"EVTUI_MI_HTTP_TOKEN": "quiet"}
    with evtui.serving("--http", address, **token) as server:
        mi = server.place("http")
        refused = evtui.run("events", "--mi", mi)
        assert refused.status == 1
        assert "HTTP 401" in refused.err
        assert evtui.run("events", "--mi", mi, **token).status == 0


def test_bytes_that_are_not_utf8_go_through_as_they_are(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    evtui.run("subscribe", "E_TEST", f"{receiver.socket}?payload=text")
    evtui.run("raise", "E_TEST", "name=caf\udce9")
    assert receiver.receive() == b"E_TEST\nname::caf\xe9\n\n"


def test_text_from_the_wire_is_made_safe_for_the_terminal(evtui: Evtui) -> None:
    name = "E_\x1b]52;c;aGk=\x07"
    with evtui.serving("--event", name):
        assert "\x1b" not in evtui.run("events").out
        assert json.loads(evtui.run("events", "--json").out)[-1]["name"] == name


def _only_dynamic(evtui: Evtui) -> str:
    file = evtui.directory / "dynamic.toml"
    file.write_text("static_events = false\n")
    return str(file)


def test_queues_shows_what_waits_for_each_socket(evtui: Evtui, serve: Server) -> None:
    assert "no queues" in evtui.run("queues").err
    socket = f"tcp:127.0.0.1:{free_port()}"
    evtui.run("subscribe", "E_TEST", socket)
    for _ in range(3):
        evtui.run("raise", "E_TEST")
    (queue,) = evtui.run("queues", "--json").json
    assert (queue["socket"], queue["queued"], queue["state"]) == (socket, 3, "retrying")
    head, line = evtui.run("queues").lines
    assert head.split()[:4] == ["socket", "queued", "oldest", "state"]
    assert line.startswith(f"{socket} ")
    assert "retrying in " in line
    assert "ECONNREFUSED" in line
    assert evtui.run("mi", "get_statistics", 'statistics:=["evi:queued"]', "--json").json == {"evi:queued": 3}


def test_transports_shows_grammar_options_and_an_example(evtui: Evtui, serve: Server) -> None:
    text = evtui.run("transports").out
    assert "tcp:HOST:PORT" in text
    assert "reliable=true|false: " in text
    listed = {info["scheme"]: info for info in evtui.run("transports", "--json").json}
    assert {"udp", "unix", "tcp", "rabbitmq", "xmlrpc", "flatstore", "virtual", "kafka"} <= set(listed)
    assert all(info["socket"].startswith(scheme) and info["example"] for scheme, info in listed.items())


def test_a_flat_file_is_rotated_on_demand(evtui: Evtui) -> None:
    file = evtui.directory / "flat.txt"
    config = evtui.directory / "flat.toml"
    config.write_text(f'events = ["E_TEST"]\nsubscribe = ["E_TEST flatstore:{file}"]\n')
    with evtui.serving("--config", str(config)):
        refused = evtui.run("mi", "evi_flat_rotate", f"{file}.other")
        assert (refused.status, "no subscription writes" in refused.err) == (1, True)
        assert evtui.run("mi", "evi_flat_rotate", str(file)).status == 0


@pytest.mark.parametrize(
    "socket", ["rabbitmq:joe:hidden@127.0.0.1:0/q", "virtual:FAILOVER rabbitmq:joe:hidden@h/q tcp:127.0.0.1:0"]
)
def test_a_refused_socket_is_shown_without_its_password(shared: Evtui, everywhere: Server, socket: str) -> None:
    ran = shared.run("subscribe", "E_TEST", socket, EVTUI_MI=everywhere.place("unix"))
    assert ran.status != 0
    assert "port: not a number from 1 to 65535" in ran.err
    assert "hidden" not in ran.err + ran.out
