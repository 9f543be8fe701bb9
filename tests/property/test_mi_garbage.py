"""Garbage into the management interface: any bytes in any pieces get a defined reply and no exception."""

import json
from collections.abc import Iterable
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.codecs.byte_escapes import escape_surrogates
from evtui.core.errors import BadMessageError
from evtui.mi.dispatch import Dispatcher
from evtui.mi.protocol import mi_jsonrpc
from evtui.mi.protocol.fifo_framing import FifoScanner, Framed, JsonRequest
from evtui.mi.protocol.line_protocol import LineRequest, parse_arguments
from evtui.mi.protocol.results import Result
from tests.fakes.engine_fakes import fake_engine
from tests.fakes.mi_fakes import fake_dispatcher

TOKENS = [
    b":", b"a", b"{", b"}", b"[", b"]", b'"', b"\\", b"\n", b"\r\n", b" ", b"\0", b"\xff", b',"x":', b"x" * 150,
    b':r:{"a":1}', b":pwd:r\n\n", b":x:r\na\n", b'{"jsonrpc":"2.0","id":1,"method":"which"}',
    b":" + b"n" * 1020, b" " * 260, b":y:s", b"\n:z:t\n", b"\n:j:",
]  # fmt: skip
MEMBERS: dict[str, Any] = {"id": [1, 2, "a"], "method": ["pwd", "ps"], "jsonrpc": ["2.0", "1.0"], "params": [[], [1]]}
streams = st.lists(st.sampled_from(TOKENS), max_size=14).map(b"".join)

ANY_TEXT = st.text(st.characters(exclude_categories=[])) | st.sampled_from(["\0\x1f\x7f", '\u2028/"\\', "\udcff"])
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
"""Without NUL, as OpenSIPS: a request that holds one is refused as a whole."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
RAISE = b'{"jsonrpc":"2.0","id":1,"method":"raise_event","params":["E_T",'
NAMES = (
    "event_subscribe events_list subscribers_list raise_event which version uptime ps pwd arg help get_statistics "
    "list_statistics transports_list evi:subscribe core:which raise list nosuch"
)
METHODS = st.sampled_from(NAMES.split())
WORDS = st.sampled_from(["event", "socket", "expire", "params", "statistics", "command", "mi_cmd"])
VALUES = JSON | st.sampled_from(["E_T", "udp:127.0.0.1:9", "unix:/x", "fake:a", "E_*", "", '{"a":1}', "evi:"])
requests = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0") | JSON, "method": METHODS | TEXT | JSON},
    optional={"id": JSON, "params": st.lists(VALUES, max_size=4) | st.dictionaries(WORDS | TEXT, VALUES) | JSON},
)


def _dispatcher() -> Dispatcher:
    engine = fake_engine("E_T", "E_OTHER")
    engine.subscribe("E_T", "fake:a")
    return fake_dispatcher(engine)


def _scan(pieces: Iterable[bytes]) -> list[Framed]:
    scanner = FifoScanner(300)
    found = [item for piece in pieces for item in scanner.feed(piece)]
    found += scanner.give_up()
    return found + scanner.give_up()


def _member(name: str) -> st.SearchStrategy[tuple[str, Any]]:
    return st.sampled_from([(name, value) for value in MEMBERS.get(name.lower(), [0])])


@given(streams, st.data())
def test_the_requests_do_not_depend_on_how_the_stream_was_split(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole = _scan([stream])
    assert _scan(pieces) == whole
    assert _scan(stream[at : at + 1] for at in range(len(stream))) == whole


LEGAL_TEXT = st.text(st.sampled_from('ab:{}[]",\\ \nq') | st.characters(exclude_categories=["Cs"]), max_size=12)
LEGAL_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | LEGAL_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LEGAL_TEXT, inner, max_size=4),
    max_leaves=8,
)
REPLIES = st.sampled_from([b"r", b"", b"opensips_fifo_reply_12_34"])


@st.composite
def legal_json(draw: st.DrawFn) -> tuple[bytes, Framed]:
    """Draw a JSON request as a client may write it."""
    value = draw(st.lists(LEGAL_JSON, max_size=3) | st.dictionaries(LEGAL_TEXT, LEGAL_JSON, max_size=3))
    indent, separators = draw(st.sampled_from([(None, None), (1, None), (None, (",", ":"))]))
    text = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=indent, separators=separators)
    body = (text.replace("\\n", "\n") if draw(st.booleans()) else text).encode()
    reply = draw(REPLIES)
    return b":" + reply + b":" + body, JsonRequest(reply, body)


@st.composite
def legal_lines(draw: st.DrawFn) -> tuple[bytes, Framed]:
    """Draw a line request as a client may write it."""
    arguments = draw(
        st.lists(st.sampled_from([b"E_T", b"udp:127.0.0.1:9", b"name::value", b'"a:b {"', b"{"]), max_size=3)
    )
    lines = b"".join(argument + b"\n" for argument in arguments) + b"\n"
    reply = draw(REPLIES.filter(bool))
    return b":event_subscribe:" + reply + b"\n" + lines, LineRequest("event_subscribe", lines, reply)


LEGAL = st.lists(legal_json() | legal_lines(), max_size=5)


@given(LEGAL, st.data())
def test_a_legal_sequence_of_requests_is_split_where_they_end(
    legal: list[tuple[bytes, Framed]], data: st.DataObject
) -> None:
    stream = b"".join(request for request, _ in legal)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    scanner = FifoScanner(10_000)
    assert [item for piece in pieces for item in scanner.feed(piece)] == [framed for _, framed in legal]
    assert not scanner.unfinished


@given(LEGAL, legal_json(), st.data(), LEGAL)
def test_an_unfinished_request_costs_only_itself(
    before: list[tuple[bytes, Framed]],
    unfinished: tuple[bytes, Framed],
    data: st.DataObject,
    behind: list[tuple[bytes, Framed]],
) -> None:
    """The next request is one of the official clients: an object of which the first member is `jsonrpc`."""
    whole, _ = unfinished
    head = whole.index(b":", 1) + 2
    cut = data.draw(st.integers(head, len(whole) - 1))
    body = b'{"jsonrpc": "2.0", "id": "7", "method": "which", "params": {}}'
    stream = b"".join(request for request, _ in before) + whole[:cut]
    scanner = FifoScanner(10_000)
    found = scanner.feed(stream + b":q:" + body + b"".join(request for request, _ in behind))
    expected = [framed for _, framed in [*before]], [JsonRequest(b"q", body), *(framed for _, framed in behind)]
    assert found[: len(before)] == expected[0]
    assert found[len(found) - len(expected[1]) :] == expected[1]
    broken = found[len(before) : len(found) - len(expected[1])]
    assert broken
    assert not any(isinstance(item, JsonRequest) and item.body == body for item in broken)
    assert not scanner.unfinished


@given(streams)
def test_the_scanner_never_keeps_anything_after_giving_up(stream: bytes) -> None:
    scanner = FifoScanner(300)
    scanner.feed(stream)
    for _ in range(len(stream) + 1):
        if not scanner.unfinished:
            break
        scanner.give_up()
    assert not scanner.unfinished
    assert scanner.feed(b':r:{"a":1}') == [JsonRequest(b"r", b'{"a":1}')]


@given(st.binary())
def test_arguments_are_read_or_refused(raw: bytes) -> None:
    try:
        found = parse_arguments(raw)
    except BadMessageError:
        return
    assert not found or found[-1].value


@given(st.binary() | streams | requests.map(lambda request: json.dumps(request).encode()))
def test_any_datagram_gets_a_defined_reply(raw: bytes) -> None:
    reply = anyio.run(_dispatcher().datagram, raw)
    if reply is not None and not raw.startswith(b":") and reply != b"400 Parse_error":
        _check_json_rpc(json.loads(reply.decode("utf-8", "surrogateescape")))


@given(requests)
def test_any_request_gets_a_result_or_an_error(request: dict[str, object]) -> None:
    reply = anyio.run(_dispatcher().json, json.dumps(request).encode())
    if reply is None:
        assert not any(name.lower() == "id" for name in request)
    else:
        _check_json_rpc(json.loads(reply))


@pytest.mark.parametrize("nul", ["\0", "\\u0000"])
@given(TEXT, TEXT)
def test_a_request_with_the_character_nul_is_refused_as_by_opensips(nul: str, before: str, behind: str) -> None:
    request = json.dumps({"jsonrpc": "2.0", "id": before + "NUL" + behind, "method": "which"}).replace("NUL", nul)
    reply = anyio.run(_dispatcher().json, request.encode())
    assert reply == b'{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}'


@given(st.text(min_size=1) | METHODS, st.binary() | st.lists(st.sampled_from(TOKENS)).map(b"".join))
def test_any_line_request_gets_a_reply_that_ends(command: str, arguments: bytes) -> None:
    if not command.isprintable():
        return
    reply = anyio.run(_dispatcher().line, LineRequest(command, arguments))
    assert reply.endswith(b"\n")
    assert reply[:3].isdigit()


@given(st.lists(requests, min_size=1, max_size=5))
def test_a_batch_answers_each_request_that_asks_in_order(batch: list[dict[str, object]]) -> None:
    replies = anyio.run(_dispatcher().json, json.dumps(batch).encode())
    alone = [anyio.run(_dispatcher().json, json.dumps(request).encode()) for request in batch]
    ids = [json.loads(reply)["id"] for reply in alone if reply is not None]
    if replies is None:
        assert ids == []
    else:
        assert [reply["id"] for reply in json.loads(replies)] == ids


@pytest.mark.parametrize("depth", [10, 100, 400, 900, 5000, 200_000])
@pytest.mark.parametrize(
    "opening", [b"[", b'{"a":', b'{"jsonrpc":"2.0","id":1,"method":"raise_event","params":["E_T",[']
)
def test_deep_nesting_is_refused_or_served_and_never_ends_the_server(depth: int, opening: bytes) -> None:
    inner = b"[" * depth + b"]" * depth
    closing = {b"[": b"]", b'{"a":': b"}"}.get(opening, b"]]}")
    reply = anyio.run(_dispatcher().json, opening + inner + closing)
    assert reply is not None
    assert reply.startswith((b'{"jsonrpc"', b'[{"jsonrpc"'))


def _check_json_rpc(reply: Any) -> None:
    replies: list[Any] = [*reply] if isinstance(reply, list) else [reply]
    for one in replies:
        assert set(one) in ({"jsonrpc", "result", "id"}, {"jsonrpc", "error", "id"})
        assert one["jsonrpc"] == "2.0"
        if "error" in one:
            assert isinstance(one["error"]["code"], int)
            assert one["error"]["message"]


@given(st.dictionaries(ANY_TEXT, ANY_TEXT | st.integers() | st.booleans() | st.none()) | ANY_TEXT, st.integers() | TEXT)
def test_the_fast_writer_of_replies_writes_what_the_plain_one_does(result: Result, id_: int | str) -> None:
    reply = {"jsonrpc": "2.0", "result": result, "id": id_}
    plain = json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
    assert mi_jsonrpc.result_reply(id_, result) == escape_surrogates(plain, r"\\").encode()


@given(
    st.lists(st.sampled_from(["id", "ID", "method", "Method", "jsonrpc", "params", "x"]).flatmap(_member), max_size=7)
)
def test_of_members_named_twice_in_any_case_the_first_counts(members: list[tuple[str, Any]]) -> None:
    body = "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in members) + "}"
    first: dict[str, Any] = {}
    for name, value in members:
        first.setdefault(name.lower(), value)
    parsed = mi_jsonrpc.parse_request(body.encode())
    if first.get("jsonrpc") == "2.0" and "method" in first:
        wanted: object = mi_jsonrpc.Request(
            first["method"], first.get("params", []), first.get("id"), "id" not in first
        )
    else:
        wanted = mi_jsonrpc.Invalid(first.get("id"))
    assert parsed == wanted
