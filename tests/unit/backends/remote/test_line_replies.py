"""Replies of the line protocol, as they were recorded, read as the JSON that OpenSIPS 3 replies."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from evtui.backends.remote.line_replies import is_line_reply, read_line_reply
from evtui.codecs.jsonvalue import Json, Members, dumps
from evtui.core.errors import ServerError
from tests.paths import TEST_DATA


def recorded(*commands: str) -> Iterator[tuple[str, bytes]]:
    """Yield command and reply of each recorded request for one of the commands."""
    for line in (TEST_DATA / "captures" / "classic" / "mi_classic.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        command = case["request"].split(":")[1] if case["request"].count(":") >= 2 else ""
        if command in commands and isinstance(case["reply"], str):
            yield command, case["reply"].encode()


def plain(value: Json) -> Any:
    return json.loads(dumps(value))


def test_every_recorded_listing_of_subscribers_is_read_line_for_line() -> None:
    listings = 0
    for command, raw in recorded("subscribers_list"):
        if not raw.startswith(b"200 "):
            continue
        found = plain(read_line_reply(command, raw))["Events"]
        text = "".join(
            f"Event:: {event['name']} id={event['id']}\n"
            + "".join(f"\tSubscriber::  socket={s['socket']} expire={s['expire']}\n" for s in event["Subscribers"])
            for event in found
        )
        # Over the FIFO a long listing holds empty lines.
        assert text == re.sub(r"\n{2,}", "\n", raw.decode().removeprefix("200 OK\n")).lstrip("\n")
        listings += 1
    assert listings > 20


def test_the_recorded_catalogue_is_read() -> None:
    for command, raw in recorded("events_list"):
        events = plain(read_line_reply(command, raw))["Events"]
        assert [event["id"] for event in events] == list(range(raw.count(b"Event::")))
        assert events[3] == {"name": "E_PIKE_BLOCKED", "id": 3}


def test_commands_and_processes_and_texts_are_read() -> None:
    ((_, which), *_) = recorded("which")
    names = read_line_reply("which", which)
    assert isinstance(names, list)
    assert {"events_list", "get_statistics"} < set(map(str, names))
    ((_, uptime), *_) = recorded("uptime")
    assert dict(plain(read_line_reply("uptime", uptime))) == {
        "Now": "Sun Nov 22 19:35:07 2026", "Up since": "Sun Nov 22 19:33:26 2026", "Up time": "101 [sec]",
    }  # fmt: skip
    process = read_line_reply("ps", b"200 OK\nProcess::  ID=1 PID=7 Type=SIP receiver udp:127.0.0.1:5060 \n\n")
    assert plain(process) == {"Processes": [{"ID": 1, "PID": 7, "Type": "SIP receiver udp:127.0.0.1:5060"}]}


def test_statistics_are_numbers() -> None:
    assert read_line_reply("get_statistics", b"200 OK\ncore:rcv_requests:: 3\n\n") == Members(
        (("core:rcv_requests", 3),)
    )


@pytest.mark.parametrize(
    ("raw", "code", "message"),
    [
        (b"400 Bad parameter\n\n", 400, "Bad parameter"),
        (b"500 command 'x' not available\n", 500, "command 'x' not available"),
        (b"404 Event not published\n\n", 404, "Event not published"),
    ],
)
def test_a_refusal_is_a_server_error(raw: bytes, code: int, message: str) -> None:
    with pytest.raises(ServerError) as refused:
        read_line_reply("event_subscribe", raw)
    assert (refused.value.code, refused.value.message) == (code, message)


def test_an_empty_result_is_ok() -> None:
    assert read_line_reply("event_subscribe", b"200 OK\n\n") == "OK"


def test_a_tree_of_an_unknown_command_becomes_objects() -> None:
    raw = b"200 OK\nPIPE:: one id=1\n\tAlgorithm:: TAILDROP\nPIPE:: two id=2\n\n"
    assert plain(read_line_reply("rl_list", raw)) == [
        {"name": "PIPE", "value": "one", "id": 1, "children": [{"name": "Algorithm", "value": "TAILDROP"}]},
        {"name": "PIPE", "value": "two", "id": 2},
    ]


@pytest.mark.parametrize("raw", [b"", b"400", b'{"jsonrpc":"2.0"}', b"400 Parse_error", b"OK\n"])
def test_other_bytes_are_no_line_reply(raw: bytes) -> None:
    assert not is_line_reply(raw)
