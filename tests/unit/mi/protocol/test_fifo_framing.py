"""The stream of the FIFO, split into requests."""

import json

import pytest

from evtui.mi.protocol.fifo_framing import BrokenRequest, FifoScanner, Framed, JsonRequest, UnreadableRequest
from evtui.mi.protocol.line_protocol import LineRequest


def _split(*pieces: bytes, limit: int = 1000) -> list[Framed]:
    scanner = FifoScanner(limit)
    return [item for piece in pieces for item in scanner.feed(piece)]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b':r:{"a":1}', [JsonRequest(b"r", b'{"a":1}')]),
        (b'::{"a":1}', [JsonRequest(b"", b'{"a":1}')]),
        (b' \n\r\n:r:\n{"a":1}', [JsonRequest(b"r", b'{"a":1}')]),
        (b":r:[1]:q:[2]", [JsonRequest(b"r", b"[1]"), JsonRequest(b"q", b"[2]")]),
        (b':r:{"a":"}\\"]{"}', [JsonRequest(b"r", b'{"a":"}\\"]{"}')]),
        (b':r:"text"', [JsonRequest(b"r", b'"text"')]),
        (b":pwd:r\n\n", [LineRequest("pwd", b"\n", b"r")]),
        (b":pwd:r \r\n\r\n", [LineRequest("pwd", b"\r\n", b"r")]),
        (b":c:r\na\n  \nb\n\n", [LineRequest("c", b"a\n  \nb\n\n", b"r")]),
        (b':c:r\n"open\n\n:d:s\n\n', [LineRequest("c", b'"open\n\n', b"r"), LineRequest("d", b"\n", b"s")]),
        (b":c:r\n:d:s\n\n", [BrokenRequest(b"r", "c", too_long=False), LineRequest("d", b"\n", b"s")]),
        (b":c:r\na\n:d: s \r\nb\n\n", [BrokenRequest(b"r", "c", too_long=False), LineRequest("d", b"b\n\n", b"s")]),
        (b":c:r\na\n:q:[2]", [BrokenRequest(b"r", "c", too_long=False), JsonRequest(b"q", b"[2]")]),
        (b":c:r\n::1\n:a b:c\n:d:\n:e:f g\n\n", [LineRequest("c", b"::1\n:a b:c\n:d:\n:e:f g\n\n", b"r")]),
        (b":c:r\na :d:s\n\n", [LineRequest("c", b"a :d:s\n\n", b"r")]),
        (b":uptime:\n\n", [LineRequest("uptime", b"\n", b"")]),
        (b':r:{"a":1} trailing:q:[2]', [JsonRequest(b"r", b'{"a":1}'), UnreadableRequest(), JsonRequest(b"q", b"[2]")]),
        (b"uptime:r\n\n:pwd:r\n\n", [UnreadableRequest(), LineRequest("pwd", b"\n", b"r")]),
        (b"::\n\n:r:[1]", [UnreadableRequest(), JsonRequest(b"r", b"[1]")]),
        (b":" + b"n" * 2000 + b"\n:r:[1]", [UnreadableRequest(), JsonRequest(b"r", b"[1]")]),
    ],
)
def test_a_stream_is_split(stream: bytes, expected: list[Framed]) -> None:
    assert _split(stream) == expected


def test_what_looks_like_a_request_inside_a_string_or_an_argument_is_not_one() -> None:
    inside = b':r:{"a":"\\n:evil:{}"}'
    assert _split(inside) == [JsonRequest(b"r", b'{"a":"\\n:evil:{}"}')]
    assert _split(b':c:r\na=:evil:{"jsonrpc":"2.0"}\n\n') == [LineRequest("c", b'a=:evil:{"jsonrpc":"2.0"}\n\n', b"r")]


def test_a_request_too_long_ends_at_the_head_of_the_next_one() -> None:
    assert _split(b":c:r\n" + b"x" * 100 + b"\n:d:s\n\n", limit=50) == [
        BrokenRequest(b"r", "c", too_long=True),
        LineRequest("d", b"\n", b"s"),
    ]


def test_a_request_longer_than_the_limit_is_dropped_to_its_end_and_no_further() -> None:
    assert _split(b':r:["' + b"x" * 100 + b'"]:q:[2]', limit=50) == [
        BrokenRequest(b"r", None, too_long=True),
        JsonRequest(b"q", b"[2]"),
    ]
    assert _split(b":c:r\n" + b"x" * 100 + b"\n\n:q:[2]", limit=50) == [
        BrokenRequest(b"r", "c", too_long=True),
        JsonRequest(b"q", b"[2]"),
    ]


def test_giving_up_returns_which_request_was_unfinished() -> None:
    for unfinished, expected in [
        (b':r:{"a":', BrokenRequest(b"r", None, too_long=False)),
        (b":c:r\na\n", BrokenRequest(b"r", "c", too_long=False)),
        (b":r:hello", JsonRequest(b"r", b"hello")),
        (b":r:", BrokenRequest(b"r", None, too_long=False)),
        (b":r", UnreadableRequest()),
        (b"garbage", UnreadableRequest()),
    ]:
        scanner = FifoScanner(1000)
        assert scanner.feed(unfinished) == []
        assert scanner.unfinished
        assert scanner.give_up() == [expected]
        assert not scanner.unfinished


def test_giving_up_goes_on_at_the_next_line_that_begins_with_a_colon() -> None:
    scanner = FifoScanner(1000)
    scanner.feed(b':version:r\n:q!:{"a":1}')
    assert scanner.give_up() == [BrokenRequest(b"r", "version", too_long=False), JsonRequest(b"q!", b'{"a":1}')]


FRESH = b':q:{"jsonrpc":"2.0","id":1,"method":"which"}'
FRESH_LINES = b":pwd:s\n\n"


@pytest.mark.parametrize(
    "unfinished",
    [
        b':r:{"jsonrpc":"2.0","id":1', b':r:{"jsonrpc":"2.0","id":1,', b':r:{"a":[1,{"b":2},', b':r:{"a":"b"', b":r:{",
        b":r:[", b':r:{"a":', b':r:{"a":tru', b':r:{"a":1\n', b'::{"a":1',
    ],
)  # fmt: skip
@pytest.mark.parametrize("fresh", [FRESH, FRESH_LINES, b":q:[" + FRESH[3:] + b"]", b"::{}", b":q: \n [1]"])
def test_the_head_of_the_next_request_ends_an_unfinished_one(unfinished: bytes, fresh: bytes) -> None:
    (alone,) = _split(fresh)
    reply = unfinished[1:].partition(b":")[0]
    expected = [BrokenRequest(reply, None, too_long=False), alone]
    assert _split(unfinished + fresh) == expected
    assert _split(*(bytes([byte]) for byte in unfinished + fresh)) == expected


@pytest.mark.parametrize("open_string", [b"", b"text", b"a:b", b"\\", b"\\u00", b"x" * 5000, b":x:y", b"a {", b'\\"'])
@pytest.mark.parametrize("fresh", [FRESH, b":q: {\n " + FRESH[4:], b":q:[" + FRESH[3:] + b"]"])
def test_a_quote_that_nothing_can_follow_ends_an_unfinished_request_in_a_string(
    open_string: bytes, fresh: bytes
) -> None:
    (alone,) = _split(fresh)
    stream = b':r:{"a":["' + open_string + fresh
    expected = [BrokenRequest(b"r", None, too_long=False), alone]
    assert _split(stream + FRESH_LINES, limit=10_000) == [*expected, *_split(FRESH_LINES)]
    assert _split(*(bytes([byte]) for byte in stream), limit=10_000) == expected


def test_an_unfinished_request_that_is_too_long_is_ended_too() -> None:
    for unfinished in (b":r:[" + b"1," * 100, b':r:["' + b"x" * 100):
        assert _split(unfinished + FRESH, limit=60) == [BrokenRequest(b"r", None, too_long=True), *_split(FRESH)]


@pytest.mark.parametrize(
    "text",
    [
        ':q:{"jsonrpc":"2.0"}', ":q:{", ":q:[", "a:q:{", "\n:pwd:s\n\n", ":pwd:s\n",
        '":q:{"', "\\", '\\":q:{\\"', "::{", ":",
    ],
)  # fmt: skip
def test_a_legal_request_is_never_cut(text: str) -> None:
    values: list[object] = [text, {text: text}, [text, {text: [text]}], {"a": {text: None, "b": text}}, [[[text]]]]
    for value in values:
        for body in (
            json.dumps(value), json.dumps(value, indent=2), json.dumps(value, separators=(" , ", " : ")),
            json.dumps(value).replace("\\n", "\n"),  # raw line ends in a string are allowed, as in OpenSIPS
        ):  # fmt: skip
            stream = b":r:" + body.encode()
            assert _split(stream) == [JsonRequest(b"r", body.encode())]
            assert _split(*(bytes([byte]) for byte in stream)) == [JsonRequest(b"r", body.encode())]


def test_giving_up_goes_on_at_a_line_request_in_an_open_string() -> None:
    scanner = FifoScanner(1000)
    assert scanner.feed(b':r:{"a":"text:pwd:s\n\n') == []
    assert scanner.give_up() == [BrokenRequest(b"r", None, too_long=False), LineRequest("pwd", b"\n", b"s")]
