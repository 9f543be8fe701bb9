"""Placeholders in the values of a raise."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.core.values import Params
from evtui.raising.placeholders import BadPlaceholderError, Sample, literal_params, literal_text, parse_template
from evtui.raising.random_pick import pick

SAMPLE = Sample(7, 1_790_000_000.25, lambda low, high: high)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("call {n} of {n}", "call 7 of 7"),
        ("{now}", "2026-09-21T14:13:20.250Z"),
        ("{now:s} {now:ms}", "1790000000 1790000000250"),
        ("{rand:-3-12}", "12"),
        ("{rand:-3--1}", "-1"),
        ("{choice:a|b c|}", ""),
        ("{choice:only}", "only"),
        ("{{n}", "{n}"),
        ("{{{n}", "{7"),
        ('{"a":{"b":[1,{}]}}', '{"a":{"b":[1,{}]}}'),
        ("{", "{"),
        ("{n", "{n"),
        ("{ n}", "{ n}"),
        ("}}", "}}"),
    ],
)
def test_a_placeholder_is_filled_and_any_other_brace_stays(text: str, filled: str) -> None:
    assert parse_template(text).fill(SAMPLE) == filled


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        ("ab{no}", 3, "{no} is not a placeholder: known are {n} {uuid}"),
        ("{N}", 1, "{N} is not a placeholder"),
        ("{{x}{y}", 5, "write {{y"),
        ("{n:3}", 1, "takes nothing"),
        ("{now:h}", 1, "{now:ms}"),
        ("{now:}", 1, "{now:ms}"),
        ("{rand}", 1, "two whole numbers"),
        ("{rand:a-b}", 1, "two whole numbers"),
        ("{rand:5-1}", 1, "larger"),
        ("{choice}", 1, "needs words"),
        ("{choice:}", 1, "needs words"),
    ],
)
def test_a_wrong_placeholder_is_pointed_at(text: str, column: int, why: str) -> None:
    with pytest.raises(BadPlaceholderError) as caught:
        parse_template(text)
    assert caught.value.column == column
    assert why in caught.value.reason


def test_a_uuid_is_one_of_version_4_and_never_the_same() -> None:
    template = parse_template("{uuid}")
    found = {template.fill(Sample(1, 0.0, pick)) for _ in range(200)}
    assert len(found) == 200
    assert {uuid.UUID(text).version for text in found} == {4}
    assert {uuid.UUID(text).variant for text in found} == {uuid.RFC_4122}


def test_random_numbers_reach_both_bounds_and_no_others() -> None:
    template = parse_template("{rand:1-3}")
    assert {template.fill(Sample(1, 0.0, pick)) for _ in range(300)} == {"1", "2", "3"}


@given(st.text(alphabet=st.sampled_from('{}n:ab1-|" ')))
def test_a_literal_text_is_what_it_was(text: str) -> None:
    assert parse_template(literal_text(text)).fill(SAMPLE) == text


def test_only_texts_that_hold_a_placeholder_are_written_otherwise() -> None:
    params = Params(("{n}", 3, '{"a":1}', None), ("a", "b", "c", "d"))
    assert literal_params(params) == Params(("{{n}", 3, '{"a":1}', None), params.names)
    assert not re.search("{n", str(literal_params(Params(("x",)))))
