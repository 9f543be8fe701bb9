"""Watch rules against a plain model that remembers everything and looks at it anew at each step."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evtui.filters.rules.parse_rule import parse_rule
from evtui.filters.rules.rule_state import QUEUE_CALM, Queue, RuleState

STEPS = st.lists(st.tuples(st.sampled_from((0, 1, 1, 2, 5, 9)), st.integers(0, 3)), max_size=60)
"""Seconds that pass, and rows that come then; 0 is a look at the clock."""


def condition(kind: str, hits: Sequence[float], now: float) -> bool:
    if kind == "often":
        return sum(1 for at in hits if now - at < 5) > 2
    return now - max([0.0, *hits]) >= 5


def recovered(kind: str, hits: Sequence[float], now: float) -> bool:
    """Say whether the condition held at no time of the calm time until now."""
    if kind == "silence":
        return not condition(kind, hits, now)
    # It holds from a row on until the third newest row is 5 s old: look at each tenth of a second.
    return not any(
        condition(kind, [at for at in hits if at <= moment], moment)
        for tenth in range(50)
        if (moment := now - tenth / 10) >= 0
    )


def model(kind: str, every: float | None, steps: Sequence[tuple[int, int]]) -> list[bool]:
    hits: list[float] = []
    fired: list[bool] = []
    now = 0.0
    fired_at: float | None = None

    def look() -> bool:
        nonlocal fired_at
        holds = condition(kind, hits, now)
        if holds and (fired_at is None or (every is not None and now - fired_at >= every)):
            fired_at = now
            return True
        if not holds and fired_at is not None and recovered(kind, hits, now):
            fired_at = None
        return False

    for passed, rows in steps:
        now += passed
        before = look()
        if rows:
            hits += [now] * rows
            before = look() or before
        fired.append(before)
    return fired


@example([(0, 1), (4, 2), (5, 1), (1, 2)], "often", None)  # a row that comes after it held does not make it hold longer
@given(STEPS, st.sampled_from(("often", "silence")), st.sampled_from((None, 3.0)))
def test_a_rule_fires_as_the_model_does(steps: list[tuple[int, int]], kind: str, every: float | None) -> None:
    text = "failed > 2 in 5 s" if kind == "often" else "no failed for 5 s"
    state = RuleState(parse_rule(text + (" every 3 s" if every else ""), 0.0), 0.0)
    now, found = 0.0, list[bool]()
    for passed, rows in steps:
        now += passed
        found.append(state.hit(now, rows) if rows else state.look(now))
    assert found == model(kind, every, steps)
    assert state.fired == sum(found)
    assert state.rows == sum(rows for _, rows in steps)


def test_it_fires_once_and_again_only_after_it_recovered() -> None:
    state = RuleState(parse_rule("failed > 1 in 10 s", 0.0), 0.0)
    assert [state.hit(at, 1) for at in (1.0, 2.0, 3.0, 4.0)] == [False, True, False, False]
    assert not state.hit(14.5, 1)
    assert not state.hit(15.0, 1)  # more than one again, but it was not calm for 10 s
    assert [(state.look(at), state.is_firing) for at in (34.4, 34.5)] == [(False, True), (False, False)]
    assert not state.hit(35.0, 1)
    assert state.hit(36.0, 1)


def test_silence_fires_with_no_record_at_all() -> None:
    state = RuleState(parse_rule("no E_HEARTBEAT for 60 s", 0.0), 100.0)
    assert not state.look(159.9)
    assert state.look(160.0)
    assert not state.look(500.0)
    assert not state.hit(501.0, 1)
    assert not state.look(560.0)
    assert state.look(561.0)


def test_silence_that_ended_between_two_looks_fires() -> None:
    state = RuleState(parse_rule("no E_HEARTBEAT for 60 s", 0.0), 0.0)
    assert state.hit(75.0, 1)
    assert not state.is_firing


@pytest.mark.parametrize(("text", "low", "high"), [
    ("queue > 80 %", (5, 80.0), (5, 80.1)), ("queue >= 10", (9, 99.0), (10, 1.0)), ("queue < 3", (3, 50.0), (2, 50.0)),
])  # fmt: skip
def test_a_queue_fires_beyond_its_level(text: str, low: tuple[int, float], high: tuple[int, float]) -> None:
    state = RuleState(parse_rule(text, 0.0), 0.0)
    queue = state.condition
    assert isinstance(queue, Queue)
    fired: list[bool] = []
    for now, (queued, percent) in enumerate((low, high, high, low, high)):
        queue.look(float(now), queued, percent)
        fired.append(state.look(float(now)))
    assert fired == [False, True, False, False, False]
    queue.look(10.0, *low)
    queue.look(10.0 + QUEUE_CALM, *low)
    state.look(10.0 + QUEUE_CALM)
    queue.look(30.0, *high)
    assert state.look(30.0)


def test_a_queue_that_is_not_told_fires_nothing() -> None:
    state = RuleState(parse_rule("queue < 80 %", 0.0), 0.0)
    assert isinstance(state.condition, Queue)
    state.condition.look(1.0, None, None)
    assert not state.look(1.0)


def test_a_queue_may_have_to_be_beyond_its_level_for_a_time() -> None:
    state = RuleState(parse_rule("queue > 5 for 30 s", 0.0), 0.0)
    queue = state.condition
    assert isinstance(queue, Queue)
    fired: list[bool] = []
    for now, queued in ((0, 9), (20, 9), (25, 0), (26, 9), (50, 9), (56, 9)):
        queue.look(float(now), queued, None)
        fired.append(state.look(float(now)))
    assert fired == [False, False, False, False, False, True]
