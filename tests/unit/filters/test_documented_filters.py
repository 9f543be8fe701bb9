"""The examples in docs/filters.md and the words that it lists are those of the language."""

import re

import pytest

from evtui.core.records import Failure
from evtui.filters.comparisons import NAMES, OUTCOMES, SAME_NAMES
from evtui.filters.parse_filter import parse_filter
from evtui.filters.record_facts import KIND_WORDS
from tests.paths import ROOT
from tests.unit.filters.filter_records import NOW, PIKE, RECORDS, raised

PAGE = (ROOT / "docs" / "filters.md").read_text(encoding="utf-8")
EXAMPLES = next(iter(re.findall(r"^```filters\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))).splitlines()
FAILED = raised(params=PIKE.params, failures=(Failure(0, 0, "ECONNREFUSED: Connection refused"),))
SAMPLES = [*RECORDS.values(), FAILED]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_shows_some_records_and_not_all(text: str) -> None:
    assert {parse_filter(text, NOW).shows(record, NOW) for record in SAMPLES} == {True, False}


@pytest.mark.parametrize("text", re.findall(r"`([^`]*[=~<>][^`]*)`", PAGE.partition("## In the console")[0]))
def test_every_filter_in_the_prose_is_one(text: str) -> None:
    if text.strip("=~<>! ") and not text.startswith("name="):
        parse_filter(text.replace("NAME", "name"), NOW)


def test_the_page_names_all_words_of_the_language() -> None:
    for word in (*NAMES, *SAME_NAMES, *OUTCOMES, *KIND_WORDS):
        assert f"`{word}`" in PAGE
