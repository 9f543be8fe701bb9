"""What is written can be read back; garbage is refused with one error; a payload is always valid JSON."""

import json
import string
from contextlib import suppress

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from evtui.codecs import jsonrpc, text
from evtui.codecs.jsonvalue import decode_text, dump_bytes, loads
from evtui.core.errors import BadMessageError
from evtui.core.values import Params, Value

WIRE_TEXT = st.one_of(st.text(), st.binary().map(decode_text))
"""Anything that can come from outside: text, and bytes that are not UTF-8 as surrogate escapes."""
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.integers(), st.integers(-(2**64), 2**64), st.floats(allow_nan=False, allow_infinity=False), WIRE_TEXT
)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=16)


@st.composite
def some_params(draw: st.DrawFn, values: st.SearchStrategy[Value] = VALUES) -> Params:
    """Parameters, named (duplicates and empty names too) or not."""
    drawn = draw(st.lists(values, max_size=6))
    named = draw(st.booleans())
    return Params(tuple(drawn), tuple(draw(WIRE_TEXT) for _ in drawn) if named else ())


@given(NAMES, some_params())
def test_a_notification_is_read_back_as_it_was_written(event: str, params: Params) -> None:
    assert jsonrpc.decode_notification(jsonrpc.encode_notification(event, params)) == (event, params)


@given(WIRE_TEXT, some_params())
@example("E", Params(("\udcff",), ("\udc80",)))
@example("E", Params((2**64, -(2**63) - 1)))
def test_a_notification_is_valid_json_in_valid_utf8_on_one_line(event: str, params: Params) -> None:
    raw = jsonrpc.encode_notification(event, params)
    assert json.loads(raw.decode("utf-8"))["jsonrpc"] == "2.0"
    assert b"\n" not in raw


@given(st.binary(min_size=1), st.binary())
def test_bytes_that_are_not_utf8_survive_a_notification(name: bytes, value: bytes) -> None:
    params = Params((decode_text(value),), (decode_text(name),))
    _, back = jsonrpc.decode_notification(jsonrpc.encode_notification("E", params))
    assert isinstance(back.values[0], str)
    assert back.values[0].encode("utf-8", "surrogateescape") == value
    assert back.names[0].encode("utf-8", "surrogateescape") == name


@given(NAMES, some_params())
def test_the_fast_writer_writes_what_the_plain_one_does(event: str, params: Params) -> None:
    assume(not any(isinstance(value, float) for value in params.values))
    plain = jsonrpc.encode_plainly(event, params)
    assert jsonrpc.encode_notification(event, params) == plain
    pairs = dict(zip(params.names, params.values, strict=False))
    encode = jsonrpc.notification_encoder(event)
    assert encode(params, None) == plain
    assert encode(params, pairs if len(pairs) == len(params.values) else None) == plain


@given(NAMES, st.lists(some_params(), min_size=1, max_size=5))
@example("E", [Params((1, "b", None), ("a", "b", "c")), Params((2, "", 3), ("a", "b", "c"))])
@example("E", [Params((1, 2, 3), ("a", "b", "a")), Params((2**64, "\udcff", 3), ("a", "b", "c"))])
@example("E", [Params((2**64, 2, 3), ("a", "b", "c")), Params((1, 2, 3), ("a", "b", "c"))])
@example("E", [Params((1, 2, 3), ("a", "b", "c")), Params((1, 2, 3)), Params((1, 2, 3), ("a", "c", "b"))])
@example("E_\udcff", [Params((1, 2, 3), ("a", "b", "c"))])
def test_many_notifications_are_written_as_each_of_them(event: str, many: list[Params]) -> None:
    one_by_one = [jsonrpc.encode_notification(event, params) for params in many]
    assert jsonrpc.notifications_encoder(event)(many) == one_by_one


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_both_writers_write_the_same_float(value: float) -> None:
    fast = jsonrpc.encode_notification("E", Params((value,)))
    assert json.loads(fast) == json.loads(jsonrpc.encode_plainly("E", Params((value,))))


@given(st.binary())
@example(b"[" * 100_000)
@example(b'{"jsonrpc":"2.0","method":"E","params":' + b"[" * 100_000)
@example(b"1" * 10_000)
@example(b'{"jsonrpc":"2.0","method":"E","params":[1e999]}')
@example(b'{"jsonrpc":"2.0","method":"E","params":[NaN]}')
@example(b'{"jsonrpc":"2.0","method":1}')
@example(b"\xff")
def test_garbage_raises_nothing_but_a_bad_message(raw: bytes) -> None:
    for decode in (jsonrpc.decode_notification, text.decode):
        with suppress(BadMessageError):
            decode(raw)


@given(st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text()), st.lists, max_leaves=20))
def test_json_is_read_as_the_standard_library_does(value: object) -> None:
    raw = json.dumps(value).encode()
    assert loads(raw.decode()) == value
    assert json.loads(dump_bytes(loads(raw.decode()))) == value


@given(st.text(st.characters(codec="utf-8")), st.text(string.whitespace + "]}x", min_size=1, max_size=3))
def test_nothing_may_follow_a_json_value(value: str, rest: str) -> None:
    assume(rest.strip(" \t\r\n"))
    with pytest.raises(BadMessageError, match="column"):
        loads(json.dumps(value) + rest)


CLASSIC_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\n:"), min_size=1, max_size=8)
CLASSIC_VALUES = st.binary(max_size=20).map(decode_text).filter(lambda value: "::" not in value and value[:1] != '"')
"""What the classic form can say without being ambiguous: no `::` and no quote at the start."""


@given(CLASSIC_NAMES, st.lists(st.tuples(CLASSIC_NAMES, CLASSIC_VALUES), max_size=5))
def test_the_classic_text_is_read_back_as_it_was_written(event: str, pairs: list[tuple[str, str]]) -> None:
    params = Params(tuple(value for _, value in pairs), tuple(name for name, _ in pairs))
    assert text.decode(text.encode(event, params)) == (event, params)


@given(CLASSIC_NAMES, some_params())
def test_a_classic_text_ends_in_an_empty_line_whatever_it_holds(event: str, params: Params) -> None:
    assert text.encode(event, params).endswith(b"\n\n") or not params.values


@given(CLASSIC_NAMES, st.lists(st.integers(), min_size=1, max_size=4))
def test_a_classic_int_keeps_its_sign(event: str, values: list[int]) -> None:
    lines = text.encode(event, Params(tuple(values))).decode().split("\n")
    assert lines == [event, *map(str, values), "", ""]
