"""The stream of the FIFO, split into requests."""

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
