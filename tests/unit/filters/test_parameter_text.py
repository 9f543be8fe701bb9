"""The filter of one parameter finds the records that have it with that value, whatever its name is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.core.values import Params, Value
from evtui.filters.comparisons import NAMES
from evtui.filters.parameter_text import parameter_text
from evtui.filters.parse_filter import parse_filter
from evtui.filters.record_facts import RecordFacts
from tests.unit.filters.filter_records import NOW, raised

WORDS = st.sampled_from(
    [*NAMES, "and", "or", "not", "no", "attr.x", "subscriber", "my name", 'a"b\\', "ip", "x.y", "-"]
)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


def finds(text: str, params: Params) -> bool:
    return parse_filter(text, NOW).reduce(RecordFacts(raised("E_X", params)), NOW) is True


@given(st.one_of(WORDS, TEXTS), st.one_of(TEXTS, st.sampled_from(["*", "a?", '"', "\\", "0049"]), st.integers()))
def test_it_finds_that_value_of_that_parameter_alone(name: str, value: Value) -> None:
    text = parameter_text(name, 1, value)
    assert finds(text, Params((value,), (name,))), text
    assert not finds(text, Params((f"{value}x",), (name,))), text
    assert not finds(text, Params((value,), (f"{name}x",))), text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("callid", "05ebbf@192.0.2.7", "callid=05ebbf@192.0.2.7"),
        ("count", 3, "count=3"),
        ("reason", "too late", '"reason"="too late"'),
        (None, "a*", 'attr.2="a*"'),
    ],
)
def test_it_is_written_as_a_person_would_write_it(name: str | None, value: Value, text: str) -> None:
    assert parameter_text(name, 2, value) == text


def test_a_parameter_without_a_name_is_found_by_its_place() -> None:
    assert finds(parameter_text(None, 2, "b"), Params(("a", "b")))
    assert not finds(parameter_text(None, 2, "b"), Params(("b", "a")))
