"""What a reader may ask for, and what is wrong with what it may not."""

import pytest

from evtui.core.errors import BadMessageError
from evtui.serve.watch.feed_options import FeedOptions, parse_query, parse_request


@pytest.mark.parametrize(
    ("raw", "options"),
    [
        (b"", FeedOptions()),
        (b"  \r", FeedOptions()),
        (b"{}", FeedOptions()),
        (b'{"filter":"E_A","back":5}', FeedOptions("E_A", 5)),
        (b'{"after":0,"instance":"x"}', FeedOptions(after=0, instance="x")),
        (b'{"after":null}', FeedOptions()),
    ],
)
def test_a_request_is_read(raw: bytes, options: FeedOptions) -> None:
    assert parse_request(raw) == options


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        (b"[]", "array"),
        (b"GET / HTTP/1.1", "malformed"),
        (b'{"back":-1}', r"\$\.back"),
        (b'{"back":"1"}', r"\$\.back"),
        (b'{"after":1.5}', r"\$\.after"),
        (b'{"bak":1}', "bak"),
        (b'{"filter":"\xff"}', "utf"),
        (b"[" * 100_000, "array|deep|recursion"),
        (b'{"back":' + b"9" * 5000 + b"}", "back|malformed|number"),
    ],
)
def test_a_bad_request_is_told_with_its_part(raw: bytes, part: str) -> None:
    with pytest.raises(BadMessageError, match=rf"(?i)the request of a watch feed.*({part})"):
        parse_request(raw)


def test_a_query_is_read() -> None:
    assert parse_query({}) == FeedOptions()
    assert parse_query({"filter": "E_A", "back": "5", "after": "7", "instance": "12"}) == FeedOptions("E_A", 5, 7, "12")


@pytest.mark.parametrize(("query", "part"), [({"back": "x"}, "back"), ({"after": "-1"}, "after"), ({"x": "1"}, "x")])
def test_a_bad_query_is_told_with_its_part(query: dict[str, str], part: str) -> None:
    with pytest.raises(BadMessageError, match=rf"the query of a watch feed.*{part}"):
        parse_query(query)
