"""What OpenSIPS makes of a raise over MI, as 3.6.8 and 4.0.1 answered and sent."""

import pytest

from evtui.codecs.jsonrpc import encode_notification
from evtui.codecs.opensips_raise import opensips_raise
from evtui.core.values import Params, Value


@pytest.mark.parametrize(
    ("value", "sent", "noted"),
    [
        (2_147_483_647, b"2147483647", False),
        (2_147_483_648, b"2147483647", True),
        (-2_147_483_649, b"-2147483648", True),
        (99_999_999_999_999_999_999, b"2147483647", True),
        (1e30, b"2147483647", True),
        (1.5, b"1", True),
        (-1.5, b"-1", True),
        (0.1, b"0", True),
        (1.0, b"1", False),
        (1e3, b"1000", False),
        (-0.0, b"0", False),
        (2_147_483_647.9, b"2147483647", True),
        (-2_147_483_648.9, b"-2147483648", True),
        (None, b'"null"', True),
        ("2147483648", b'"2147483648"', False),
        ("", b'""', False),
    ],
)
def test_a_named_value_is_sent_as_the_server_sent_it(value: Value, sent: bytes, *, noted: bool) -> None:
    raised = opensips_raise(Params((value,), ("a",)))
    assert encode_notification("E_T", raised.params) == b'{"jsonrpc":"2.0","method":"E_T","params":{"a":' + sent + b"}}"
    assert bool(raised.notes) is noted
    assert not raised.refusal


def test_values_without_names_are_sent_as_texts_and_may_get_empty_names() -> None:
    raised = opensips_raise(Params((2_147_483_648, 1.5, "x")))
    assert encode_notification("E", raised.params) == b'{"jsonrpc":"2.0","method":"E","params":["2147483647","1","x"]}'
    assert raised.notes == (
        "value 1 is sent as 2147483647: OpenSIPS has integers of 32 bits",
        "value 2 is sent as 1: OpenSIPS has no fractions",
        "values without names are sent as texts",
        'values without names may also be sent with empty names, {"":…}',
    )


def test_names_that_repeat_are_all_sent() -> None:
    params = Params((1, 2), ("a", "a"))
    assert opensips_raise(params) == opensips_raise(opensips_raise(params).params)
    assert opensips_raise(params).params == params


def test_an_empty_first_name_may_be_sent_as_an_array() -> None:
    assert "array" in opensips_raise(Params((1,), ("",))).notes[0]
    assert opensips_raise(Params()).notes == ()


@pytest.mark.parametrize(
    "params", [Params((1, None)), Params(("a\0",), ("x",)), Params((1,), ("x\0",)), Params(("\0",))]
)
def test_what_the_server_refuses_is_said(params: Params) -> None:
    assert "OpenSIPS refuses" in opensips_raise(params).refusal
