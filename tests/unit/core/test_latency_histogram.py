"""Percentiles of latencies against the sorted list."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.core.latency_histogram import BUCKETS, LatencyHistogram


def filled(latencies: list[float]) -> LatencyHistogram:
    histogram = LatencyHistogram()
    for latency in latencies:
        histogram.add(latency)
    return histogram


def test_without_latencies_there_is_no_percentile() -> None:
    assert LatencyHistogram().percentile(99) is None


def test_a_latency_that_a_server_does_not_tell_is_not_counted() -> None:
    histogram = filled([math.nan, 0.5, math.nan])
    assert histogram.number == 1
    assert histogram.percentile(50) == 0.5


def test_a_percentile_is_the_latency_that_so_many_did_not_exceed() -> None:
    histogram = filled([0.001] * 98 + [0.1, 2.0])
    assert histogram.percentile(50) == pytest.approx(0.001, rel=0.05)
    assert histogram.percentile(99) == pytest.approx(0.1, rel=0.05)
    assert histogram.percentile(100) == pytest.approx(2.0, rel=0.05)


@given(st.lists(st.floats(1e-6, 1000), min_size=1), st.sampled_from((1, 50, 95, 99, 100)))
def test_a_percentile_is_wrong_by_five_percent_at_most(latencies: list[float], percent: int) -> None:
    exact = sorted(latencies)[max(1, math.ceil(len(latencies) * percent / 100)) - 1]
    assert filled(latencies).percentile(percent) == pytest.approx(exact, rel=0.05)


@given(st.lists(st.floats(0, 1e9), min_size=1))
def test_no_percentile_lies_outside_of_what_was_added(latencies: list[float]) -> None:
    histogram = filled(latencies)
    for percent in (0, 50, 100):
        found = histogram.percentile(percent)
        assert found is not None
        assert min(latencies) <= found <= max(latencies)


def test_any_number_of_latencies_takes_the_same_memory() -> None:
    histogram = LatencyHistogram()
    for number in range(100_000):
        histogram.add(number / 1000)
    assert len(histogram._counts) <= BUCKETS  # pyright: ignore[reportPrivateUsage]
    assert histogram.percentile(50) == pytest.approx(50, rel=0.05)
