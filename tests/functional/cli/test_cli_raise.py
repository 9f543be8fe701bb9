"""`evtui raise`: words and lines of standard input become events."""

import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evtui.raising.raise_history import RaiseHistory, SentRaise
from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, Receiver, Server
from tests.functional.processes.pty_process import PtyProcess
from tests.limits import HANG


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
    raised = evtui.run("raise", "E_TEST", "--json")
    assert (raised.out.count("\n"), raised.json["event"], raised.json["ok"]) == (1, "E_TEST", True)
    told = evtui.run("raise", "E_TEST")
    assert told.err == "E_TEST: accepted\n"
    assert receiver.socket in told.lines[-1]


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


def test_placeholders_are_filled_at_each_of_many_raises(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    words = ("n:={n}", "ip=192.0.2.{rand:1-9}", "kind={choice:a|b}", "id={uuid}", "text={{n}", 'json={"a":1}')
    ran = evtui.run("raise", "E_TEST", *words, "--repeat", "5", "--rate", "1000", "--json")
    assert (ran.status, ran.json["raised"], ran.json["planned"], ran.json["cancelled"]) == (0, 5, 5, False)
    got = [json.loads(receiver.receive())["params"] for _ in range(5)]
    assert [params["n"] for params in got] == [1, 2, 3, 4, 5]
    assert len({params["id"] for params in got}) == 5
    assert {params["kind"] for params in got} <= {"a", "b"}
    assert all(params["ip"].startswith("192.0.2.") and params["ip"][-1] in "123456789" for params in got)
    assert got[0]["text"] == "{n}"
    assert got[0]["json"] == '{"a":1}'


def test_an_unknown_placeholder_is_pointed_at_and_nothing_is_sent(evtui: Evtui) -> None:
    ran = evtui.run("raise", "E_TEST", "a=1", "b=x{no}")
    assert ran.status == 2
    assert "argument 2, column 4: {no} is not a placeholder: known are {n} {uuid}" in ran.err


def test_raises_that_are_refused_are_counted_and_told(evtui: Evtui, serve: Server) -> None:
    ran = evtui.run("raise", "E_NOPE", "--repeat", "3", "--json")
    assert (ran.status, ran.json["refused"], ran.json["raised"]) == (1, 3, 0)
    assert "raise 3: unknown event 'E_NOPE'" in ran.err
    alone = evtui.run("raise", "E_TEST", "--repeat", "2", "--json")
    assert (alone.status, alone.json["no_subscribers"], alone.json["reached"]) == (1, 2, 0)


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "-"])
def test_each_row_of_a_file_is_raised_and_bad_ones_are_named(
    evtui: Evtui, serve: Server, receiver: Receiver, name: str
) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    csv = "event,ip,count:\n,192.0.2.1,3\n,192.0.2.2\nE_NOPE,x,1\n,{n},\n"
    jsonl = '{"ip":"192.0.2.1","count":3}\n42\n{"event":"E_NOPE","ip":"x"}\n{"ip":"{n}"}\n'
    text = jsonl if name.endswith("l") else csv
    (evtui.directory / "rows.csv").write_text(csv)
    (evtui.directory / "rows.jsonl").write_text(jsonl)
    ran = evtui.run("raise", "E_TEST", "--from", name, "--json", stdin=text if name == "-" else "")
    assert ran.status == 2
    assert {key: ran.json[key] for key in ("raised", "refused", "bad")} == {"raised": 2, "refused": 1, "bad": 1}
    assert ("line 3: " if text is csv else "line 2: ") in ran.err
    got = [json.loads(receiver.receive())["params"] for _ in range(2)]
    assert got == [{"ip": "192.0.2.1", "count": 3}, {"ip": "{n}"}]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--rate", "5"), "--rate goes with --repeat or --from"),
        (("--from", "none.csv"), "none.csv: No such file"),
        (("--from", "x", "--repeat", "2"), "--repeat does not go with --from"),
        (("--template", "x", "--last"), "--template and --last do not go together"),
        (("a=1", "--from", "x"), "'a=1'"),
        (("--stdin-jsonl", "--repeat", "2"), "--repeat does not go with --stdin-jsonl"),
        (("--repeat", "0"), "0 is not in the range"),
        (("--repeat", "2", "--rate", "0"), "0.0 is not in the range"),
    ],
)
def test_options_that_do_not_go_together_are_refused(evtui: Evtui, arguments: tuple[str, ...], complaint: str) -> None:
    ran = evtui.run("raise", "E_TEST", *arguments)
    assert ran.status == 2
    assert complaint in ran.err


def test_an_interrupt_ends_a_run_and_tells_how_many_were_raised(
    evtui: Evtui, serve: Server, receiver: Receiver
) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    process = evtui.start("raise", "E_TEST", "--repeat", "100000", "--rate", "50", "--json", fresh=True)
    receiver.receive()
    receiver.receive()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=HANG)
    assert process.returncode == 130
    told = json.loads(out)
    assert told["cancelled"] is True
    assert 1 <= told["raised"] < 100000
    assert f"raised {told['raised']:,} of 100,000; " in err
    assert err.endswith("cancelled\n")


TEMPLATE = """
event = "E_TEST"
description = "for tests"
[params]
ip = "192.0.2.{n}"
count = 3
"""


@pytest.fixture
def templates(evtui: Evtui) -> Path:
    folder = evtui.directory / "config" / "evtui" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.toml").write_text(TEMPLATE)
    return folder


def test_a_template_is_listed_shown_and_raised(
    evtui: Evtui, serve: Server, receiver: Receiver, templates: Path
) -> None:
    assert evtui.run("templates", "list", "--json").json == [
        {"name": "mine", "event": "E_TEST", "params": ["ip=192.0.2.{n}", "count:=3"], "description": "for tests"}
    ]
    shown = evtui.run("templates", "show", "mine")
    assert shown.out == 'evtui raise E_TEST ip="192.0.2.{n}" count:=3\n'
    evtui.run("subscribe", "E_TEST", receiver.socket)
    assert evtui.run("raise", "--template", "mine", "--repeat", "2").status == 0
    assert evtui.run("raise", "--template", "mine", "count:=9", "more=x").status == 0
    assert [json.loads(receiver.receive())["params"] for _ in range(3)] == [
        {"ip": "192.0.2.1", "count": 3},
        {"ip": "192.0.2.2", "count": 3},
        {"ip": "192.0.2.1", "count": 9, "more": "x"},
    ]


def test_a_wrong_template_is_named_with_its_key_and_the_others_are_listed(evtui: Evtui, templates: Path) -> None:
    (templates / "bad.toml").write_text('event = "E_TEST"\nparams = { a = "{no}" }\n')
    try:
        listed = evtui.run("templates", "list")
        assert "mine  E_TEST" in listed.out
        assert "bad.toml: params.a: {no} is not a placeholder" in listed.err
        assert evtui.run("raise", "--template", "bad").status == 2
        assert "templates there are: bad, mine" in evtui.run("raise", "--template", "none").err
    finally:
        (templates / "bad.toml").unlink()


def test_the_history_is_printed_and_its_last_raise_is_raised_again(
    evtui: Evtui, serve: Server, receiver: Receiver
) -> None:
    history = RaiseHistory(evtui.directory / "state" / "evtui")
    history.add(SentRaise("E_TEST", "a=1 n:={n}", 1_790_000_000.0))
    assert [json.loads(line)["line"] for line in evtui.run("raise", "--history", "--json").lines] == ["a=1 n:={n}"]
    assert "E_TEST a=1" in evtui.run("raise", "--history").out
    evtui.run("subscribe", "E_TEST", receiver.socket)
    assert evtui.run("raise", "--last", "b=x").status == 0
    assert json.loads(receiver.receive())["params"] == {"a": "1", "n": 1, "b": "x"}
    history.add(SentRaise("E_TEST", "password=hunter2"))
    refused = evtui.run("raise", "--last")
    assert (refused.status, "its password was not kept: give it again, password=…" in refused.err) == (2, True)
    assert evtui.run("raise", "--last", "password=again").status == 0
    assert json.loads(receiver.receive())["params"] == {"password": "again"}


def test_only_what_a_terminal_raised_goes_into_the_history(evtui: Evtui, serve: Server) -> None:
    before = evtui.run("raise", "--history").out
    evtui.run("raise", "E_TEST", "from=a script")
    assert evtui.run("raise", "--history").out == before
    command = [sys.executable, "-m", "evtui", "raise", "E_TEST", "from=a terminal"]
    with closing(PtyProcess(command, evtui.environ)) as terminal:
        terminal.read_until(b"no subscribers")
    assert 'from="a terminal"' in evtui.run("raise", "--history").out
