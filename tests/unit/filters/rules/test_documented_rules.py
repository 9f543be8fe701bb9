"""docs/watch-rules.md shows rules that are right, and names the settings and bounds as they are."""

import re

import pytest

from evtui.backends.rules.alert_command import MOST_CHARACTERS
from evtui.config.schema import AlertConfig
from evtui.filters.rules.parse_rule import MOST_ROWS, parse_rule
from evtui.filters.rules.rule_set import MAX_RULES
from tests.paths import ROOT

PAGE = (ROOT / "docs/watch-rules.md").read_text(encoding="utf-8")
EXAMPLES = next(iter(re.findall(r"^```rules\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))).splitlines()


@pytest.mark.parametrize("text", [*EXAMPLES, *re.findall(r"^[a-z]+ = \"(.* (?:in|for) .*)\"$", PAGE, re.MULTILINE)])
def test_the_examples_are_rules(text: str) -> None:
    assert parse_rule(text, 0.0).text == text


def test_the_page_tells_the_bounds_as_they_are() -> None:
    assert f"at most {MAX_RULES} rules" in PAGE
    assert f"up to {MOST_ROWS:,} rows" in PAGE
    assert f"{MOST_CHARACTERS:,} characters" in PAGE.replace("\n  ", " ")
    assert f"`alert.timeout` seconds ({AlertConfig().timeout:g})" in PAGE
    assert f"`alert.parallel` of them ({AlertConfig().parallel})" in PAGE
