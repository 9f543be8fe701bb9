"""JSON-RPC requests and replies of the management interface."""

import pytest

from evtui.codecs.jsonvalue import Members
from evtui.core.errors import BadMessageError
from evtui.mi.protocol.mi_jsonrpc import Batch, Invalid, Request, error_reply, parse_request, result_reply

VERSION = Request("version", [], 1, notification=False)


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"version"}',
        b'{"JSONRPC":"2.0","Id":1,"Method":"version"}',
        b' \n\0{"jsonrpc":"2.0","id":1,"method":"version"} trailing',
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


def test_bytes_that_are_not_utf_8_come_back_as_they_came() -> None:
    parsed = parse_request(b'{"jsonrpc":"2.0","id":"\xff\xfe","method":"a"}')
    assert isinstance(parsed, Request)
    assert result_reply(parsed.id, "OK") == b'{"jsonrpc":"2.0","result":"OK","id":"\xff\xfe"}'
