"""`evtui serve` is watched: where the feed is, what is captured of it, and that readers leave no trace."""

import json
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from evtui.codecs.recording.line_json import decode_line
from evtui.codecs.recording.line_types import HeaderLine, RaisedLine, SettledLine
from evtui.codecs.recording.state_line_types import PulseLine
from tests.doc_tables import SCHEMA_FILE
from tests.functional.processes.evtui_process import Evtui, Server, free_port
from tests.limits import HANG


def _captured(path: str, request: bytes, last: bytes) -> bytes:
    """Read a feed until something is in it."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as sock:
        sock.settimeout(HANG)
        sock.connect(path)
        sock.send(request)
        got = b""
        while last not in got or not got.endswith(b"\n"):
            piece = sock.recv(1 << 16)
            assert piece, got
            got += piece
    return got


def _feed_path(serve: Server) -> str:
    return serve.place("watch").removeprefix("watch:")


def test_serve_says_where_the_feed_is(evtui: Evtui) -> None:
    http = free_port()
    with evtui.serving("--http", f"127.0.0.1:{http}", "--datagram", f"unix:{evtui.directory}/mi.sock") as serve:
        path = _feed_path(serve)
        reply = json.loads(evtui.run("mi", "watch_feed", "--mi", f"unix:{evtui.directory}/mi.sock").out)
        assert (reply["unix"], reply["http"]) == (path, "/watch") == (str(evtui.directory / "mi.watch"), "/watch")
        header = decode_line(_captured(path, b"\n", b'"pulse"').split(b"\n")[0])
        assert isinstance(header, HeaderLine)
        assert header.instance == reply["instance"]
        assert serve.stop().status == 0
    assert not Path(path).exists()


@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_captured_is_a_recording(read_only: bool, evtui: Evtui) -> None:
    path = evtui.directory / "captured.jsonl"
    options = ["--read-only"] if read_only else []
    subscribe = "--subscribe", "E_A tcp:127.0.0.1:9", "--event", "E_A"
    with evtui.serving(*subscribe, *options) as serve:
        evtui.run("raise", "E_A", "n:=1")
        captured = _captured(
            _feed_path(serve), b'{"back":100}\n', b'"type":"refused"' if read_only else b'"type":"raised"'
        )
        path.write_bytes(captured)
    lines = [decode_line(line) for line in captured.splitlines()]
    assert isinstance(lines[0], HeaderLine)
    assert lines[0].read_only == read_only
    assert any(isinstance(line, PulseLine) for line in lines)
    assert any(isinstance(line, RaisedLine) for line in lines) != read_only
    replayed = evtui.run("replay", str(path), "--max", "--to", "udp:127.0.0.1:9", "--json")
    assert json.loads(replayed.out)["raised"] == (0 if read_only else 1)


def test_every_line_that_is_captured_follows_the_published_schema(evtui: Evtui) -> None:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    validator: Any = Draft202012Validator(schema)
    Draft202012Validator.check_schema(schema)
    queued = "--subscribe", "E_A tcp:127.0.0.1:9", "--event", "E_A", "--event", "E_B"
    with evtui.serving(*queued, EVTUI_TRANSPORTS_FLATSTORE_ROOTS=str(evtui.directory)) as serve:
        for socket_text, seconds in (
            (f"unix:{evtui.directory}/nobody", "60"), (f"flatstore:{evtui.directory}/a.log", "60"),
            ("udp:127.0.0.1:9", "60"), ("udp:127.0.0.1:9", "90"), ("udp:127.0.0.1:9", "0"), ("udp:127.0.0.1:9", "1"),
        ):  # fmt: skip
            evtui.run("subscribe", "E_*", socket_text, seconds)
        for words in (("a=\u00e9\udcff", "a:=1"), ("n:=null",), ("one", "two"), ()):
            evtui.run("raise", "E_A", *words)
        evtui.run("raise", "E_NONE")
        evtui.run("test", "udp:127.0.0.1:9", "--event", "E_A")
        captured = _captured(_feed_path(serve), b'{"back":1000}\n', b'"type":"expired"')
    lines = [json.loads(line) for line in captured.splitlines()]
    for line in lines:
        validator.validate(line)
    assert {line["type"] for line in lines} >= {
        "header", "state", "subscriptions", "pulse", "plan", "raised", "settled", "retrying", "refused", "subscribed",
        "refreshed", "unsubscribed", "expired",
    }  # fmt: skip
    raised = next(line for line in lines if line["type"] == "raised")
    for wrong in ({**raised, "serial": "one"}, {**raised, "type": "heard"}):
        assert not validator.is_valid(wrong)


def test_readers_leave_no_trace(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_A", "--subscribe", "E_A tcp:127.0.0.1:9") as serve:
        before = evtui.run("subscribers", "--json").out
        captured = _captured(_feed_path(serve), b"\n", b'"pulse"')
        raised = evtui.run("mi", "get_statistics", "evi:subscriptions").out
        assert '"subscriptions":' not in captured.decode() or b"tcp:127.0.0.1:9" in captured
        assert json.loads(raised) == {"evi:subscriptions": 1}
        assert not any(isinstance(decode_line(line), SettledLine) for line in captured.splitlines())
        assert len(evtui.run("subscribers", "--json").out.splitlines()) == len(before.splitlines())


def test_no_feed_is_served_where_none_is_wanted(evtui: Evtui) -> None:
    with evtui.serving("--datagram", f"unix:{evtui.directory}/mi.sock", EVTUI_MI_WATCH="") as serve:
        assert not any("watch" in place for place in serve.places)
