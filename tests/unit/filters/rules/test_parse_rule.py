"""The texts of watch rules: what is right, and where they are wrong."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.core.errors import BadRuleError
from evtui.filters.rules.parse_rule import parse_rule
from evtui.filters.rules.rule_types import OftenRule, QueueRule, SilenceRule


@pytest.mark.parametrize(("text", "least", "within", "every"), [
    ("failed > 3 in 10 s", 4, 10.0, None),
    ("E_PIKE_BLOCKED and ip=192.0.2.* > 5 in 1 min", 6, 60.0, None),
    ("(failed or dropped) >= 1,000 in 1h every 5 min", 1000, 3600.0, 300.0),
    ("latency>5ms > 3 in 10s", 4, 10.0, None),
    ("count>3 >= 1 in 1 s", 1, 1.0, None),
    ("queue > 3 in 10 s", 4, 10.0, None),
    ("failed", 1, 60.0, None),
    ("event=E_X and in=3 every 1 h", 1, 60.0, 3600.0),
])  # fmt: skip
def test_how_often(text: str, least: int, within: float, every: float | None) -> None:
    rule = parse_rule(text, 0.0)
    assert isinstance(rule.condition, OftenRule)
    assert (rule.condition.least, rule.condition.within, rule.every) == (least, within, every)
    assert rule.text == text


def test_silence_and_queues() -> None:
    silence = parse_rule(" no E_HEARTBEAT and node=a for 60 s ", 0.0)
    assert isinstance(silence.condition, SilenceRule)
    assert (silence.condition.span, silence.text) == (60.0, "no E_HEARTBEAT and node=a for 60 s")
    queue = parse_rule("queue >= 1,500 for 30 s every 1h", 0.0).condition
    assert isinstance(queue, QueueRule)
    assert (queue.sign, queue.level, queue.is_percent, queue.span) == (">=", 1500.0, False, 30.0)
    full = parse_rule("queue > 80 %", 0.0).condition
    assert isinstance(full, QueueRule)
    assert full.is_percent


@pytest.mark.parametrize(("text", "column", "why"), [
    ("failed > 3 in 10", 15, "a time is missing"),
    ("failed > 3 in ten s", 15, "a time is missing"),
    ("failed > 3 in", 14, "a time is missing"),
    ("failed > 3", 11, "in what time is missing"),
    ("failed > 3 in 10 s foo", 20, "nothing may stand here but"),
    ("failed > 0 in 1 y", 15, "a time has one of the units"),
    ("failed > 99999999 in 1 s", 8, "a rule counts 1 to 20,000 rows"),
    ("failed > 3 in 400 d", 15, "100 ms to 7 days"),
    ("(failed > 3 in 10 s", 9, "a bracket is not closed before > 3"),
    ("> 3 in 10 s", 1, "is missing before > 3"),
    ("no E_X", 7, "for how long is missing"),
    ("no E_X for x", 13, "for how long is missing"),
    ("queue > 101 %", 7, "0 to 100 %"),
    ("outcome=faild > 3 in 10 s", 9, "did you mean failed?"),
    ("", 1, "it is empty"),
    ("x" * 3000, 2001, "at most 2,000 characters"),
])  # fmt: skip
def test_what_is_wrong_is_told_at_its_column(text: str, column: int, why: str) -> None:
    with pytest.raises(BadRuleError) as error:
        parse_rule(text, 0.0)
    assert error.value.column == column
    assert why in error.value.why
    assert str(error.value).startswith("bad rule: column ")


WORDS = st.sampled_from([
    "failed", "E_X", ">", ">= 3", "> 3 in", "in", "10 s", "5 min", "no", "for", "queue", "80 %", "every", "and", "or",
    "not", "(", ")", '"', "a=", "=", "x=1", "~", "\0", "\udc80", "7",
])  # fmt: skip


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=40))
def test_any_text_is_a_rule_or_a_bad_rule(text: str) -> None:
    with suppress(BadRuleError):
        assert parse_rule(text, 0.0).text == text.strip()
