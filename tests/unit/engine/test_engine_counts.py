"""What monitoring asks the engine for: deliveries by transport and outcome, subscriptions, expiries, refusals."""

import pytest

from evtui.core.errors import NestingError
from evtui.core.values import NO_PARAMS
from evtui.engine.dispatch.event_dispatcher import MAX_NESTED
from tests.fakes.engine_fakes import FakeClock, FakeTransport, fake_engine


def test_what_is_sent_in_place_is_counted_by_scheme_over_all_changes_of_the_subscriptions() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", "E_B", transport=transport)
    engine.raise_event("E_A")
    engine.subscribe("E_A", "fake:a")
    engine.raise_event("E_A")
    engine.subscribe("E_A", "fake:b")
    engine.raise_event("E_A")
    engine.raise_event("E_A")
    engine.unsubscribe("E_A", "fake:a")
    engine.raise_event("E_A")
    engine.subscribe("E_B", "fake:a")
    engine.raise_event("E_B")
    assert engine.counts.deliveries() == {("fake", "sent"): 1 + 2 + 2 + 1 + 1}
    assert len(transport.sent) == 7


def test_a_failure_in_place_is_not_sent_and_counts_never_fall() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:a")
    engine.subscribe("E_A", "fake:b")
    transport.broken["b"] = "ECONNREFUSED"
    seen: list[tuple[int, int]] = []
    for _ in range(3):
        engine.raise_event("E_A")
        counts = engine.counts.deliveries()
        seen.append((counts["fake", "sent"], counts["fake", "failed"]))
    engine.unsubscribe("E_A", "fake:b")
    counts = engine.counts.deliveries()
    assert [*seen, (counts["fake", "sent"], counts["fake", "failed"])] == [(1, 1), (2, 2), (3, 3), (3, 3)]


def test_subscriptions_are_counted_by_scheme_and_expiries_apart_from_ends() -> None:
    clock = FakeClock()
    engine = fake_engine("E_A", clock=clock)
    engine.subscribe("E_A", "fake:a", 5)
    engine.subscribe("E_A", "fake:b", 5)
    engine.subscribe("E_A", "fake:b", 50)
    engine.subscribe("E_A", "fake:c")
    engine.unsubscribe("E_A", "fake:c")
    assert engine.counts.subscriptions()["fake"] == 2
    assert engine.counts.expired == 0
    clock.pass_by(6)
    engine.reap()
    assert engine.counts.subscriptions()["fake"] == 1
    assert engine.counts.expired == 1


def test_refused_raises_are_counted_by_cause() -> None:
    engine = fake_engine("E_A")
    engine.refuse_raise("E_A", NO_PARAMS, "read-only", "no")
    engine.refuse_raise("E_NONE", NO_PARAMS, "unknown event", "no")
    engine.dispatcher.depth = MAX_NESTED
    with pytest.raises(NestingError):
        engine.raise_event("E_A")
    assert engine.counts.refused() == {
        "nested": 1, "read-only": 1, "bad parameters": 0, "unknown event": 1, "not a notification": 0
    }  # fmt: skip
    assert engine.totals().refused == 3
