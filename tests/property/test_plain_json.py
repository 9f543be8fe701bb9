"""What is read in the quick way is what the parser that reads everything makes of it, for whatever is written."""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.codecs.jsonvalue import Members, to_params
from evtui.core.errors import BadMessageError
from evtui.core.values import Params
from evtui.mi.protocol.c_json import scan_c_json
from evtui.mi.protocol.mi_jsonrpc import parse_any, parse_request
from evtui.mi.protocol.plain_json import read_request, read_values

_BIG: Final = (1 << 63, 1 << 64, -(1 << 63) - 1, 10**25)
_WORDS: Final = (
    "null", "true", "false", "0", "-0", "7", "007", "0x1f", "1.", "1.0", "-.5", "1e2", "1e400", "NaN", "9" * 5_000,
    '""', '"a:b"', '"\\u003a"', '"\\u0000"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\/"', '"\\x"', '"\t"', '"\0"', '":"',
    '"é"', '"\udcff"', "[]", "{}", "[[1]]", '[{"a":1}]', '{"a":{"a":1}}', '{"a":1,"a":2}', *map(str, _BIG),
)  # fmt: skip
"""Values as they may be written, each odd in another way."""
_NAMES: Final = ("jsonrpc", "method", "params", "id", "ID", "Method", "event", "x", "a:b", "", "\\u0069d", "\udcff")
_SPACES: Final = st.sampled_from(["", "", "", " ", "\n", "\t ", "\r", "\x01", "\x00", "\ufeff", " //"])
_TEXTS: Final = st.text(max_size=5).map(json.dumps) | st.text(max_size=5).map(lambda text: f'"{text}"')


def _list(items: list[str]) -> str:
    return f"[{', '.join(items)}]"


@st.composite
def _objects(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    """An object as it may be written: with names twice, in any case, and with spaces and other things between."""
    members = draw(st.lists(st.tuples(st.sampled_from(_NAMES), values), max_size=5))
    written = [f'"{name}"{draw(_SPACES)}:{draw(_SPACES)}{value}{draw(_SPACES)}' for name, value in members]
    return f"{draw(_SPACES)}{{{draw(_SPACES)}{','.join(written)}}}{draw(_SPACES)}"


_SCALARS: Final = st.sampled_from(_WORDS) | _TEXTS | st.integers().map(str)
_USUAL: Final = st.sampled_from(['"a"', '"sip:a"', "1", "null"])
_LISTS: Final = st.lists(_SCALARS, max_size=3).map(_list)
_VALUES: Final = _SCALARS | _LISTS | _objects(_SCALARS | _LISTS)


@st.composite
def _requests(draw: st.DrawFn) -> str:
    """A request that is nearly right: members left out, twice, renamed, in another order, or with odd values."""
    usual = {"jsonrpc": '"2.0"', "method": '"pwd"', "id": draw(_USUAL | _SCALARS)}
    usual["params"] = draw(st.lists(_USUAL, max_size=3).map(_list) | _objects(_USUAL) | _VALUES)
    members = [(name, usual[name]) for name in draw(st.permutations(list(usual)))]
    if draw(st.integers(0, 3)) == 0:
        members.insert(draw(st.integers(0, 4)), (draw(st.sampled_from(_NAMES)), draw(_VALUES)))
    del members[draw(st.integers(2, 5)) :]
    gap = draw(st.sampled_from(["", " "]) | _SPACES)
    return "{" + f",{gap}".join(f'"{name}":{gap}{value}' for name, value in members) + "}" + draw(_SPACES)


def _result(work: Any, given_text: Any) -> str:
    """What comes of it, with the types of all values: to Python 1, 1.0 and True are equal."""
    try:
        return repr(work(given_text))
    except BadMessageError as error:
        return f"refused: {error}"


def _slow_params(text: str) -> Params:
    value = scan_c_json(text)
    assert isinstance(value, Members)
    return to_params(value)


@given(text=_requests() | _objects(_VALUES) | _VALUES)
def test_a_request_is_what_the_parser_of_all_reads(text: str) -> None:
    body = text.encode("utf-8", "surrogateescape") if "\ud800" not in text else text.encode("utf-8", "surrogatepass")
    assert _result(parse_request, body) == _result(parse_any, body)


@given(body=st.binary(max_size=40))
def test_so_are_bytes_of_any_kind(body: bytes) -> None:
    body = b'{"jsonrpc":"2.0","method":"' + body + b'","id":1}'
    assert _result(parse_request, body) == _result(parse_any, body)


@given(text=_objects(_USUAL) | _objects(_SCALARS) | _objects(_VALUES) | _VALUES)
def test_values_are_what_the_parser_of_all_reads(text: str) -> None:
    values = read_values(text)
    assert values is None or repr(Params.of(values)) == repr(_slow_params(text))


@pytest.mark.parametrize(
    "params",
    [
        "", ',"params":[]', ', "params": ["E_X", ["a", 1, null]]', ',"params":{"event":"a:b", "params":"{\\"a\\":1}"}',
        ',"params":{"event":"E_X","params":["a",true]}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("id_", ["1", '"x"', "null"])
def test_usual_requests_are_read_in_the_quick_way(params: str, id_: str) -> None:
    assert read_request(f'{{"jsonrpc":"2.0","id":{id_},"method":"pwd"{params}}}'.encode()) is not None


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}', '{"a":1,"b":{"b":1}}', '{"a":"\\u003a","a":":"}', '{"a":"\\u0000"}', '{"a":1.0}', "[1]",
        '{"a":true}', '{"a":1}{', '{"a":"b":"c"}', f'{{"a":{"9" * 5_000}}}', '{"\ud800":1}', '{"a":"\0"}',
    ],
)  # fmt: skip
def test_all_else_is_left_alone(text: str) -> None:
    assert read_values(text) is None


def test_usual_values_are_read_in_the_quick_way() -> None:
    text = f'{{"ip": "sip:x@192.0.2.1", "n": {1 << 70}, "b": null, "c": "\\n"}}'
    assert read_values(text) == {"ip": "sip:x@192.0.2.1", "n": 1 << 70, "b": None, "c": "\n"}
    assert read_values("{}") == {}
