"""JSON on a stream is found however it is cut; XML-RPC comes back as it was written; garbage has one error."""

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any
from xmlrpc.client import dumps, loads

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evtui.codecs.json_stream import JsonStream
from evtui.codecs.jsonrpc_reply import read_reply
from evtui.codecs.jsonvalue import Members, dump_bytes
from evtui.codecs.jsonvalue import loads as load_json
from evtui.codecs.xml_values import is_xml_text, parse
from evtui.codecs.xmlrpc import StructUse, decode_reply, encode_call
from evtui.core.errors import BadMessageError
from evtui.core.values import Params
from evtui.mi.protocol.mi_xmlrpc import parse_call, result_reply

JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(st.characters(codec="utf-8")), st.sampled_from('{}[]"\\')
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.lists(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=4), max_size=5)
SAYABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
PLAIN = st.recursive(
    st.one_of(
        st.integers(-(2**31), 2**31 - 1), st.booleans(), SAYABLE, st.floats(allow_nan=False, allow_infinity=False)
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)
HEAD, TAIL = b"<methodCall><methodName>a</methodName><params><param>", b"</param></params></methodCall>"
WIRE_TEXT = st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))


def _feed(pieces: list[bytes], limit: int = 1 << 20) -> tuple[list[Members], str | None]:
    stream, found = JsonStream(limit), list[Members]()
    for piece in pieces:
        try:
            for members in stream.feed(piece):
                found.append(members)
        except BadMessageError:
            return found, "refused"
    return found, None


def _cut(raw: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(raw) + 1) for place in places} | {0, len(raw)})
    return [raw[start:end] for start, end in pairwise(ends)]


@given(OBJECTS, st.lists(st.integers(0, 10_000), max_size=8), st.sampled_from([b"", b" ", b"\r\n\t"]), st.booleans())
def test_objects_are_found_wherever_the_stream_is_cut(
    objects: list[dict[str, object]], places: list[int], between: bytes, ascii_only: bool
) -> None:
    texts = [json.dumps(item, ensure_ascii=ascii_only).encode() for item in objects]
    found, refused = _feed(_cut(between.join(texts), places))
    assert (found, refused) == ([load_json(text.decode()) for text in texts], None)


@given(OBJECTS, st.binary(max_size=12), st.lists(st.integers(0, 10_000), max_size=8))
@example([], b'{"a":"\\', [])
@example([{}], b"{]}", [])
@example([{}], b"1", [1])
def test_the_cuts_of_a_stream_with_garbage_in_it_change_nothing(
    objects: list[dict[str, object]], garbage: bytes, places: list[int]
) -> None:
    raw = b"".join(json.dumps(item).encode() for item in objects) + garbage
    assert _feed(_cut(raw, places)) == _feed([raw])


@given(st.lists(st.integers(0, 300), max_size=8))
def test_an_object_without_an_end_is_refused_at_the_limit(places: list[int]) -> None:
    assert _feed(_cut(b"{}" + b'{"a":"' + b"x" * 300, places), limit=100) == ([Members()], "refused")
    assert _feed([b"{}" * 300], limit=100)[1] is None


@given(JSON.map(lambda value: {"id": value, "error": value}))
def test_a_reply_is_read_or_refused(reply: dict[str, object]) -> None:
    members = load_json(json.dumps(reply).encode().decode())
    assert isinstance(members, Members)
    if isinstance(reply["id"], int) and not isinstance(reply["id"], bool):
        assert read_reply(members).id == reply["id"]
        assert read_reply(members).refusal is not None
    else:
        with pytest.raises(BadMessageError):
            read_reply(members)


STRUCTS: list[StructUse] = ["", "true", "each"]


@given(st.lists(st.tuples(WIRE_TEXT, st.one_of(WIRE_TEXT, st.integers(-(2**31), 2**31 - 1))), max_size=5))
def test_a_strict_call_is_read_by_the_standard_library_as_it_was_meant(pairs: list[tuple[str, str | int]]) -> None:
    params = Params(tuple(value for _, value in pairs), tuple(f"n{place}" for place in range(len(pairs))))
    read: Any = loads(encode_call("m", "E_X", params, struct="true"))
    (event, *structs), method = read
    assert (event, method) == ("E_X", "m")
    got = [value for struct in structs for value in struct.values()]
    for value, (_, meant) in zip(got, pairs, strict=True):
        if isinstance(meant, str) and not is_xml_text(meant):
            assert value.data == meant.encode("utf-8", "surrogateescape" if _is_bytes(meant) else "replace")
        else:
            assert value == meant


@given(WIRE_TEXT, WIRE_TEXT, WIRE_TEXT, st.sampled_from(STRUCTS))
def test_a_call_is_well_formed_whatever_it_holds(method: str, name: str, value: str, struct: StructUse) -> None:
    root = parse(encode_call(method, value, Params((value,), (name,)), struct=struct))
    assert root.tag == "methodCall"


@given(PLAIN)
def test_a_call_of_the_standard_library_is_read_as_it_was_meant(value: Any) -> None:
    call = parse_call(dumps((value, 1), "some.method").encode())
    assert call.method == "some.method"
    assert isinstance(call.params, list)
    assert json.loads(dump_bytes(call.params[0])) == value


@given(st.binary(max_size=60) | st.text("<>/value&;!DOCTYPE[]x ", max_size=60).map(str.encode))
@example(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
@example(HEAD + b"<value><array><data>" * 5000)
@example(HEAD + b"<value><array><data>" * 500 + b"</data></array></value>" * 500 + TAIL)
@example(b'<?xml version="1.0" encoding="utf-7"?><a/>')
@example(b'<?xml version="1.0" encoding="no-such"?><a/>')
@example(HEAD + b"<value><int>" + b"9" * 5000 + b"</int></value>" + TAIL)
def test_garbage_raises_nothing_but_a_bad_message(raw: bytes) -> None:
    for decode in (parse_call, decode_reply):
        with suppress(BadMessageError):
            decode(raw)


@given(st.lists(WIRE_TEXT, max_size=4))
def test_a_reply_is_read_by_the_standard_library(texts: list[str]) -> None:
    read: Any = loads(result_reply(texts))
    got: list[object] = read[0][0]
    assert len(got) == len(texts)
    assert [value for value in got if isinstance(value, str)] == [text for text in texts if is_xml_text(text)]


def _is_bytes(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
