"""What is used of a filter while it is typed, and what is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.ui.stream.filters.filter_typing import FilterTyping
from tests.unit.filters.filter_records import NOW, RECORDS

TYPING = FilterTyping(lambda: list(RECORDS.values()), lambda: NOW)


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("", ""),
        ("pike", "pike"),
        ("event=E_CALL and", "event=E_CALL "),
        ("event=E_CALL and not ", "event=E_CALL "),
        ("event=E_CALL and not outcome=", "event=E_CALL "),
        ("pike (a or b", "pike (a or b)"),
        ("pike (a or", "pike (a )"),
        ("pike and (", "pike "),
        ("latency>", ""),
        ("latency>5", None),
        ("pike (latency>5", None),
        ("pike) a", None),
    ],
)
def test_what_is_used_of_a_text_whose_end_is_still_typed(text: str, usable: str | None) -> None:
    assert TYPING.usable(text) == usable


def test_what_is_wrong_in_an_open_bracket_is_told_before_that_it_is_open() -> None:
    error = TYPING.problem("pike (latency>5")
    assert error is not None
    assert error.column == 15


@given(st.lists(st.sampled_from(("a", "and", "or", "not", "(", ")", "event=", "n<", "x", '"', " "))).map("".join))
def test_what_is_usable_is_right(text: str) -> None:
    usable = TYPING.usable(text)
    assert usable is None or TYPING.problem(usable) is None
