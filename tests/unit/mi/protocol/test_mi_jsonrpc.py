"""JSON-RPC requests and replies of the management interface."""

import json
from collections.abc import Iterator
from itertools import islice

import pytest

from evtui.codecs.jsonvalue import Members
from evtui.core.errors import BadMessageError
from evtui.mi.protocol import line_reply, mi_xmlrpc
from evtui.mi.protocol.mi_jsonrpc import (
    Batch,
    Invalid,
    OversizedBatch,
    Request,
    error_reply,
    parse_request,
    result_pieces,
    result_reply,
)
from evtui.mi.protocol.results import PAGE, Listing, LongResult, Result, listing, maybe_long

VERSION = Request("version", [], 1, notification=False)


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"version"}',
        b'{"JSONRPC":"2.0","Id":1,"Method":"version"}',
        b' \n\x01{"jsonrpc":"2.0","id":1,"method":"version"} trailing',
        b'{"jsonrpc":"2.0","id":1,"method":"version"}\0{',
        b'{"jsonrpc":"2.0","id":1,"method":"version"}{"id":2}',
        b'{"jsonrpc":"2.0","id":1,"ID":2,"method":"version","params":[]}',
        b'{"jsonrpc":"2.0","id":1.0,"method":"version"}',
    ],
)
def test_a_request_is_read_as_loosely_as_opensips_reads_it(body: bytes) -> None:
    assert parse_request(body) == VERSION


@pytest.mark.parametrize(
    ("body", "id_"),
    [
        (b'{"id":1,"method":"version"}', 1),
        (b'{"jsonrpc":"1.0","id":"a","method":"version"}', "a"),
        (b'{"jsonrpc":"2.0","id":1,"method":"version","params":5}', 1),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', 1),
        (b'{"jsonrpc":"2.0","id":true,"method":"version"}', None),
        (b'{"jsonrpc":"2.0","id":[1],"method":"version"}', None),
        (b'{"jsonrpc":"2.0","id":{},"method":"version"}', None),
        (b"5", None),
        (b"null", None),
        (b"[]", None),
        (b'"version"', None),
    ],
)
def test_json_that_is_not_a_request_keeps_a_valid_id(body: bytes, id_: object) -> None:
    assert parse_request(body) == Invalid(id_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"hello world", b"{", b"\xef\xbb\xbf{}", b"NaN", b'{"a":1e999}', b"[" * 100_000, b"9" * 5000),
        *(b'{"a":"\\ud800"}', b'{"a":"\\udc00"}', b'{"a":"\\ud800\\u0041"}', b'{"a":"\\ud800x"}', b'"\\udcff"'),
    ],
)
def test_what_is_not_json_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(BadMessageError):
        parse_request(body)


def test_a_surrogate_pair_is_one_character_and_an_escaped_backslash_is_none() -> None:
    pair = parse_request(b'{"jsonrpc":"2.0","id":"\\ud83d\\ude00 \\\\ud800","method":"version"}')
    assert isinstance(pair, Request)
    assert pair.id == "😀 \\ud800"


def test_a_batch_holds_what_each_element_is() -> None:
    parsed = parse_request(b'[{"jsonrpc":"2.0","id":1,"method":"version"},5]')
    assert parsed == Batch((VERSION, Invalid(None)))


def test_without_an_id_no_reply_is_wanted_and_null_is_an_id() -> None:
    silent = parse_request(b'{"jsonrpc":"2.0","method":"a"}')
    waiting = parse_request(b'{"jsonrpc":"2.0","method":"a","id":null}')
    assert isinstance(silent, Request)
    assert isinstance(waiting, Request)
    assert (silent.notification, waiting.notification) == (True, False)


def test_params_keep_the_order_and_the_duplicates_of_an_object() -> None:
    parsed = parse_request(b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"b":1,"a":2,"b":3}}')
    assert isinstance(parsed, Request)
    assert parsed.params == Members([("b", 1), ("a", 2), ("b", 3)])


def test_replies_are_compact_and_in_the_order_of_the_reference() -> None:
    assert result_reply(1, "OK") == b'{"jsonrpc":"2.0","result":"OK","id":1}'
    assert error_reply(None, -32700, "Parse error") == (
        b'{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}'
    )
    assert error_reply("a", 400, "Bad", "é\n\x01\x7f/") == (
        b'{"jsonrpc":"2.0","error":{"code":400,"message":"Bad","data":"\xc3\xa9\\n\\u0001\x7f/"},"id":"a"}'
    )


def test_control_characters_may_stand_raw_in_a_string_and_are_written_as_escapes() -> None:
    parsed = parse_request(b'{"jsonrpc":"2.0","id":"a\n\tb","method":"a"}')
    assert isinstance(parsed, Request)
    assert result_reply(parsed.id, "OK") == b'{"jsonrpc":"2.0","result":"OK","id":"a\\n\\tb"}'


def test_bytes_that_are_not_utf_8_come_back_as_escapes_that_every_client_decodes() -> None:
    parsed = parse_request(b'{"jsonrpc":"2.0","id":"\xff\xfe\xc3\xa9","method":"a"}')
    assert isinstance(parsed, Request)
    reply = result_reply(parsed.id, "OK")
    assert reply.decode() == r'{"jsonrpc":"2.0","result":"OK","id":"\\xff\\xfeé"}'
    assert json.loads(reply)["id"] == r"\xff\xfeé"


@pytest.mark.parametrize("size", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
def test_a_long_result_is_written_as_a_short_one(size: int) -> None:
    """In all three protocols, whatever its size and wherever nothing stands for an item."""
    items: list[Result] = [{"socket": f"udp:{number}", "expire": number, "ttl": 5} for number in range(size)]
    with_gaps = [each for item in items for each in (None, item, None)]
    for short, long in zip(_results(items), _results_of(with_gaps), strict=True):
        assert b"".join(result_pieces(7, LongResult(long))) == result_reply(7, short)
    for short, long in zip(_results(items), _results_of(with_gaps), strict=True):
        assert b"".join(mi_xmlrpc.result_pieces(LongResult(long))) == mi_xmlrpc.result_reply(short)
    for short, long in zip(_results(items), _results_of(with_gaps), strict=True):
        assert b"".join(line_reply.result_pieces(LongResult(long))) == line_reply.result_reply(short)


def _results_of(items: list[Result]) -> list[Result]:
    """The long results: a listing can be read once, so each gets one of its own."""
    return [next(islice(_results(Listing(items)), place, None)) for place in range(3)]


def _results(items: Result) -> Iterator[Result]:
    yield {"Events": [{"name": "E", "id": 1, "Subscribers": items}]}
    yield {"Event": {"name": "E", "id": 1, "Subscribers": items}}
    yield {"Queues": items, "Spool": {"set_aside": 1}}


def test_few_items_are_no_long_result() -> None:
    assert listing(iter([1, None, 2])) == [1, 2]
    assert maybe_long("Queues", listing([])) == {"Queues": []}
    assert isinstance(maybe_long("Queues", listing(range(PAGE))), LongResult)


def test_a_batch_of_too_many_requests_is_not_read_further() -> None:
    assert isinstance(parse_request(b"[1,1,1]", 3), Batch)
    assert isinstance(parse_request(b"[1,1,1,1]", 3), OversizedBatch)
