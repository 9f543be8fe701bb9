"""`evtui raise`: words and lines of standard input become events."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, Receiver, Server


@pytest.fixture(scope="module")
def evtui() -> Iterator[Evtui]:
    """Evtui for all tests of this module: each leaves its server as it was."""
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as directory:
        yield Evtui(Path(directory))


@pytest.fixture(scope="module")
def serve(evtui: Evtui) -> Iterator[Server]:
    with evtui.serving("--event", "E_TEST") as server:
        yield server


@pytest.fixture
def receiver(evtui: Evtui, serve: Server) -> Iterator[Receiver]:
    """A UDP socket to subscribe; at the end it is subscribed no more."""
    with closing(Receiver()) as receiver, DatagramClient(evtui.mi_sock) as client:
        yield receiver
        client.ask("event_subscribe", "E_TEST", receiver.socket, 0)


@pytest.mark.parametrize(
    ("words", "params"),
    [
        ((), None),
        (("ip=192.0.2.1", "count:=3"), {"ip": "192.0.2.1", "count": 3}),
        (("one", "two"), ["one", "two"]),
        ((":=3", ":=2.5", ":=null", "text"), [3, 2.5, None, "text"]),
        (("text=:=3",), {"text": ":=3"}),
        (("big:=9223372036854775807",), {"big": 9223372036854775807}),
        (("list:=[1,2]",), {"list": "[1,2]"}),
    ],
)
def test_words_become_parameters(
    evtui: Evtui, serve: Server, receiver: Receiver, words: tuple[str, ...], params: object
) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    assert evtui.run("raise", "E_TEST", *words).status == 0
    assert json.loads(receiver.receive()).get("params") == params


def test_a_name_twice_is_sent_twice(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    evtui.run("raise", "E_TEST", "a=1", "a=2")
    assert receiver.receive().endswith(b'"params":{"a":"1","a":"2"}}')


def test_json_goes_to_standard_output_and_messages_to_standard_error(
    evtui: Evtui, serve: Server, receiver: Receiver
) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    assert evtui.run("raise", "E_TEST", "--json").out == '{"event":"E_TEST","ok":true}\n'
    told = evtui.run("raise", "E_TEST")
    assert (told.out, told.err) == ("", "E_TEST: accepted\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("raise",), "EVENT is missing"),
        (("raise", "E_TEST", "a=1", "b"), "argument 2"),
        (("raise", "E_TEST", "a:=[1"), "argument 1, column"),
        (("raise", "x" * 65), "65 bytes, at most 64"),
        (("raise", "--stdin-jsonl", "E_TEST", "a=1"), "'a=1'"),
    ],
)
def test_a_wrong_word_is_named_and_no_request_is_sent(evtui: Evtui, arguments: tuple[str, ...], complaint: str) -> None:
    wrong = evtui.run(*arguments)
    assert wrong.status == 2
    assert complaint in wrong.err


def test_each_line_of_standard_input_raises_its_own_event(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    lines = '{"event":"E_TEST","params":{"n":1}}\n\n{"event":"E_TEST","params":["x"],"time":12.5}\n{"event":"E_TEST"}'
    ran = evtui.run("raise", "--stdin-jsonl", "--json", stdin=lines)
    assert ran.status == 0
    assert [json.loads(line)["line"] for line in ran.lines] == [1, 3, 4]
    assert [json.loads(receiver.receive()).get("params") for _ in range(3)] == [{"n": 1}, ["x"], None]


def test_with_an_event_each_line_is_its_parameters(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    assert evtui.run("raise", "E_TEST", "--stdin-jsonl", stdin='{"event":"x"}\n[1]\n').status == 0
    assert [json.loads(receiver.receive())["params"] for _ in range(2)] == [{"event": "x"}, [1]]


def test_a_bad_line_is_reported_and_the_next_ones_are_raised(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    lines = '{"event":\n42\n{"event":"E_NOPE"}\n{"event":"E_TEST"}\n'
    ran = evtui.run("raise", "--stdin-jsonl", "--json", stdin=lines)
    assert ran.status == 2
    assert [json.loads(line)["ok"] for line in ran.lines] == [False, False, False, True]
    assert "column" in json.loads(ran.lines[0])["error"]
    assert "unknown event 'E_NOPE'" in json.loads(ran.lines[2])["error"]
    assert json.loads(receiver.receive())["method"] == "E_TEST"


def test_lines_that_are_only_refused_end_with_status_1(evtui: Evtui, serve: Server) -> None:
    ran = evtui.run("raise", "--stdin-jsonl", stdin='{"event":"E_NOPE"}\n')
    assert ran.status == 1
    assert "line 1: E_NOPE: unknown event" in ran.err
