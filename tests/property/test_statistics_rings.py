"""What the rings of the statistics keep: whatever happens when, nothing within the span is lost, and all is bounded."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.statistics.counter_ring import CounterRing
from evtui.statistics.gauge_ring import GaugeRing
from evtui.statistics.latency_ring import LatencyRing
from evtui.statistics.spans import column_edges

PAUSES = st.lists(st.floats(0.01, 40.0), max_size=60)
STEPS = st.lists(st.tuples(st.floats(0.01, 40.0), st.integers(0, 1_000)), min_size=1, max_size=60)


@given(STEPS, st.integers(1, 200), st.sampled_from((1.0, 10.0)))
def test_what_a_counter_grew_by_is_in_its_columns_and_in_nothing_else(
    steps: list[tuple[float, int]], columns: int, step: float
) -> None:
    ring, now, total = CounterRing(1, step, 10_000.0), 1000.0, 7
    ring.add(now, (total,))
    for pause, more in steps:
        now, total = now + pause, total + more
        ring.add(now, (total,))
    edges = column_edges(now, max(60.0, now - 990.0), columns)
    growth = ring.growth(0, (0.0, *edges))  # what is older than the columns, and the columns
    assert all(each >= -1e-6 for each in growth)
    assert sum(growth) == pytest.approx(total - 7)
    assert ring.grown(0, 0.0, now) == total - 7


@given(STEPS)
def test_a_counter_that_begins_again_loses_nothing_that_was_told(steps: list[tuple[float, int]]) -> None:
    ring, now, whole = CounterRing(1), 0.0, 0
    ring.add(now, (0,))
    before = 0
    for pause, told in steps:
        now += pause
        whole += told - before if told >= before else told
        ring.add(now, (told,))
        before = told
    assert ring.grown(0, 0.0 if now < 800 else now - 899, now) <= whole
    if now < 800:
        assert ring.grown(0, 0.0, now) == whole


@given(STEPS, st.sampled_from((1.0, 10.0)))
def test_no_ring_keeps_more_than_its_span(steps: list[tuple[float, int]], step: float) -> None:
    counters, gauge, latencies, now, total = (
        CounterRing(1, step, 60.0),
        GaugeRing(step, 60.0),
        LatencyRing(step, 60.0),
        0.0,
        0,
    )
    for pause, number in steps * 3:
        now, total = now + pause, total + number
        counters.add(now, (total,))
        gauge.add(now, number)
        latencies.add(now, {number % 248: 1})
    bound = 60 / step + 3
    assert len(counters._times) <= 2 * 60 / step + 3  # pyright: ignore[reportPrivateUsage]
    assert len(gauge._starts) <= bound  # pyright: ignore[reportPrivateUsage]
    assert len(latencies._slots) <= bound  # pyright: ignore[reportPrivateUsage]


@given(STEPS, st.integers(2, 100))
def test_the_peaks_of_a_queue_are_in_its_columns(steps: list[tuple[float, int]], columns: int) -> None:
    ring, now = GaugeRing(seconds=10_000.0), 1000.0
    told: list[tuple[float, int]] = []
    for pause, number in steps:
        now += pause
        ring.add(now, number)
        told.append((now, number))
    edges = column_edges(now, 2 * (now - 990.0), columns)
    found = [ring.most(since, until) for since, until in pairwise((*edges[:-1], now + 1))]
    assert max(each for each in found if each is not None) == max(number for _, number in told)
    assert ring.newest == told[-1][1]
    assert ring.most(0.0, 999.0) is None
    for at, number in told:
        assert (ring.most(at, at + 0.001) or 0) >= number


@given(st.lists(st.tuples(st.floats(0.01, 10.0), st.integers(0, 247), st.integers(1, 5)), min_size=1, max_size=60),
       st.integers(2, 100), st.sampled_from((1.0, 15.0)))  # fmt: skip
def test_every_latency_is_in_one_column(steps: list[tuple[float, int, int]], columns: int, step: float) -> None:
    ring, now, whole = LatencyRing(step), 1000.0, Counter[int]()
    for pause, bucket, number in steps:
        now += pause
        ring.add(now, {bucket: number})
        whole[bucket] += number
    edges = column_edges(now, 2 * (now - 990.0 + step), columns)
    found = Counter[int]()
    for counts in ring.columns(edges):
        found.update(counts)
    assert found == whole
    assert ring.counts(now - 900.0, now) == whole
    for since in (now - 900.0, now - 60.0, now - 45.0, now):
        assert ring.counts(since, now + step) == ring.columns((since, now + step))[0]


@given(st.floats(0.0, 1e9), st.sampled_from((60.0, 300.0, 900.0)), st.integers(1, 900))
def test_the_columns_of_a_span_are_in_order_and_cover_it(now: float, span: float, columns: int) -> None:
    edges = column_edges(now, span, columns)
    assert len(edges) == columns + 1
    assert all(earlier <= later + 1e-6 for earlier, later in pairwise(edges))
    assert edges[-1] == now
    length = span / columns
    assert now - span - 1e-6 <= edges[0] <= now - span + length + 1e-6
    # A moment later the columns are where they were: at most the oldest one has left.
    later = column_edges(now + length / 10, span, columns)
    assert later[1:-2] == edges[1:-2] or later[: columns - 1] == edges[1:columns]
