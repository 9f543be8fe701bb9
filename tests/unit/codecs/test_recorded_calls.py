"""XML-RPC calls and numbered JSON-RPC that real servers sent: evtui sends the same, or the difference is listed."""

import json
import re
from typing import Any
from xmlrpc.client import loads

import pytest

from evtui.codecs.jsonrpc_shapes import numbered
from evtui.codecs.payload import codec, encoder
from evtui.core.values import NO_PARAMS, Params
from tests.paths import TEST_DATA

RECORDED = TEST_DATA / "captures"

SPOILT = "value 'a,b;c|d'"
"""Recorded beside a flatstore subscriber, which changes commas for all subscribers: an error, not a rule."""
UNSIGNED = {"classic neg_ints", "classic neg_ints_values", "classic literal_ints"}
"""Negative ints stay negative; OpenSIPS prints them unsigned (docs/opensips-behaviour.md 7.2)."""
ESCAPED = {"quotes", "value 'line1\\nline2\\r\\ttab'", "classic literal_escapes", "classic cr_only"}
"""Values are escaped (docs/opensips-behaviour.md 7.3): `<`, `>`, `&`, and `\\r`, which every parser would make a
newline of.
"""
NOT_XML = {"classic bad_utf8", "classic latin1", "classic control"}
"""Text that XML cannot express is sent as base64 of its bytes; OpenSIPS sends what no parser takes
(docs/opensips-behaviour.md 7.3).
"""


def _cases(name: str) -> list[Any]:
    lines = (RECORDED / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=f"{case['source']} {case['case']}") for case in map(json.loads, lines)]


def _to_bytes(written: str) -> bytes:
    """Undo the recording's way to write bytes that are not UTF-8: `\\xNN`."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda code: bytes.fromhex(code[1].decode()), written.encode())


def _params(case: dict[str, Any]) -> Params:
    values, names = case["values"] or (), case["names"] or ()
    if not values:
        return NO_PARAMS
    if case["case"] in NOT_XML:
        values = [_to_bytes(value).decode("utf-8", "surrogateescape") for value in values]
    return Params(tuple(values), tuple(names[: len(values)]))


@pytest.mark.parametrize("case", _cases("xmlrpc_calls.jsonl"))
def test_a_call_is_what_the_server_sent(case: dict[str, Any]) -> None:
    name = re.sub(" xmlrpc(_path)?$", "", case["case"])
    struct = "each" if case["struct"] else ""
    ours = encoder(codec("xmlrpc", method=case["method"], struct=struct))("E_T", _params(case)).decode()
    theirs: str = case["body"]
    if name in UNSIGNED:
        theirs = re.sub(r"\d{20}", lambda number: str(int(number[0]) - 2**64), theirs)
    if name == SPOILT:
        theirs = theirs.replace("a b;c|d", "a,b;c|d")
    if name in ESCAPED:
        assert ours != theirs
        ours = ours.replace("&lt;", "<").replace("&gt;", ">").replace("&#13;", "\r").replace("&amp;", "&")
    if name in NOT_XML:
        assert ours != theirs
    else:
        assert ours == theirs


@pytest.mark.parametrize("case", _cases("xmlrpc_calls.jsonl"))
def test_a_call_with_a_struct_is_strictly_valid_and_says_the_same(case: dict[str, Any]) -> None:
    params = _params(case)
    read: Any = loads(encoder(codec("xmlrpc", method=case["method"], struct="true"))("E_T", params))
    sent, method = read
    got = [bytes(item.data) if hasattr(item, "data") else item for item in _flat(sent[1:])]
    meant = [_as_meant(value, case) for value in params.values]
    assert (method, sent[0], got) == (case["method"], "E_T", meant)


@pytest.mark.parametrize("case", _cases("jsonrpc_event_param.jsonl"))
def test_the_event_parameter_and_the_ids_stand_where_the_server_put_them(case: dict[str, Any]) -> None:
    ids = map(int, re.findall(r'"id":(\d+)', case["sent"]))
    names = [
        codec("jsonrpc", method=method or "", event_param=case["event_param"], id="null")
        for method in (None, "j_method")
    ]
    sent = [numbered(encoder(name)("E_T", _params(case)), number) for name, number in zip(names, ids, strict=True)]
    assert b"".join(sent).decode() == case["sent"]


@pytest.mark.parametrize("case", _cases("jsonrpc_event_param.jsonl"))
def test_without_an_id_of_its_own_a_request_of_3_1_is_the_notification_with_one(case: dict[str, Any]) -> None:
    plain = encoder(codec("jsonrpc", event_param="e"))("E_T", _params(case))
    assert json.loads(numbered(plain, 7)) == {"id": 7, **json.loads(plain)}


def _flat(sent: list[Any]) -> list[Any]:
    return [value for item in sent for value in (list[Any](item.values()) if hasattr(item, "values") else [item])]


def _as_meant(value: object, case: dict[str, Any]) -> object:
    if case["case"] in NOT_XML and isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return value
