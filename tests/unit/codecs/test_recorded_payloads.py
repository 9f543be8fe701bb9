"""The bytes that running servers sent, 3.6.8 and 2.4.11: evtui sends the same, or the difference is listed here."""

import json
import re
from typing import Any

import pytest

from evtui.codecs import jsonrpc, text
from evtui.core.values import NO_PARAMS, Params
from tests.paths import TEST_DATA

RECORDED = TEST_DATA / "captures"

SPOILT = {"value 'a,b;c|d'": (b"a b;c|d", b"a,b;c|d")}
"""Recorded beside a flatstore subscriber, which changes commas for all subscribers: an error, not a rule."""

UNSIGNED = {"neg_ints", "neg_ints_values", "literal_ints"}
"""Negative ints stay negative; OpenSIPS prints them unsigned (docs/opensips-behaviour.md 7.2)."""

NOT_UTF8 = {"bad_utf8", "latin1"}
"""Raw in the classic text; in JSON escaped, where OpenSIPS writes what is not JSON (docs/opensips-behaviour.md
7.1).
"""


def _cases(name: str) -> list[Any]:
    lines = (RECORDED / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["case"]) for case in map(json.loads, lines)]


def _bytes(written: str) -> bytes:
    """Undo the recording's way to write bytes that are not UTF-8: `\\xNN`."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda code: bytes.fromhex(code[1].decode()), written.encode())


def _params(case: dict[str, Any]) -> Params:
    values, names = case["values"] or (), case["names"] or ()
    if not values:
        return NO_PARAMS
    if case["case"] in NOT_UTF8:
        values = [_bytes(value).decode("utf-8", "surrogateescape") for value in values]
    # The script gives more names than values; the server raises the event with the names that have a value.
    return Params(tuple(values), tuple(names[: len(values)]))


@pytest.mark.parametrize("case", _cases("payloads.jsonl"))
def test_a_notification_is_what_the_server_sent(case: dict[str, Any]) -> None:
    spoilt, meant = SPOILT.get(case["case"], (b"", b""))
    for transport, (recorded,) in case["delivered"].items():
        method = "mymethod" if transport == "tcp_method" else None
        sent = jsonrpc.encode_notification("E_T", _params(case), method)
        assert sent.replace(meant, spoilt) == recorded.encode()


@pytest.mark.parametrize("case", _cases("classic/payloads_classic.jsonl"))
def test_a_classic_text_is_what_the_server_sent(case: dict[str, Any]) -> None:
    assert text.encode("E_T", _params(case)) == _classic(case, "udp")


@pytest.mark.parametrize("case", _cases("classic/payloads_classic.jsonl"))
def test_a_classic_message_is_what_the_server_published(case: dict[str, Any]) -> None:
    assert text.encode_message("E_T", _params(case)) == _classic(case, "rabbitmq")


def _classic(case: dict[str, Any], transport: str) -> bytes:
    recorded = case["delivered"][transport]
    expected = _bytes(recorded) if case["case"] in NOT_UTF8 else recorded.encode()
    if case["case"] in UNSIGNED:
        expected = re.sub(rb"\d{20}", lambda number: str(int(number[0]) - 2**64).encode(), expected)
    return expected


@pytest.mark.parametrize("case", _cases("classic/payloads_classic.jsonl"))
def test_values_are_escaped_as_the_server_escapes_them(case: dict[str, Any]) -> None:
    recorded = case["delivered"]["jsonrpc"]
    params = _params(case)
    if recorded is None or not params.values:
        expected = b'{"jsonrpc":"2.0","method":"j_method"}'
    elif case["case"] in NOT_UTF8:
        expected = recorded.replace('{"id":null,', "{").replace("\\x", "\\udc").encode()
    else:
        expected = recorded.replace('{"id":null,', "{").encode()
    assert jsonrpc.encode_notification("j_method", params) == expected
