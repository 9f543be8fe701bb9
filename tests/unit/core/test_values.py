"""The core values cannot be built wrong."""

import math
from typing import Any

import pytest
from msgspec.structs import replace

from evtui.core import values
from evtui.core.errors import BadEventNameError, BadParamsError
from evtui.core.values import NO_PARAMS, Params, Socket, Subscription, check_event_name


@pytest.mark.parametrize("value", [True, False, b"bytes", [1], {"a": 1}, (1,), math.nan, math.inf, -math.inf, object()])
def test_a_value_is_an_int_a_finite_float_text_or_null(value: Any) -> None:
    with pytest.raises(BadParamsError, match="value 2 is"):
        Params((1, value))


@pytest.mark.parametrize("names", [("a",), ("a", "b", "c")])
def test_all_values_are_named_or_none(names: tuple[str, ...]) -> None:
    with pytest.raises(BadParamsError, match=f"{len(names)} names for 2 values"):
        Params((1, 2), names)


@pytest.mark.parametrize("name", [1, None, b"a"])
def test_a_name_is_text(name: Any) -> None:
    with pytest.raises(BadParamsError, match=r"name (\d+ )?is text"):
        Params((1,), (name,))


def test_names_that_were_seen_before_are_checked_like_new_ones() -> None:
    for _ in range(2):
        assert Params((1, "xyz"), ("seen", "before")).text_size == len("seenbeforexyz")
        with pytest.raises(BadParamsError, match="2 names for 1 values"):
            Params((1,), ("seen", "before"))


@pytest.mark.parametrize("names", [(), ("one", "two", "three")])
def test_the_characters_of_its_texts_and_names_are_counted_whatever_is_given(names: tuple[str, ...]) -> None:
    for given in (0, 99):
        for numbers in ((1, None), (1.5, None)):
            assert Params(("abcd", *numbers), names, given).text_size == 4 + sum(map(len, names))
    assert Params(("abcd",)) == Params(("abcd",), (), 99)
    assert replace(Params(("abcd",)), values=("a",)).text_size == 1


def test_a_name_that_cannot_be_hashed_is_refused() -> None:
    unhashable: Any = ([],)
    with pytest.raises(BadParamsError, match="name 1 is text, not list"):
        Params((1,), unhashable)


def test_names_without_end_are_checked_and_not_all_kept() -> None:
    for number in range(2_000):
        assert Params((number,), (f"name{number:04}",)).text_size == 8
    assert len(values._KNOWN_NAMES) <= 501  # pyright: ignore[reportPrivateUsage] - its bound is the promise
    long = ("x" * 2_000,)
    assert Params(("y",), long).text_size == 2_001
    assert long not in values._KNOWN_NAMES  # pyright: ignore[reportPrivateUsage] - as above


def test_duplicate_and_empty_names_are_kept_in_order() -> None:
    params = Params((1, 2, 3), ("a", "", "a"))
    assert list(params.pairs()) == [("a", 1), ("", 2), ("a", 3)]


def test_values_without_names_pair_with_none() -> None:
    assert list(Params((1, None)).pairs()) == [(None, 1), (None, None)]


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (None, NO_PARAMS),
        ({}, NO_PARAMS),
        ([], NO_PARAMS),
        ({"ip": "192.0.2.1", "count": 3}, Params(("192.0.2.1", 3), ("ip", "count"))),
        (["x", 2, None, 1.5], Params(("x", 2, None, 1.5))),
        (Params((1,), ("a",)), Params((1,), ("a",))),
    ],
)
def test_params_are_made_of_a_mapping_a_sequence_params_or_nothing(given: Any, made: Params) -> None:
    assert Params.of(given) == made


@pytest.mark.parametrize("given", ["text", b"bytes", 1, 1.5, {1, 2}, iter([1]), object()])
def test_params_are_not_made_of_anything_else(given: Any) -> None:
    with pytest.raises(BadParamsError, match="a mapping, a sequence of values"):
        Params.of(given)


def test_a_mapping_with_a_name_that_is_not_text_is_refused() -> None:
    given: Any = {1: "x"}
    with pytest.raises(BadParamsError, match=r"name (\d+ )?is text"):
        Params.of(given)


def test_a_value_cannot_be_changed() -> None:
    params: Any = Params((1,))
    with pytest.raises(AttributeError):
        params.values = (2,)


@pytest.mark.parametrize("name", ["E", "E" * 64, "é" * 32, "with space\nand line", "\udcff"])
def test_a_name_of_up_to_64_bytes_can_be_published(name: str) -> None:
    assert check_event_name(name) == name


@pytest.mark.parametrize(("name", "why"), [("", "it is empty"), ("E" * 65, "65 bytes"), ("é" * 33, "66 bytes")])
def test_a_name_that_is_empty_or_longer_is_refused(name: str, why: str) -> None:
    with pytest.raises(BadEventNameError, match=why):
        check_event_name(name)


def test_sockets_match_when_all_their_parts_are_equal() -> None:
    socket = Socket("unix", "/tmp/ev")
    assert socket == Socket("unix", "/tmp/ev")
    assert socket != Socket("unix", "/tmp/ev2")
    assert socket != Socket("udp", "/tmp/ev")
    assert str(socket) == "unix:/tmp/ev"


def test_a_subscription_without_expiry_is_permanent() -> None:
    subscription = Subscription("E", Socket("udp", "127.0.0.1:9"))
    assert (subscription.expire, subscription.expires_at) == (None, None)
