"""Latencies of what the subscribers got, measured in records."""

from math import nan

from msgspec.structs import replace

from evtui.core.latency_histogram import percentile_of
from evtui.core.records import DispatchGroup, DispatchPlan, Failure, Outcome, Raised, Record, Settled
from evtui.core.values import Params, Socket
from evtui.statistics.delivery_latencies import MOST_READ, MOST_SUBSCRIBERS, DeliveryLatencies

ONE, TWO, THREE = (Socket("udp", f"127.0.0.1:{port}") for port in (1, 2, 3))
PLAN = DispatchPlan(
    ("jsonrpc",), (DispatchGroup((ONE, TWO), 0), DispatchGroup((THREE,), 0, queued=True)), 3, 1
)  # fmt: skip


def raised(latency: float = 0.001, *failed: int) -> Raised:
    failures = tuple(Failure(0, place, "ENOENT") for place in failed)
    return Raised(1, 0.0, "E_ONE", Params(()), PLAN, (b"{}",), (latency, 0.0), failures)


def settled(latency: float, outcome: Outcome = "acknowledged") -> Settled:
    return Settled(1, 0.0, "E_ONE", THREE, outcome, latency)


def measured(*records: Record) -> dict[Socket, int]:
    latencies = DeliveryLatencies()
    latencies.take(records)
    latencies.flush(100.0)
    return {key[1]: counts.total() for key, counts in latencies.of_subscribers(90.0, 110.0)}


def test_each_delivery_in_place_counts_and_none_that_is_only_queued() -> None:
    assert measured(raised(), raised(), raised()) == {ONE: 3, TWO: 3}


def test_a_delivery_that_failed_has_no_latency() -> None:
    assert measured(raised(0.001, 0), raised(0.001)) == {ONE: 1, TWO: 2}
    assert measured(raised(0.001, 0, 1)) == {}


def test_a_queued_delivery_counts_when_the_subscriber_got_it() -> None:
    assert measured(raised(), settled(0.5), settled(9.0, "failed"), settled(9.0, "dropped")) == {
        ONE: 1,
        TWO: 1,
        THREE: 1,
    }


def test_what_a_server_does_not_tell_is_not_measured() -> None:
    record = replace(raised(), latencies=(nan, nan))
    assert measured(record, settled(nan)) == {}


def test_the_latencies_of_all_are_those_of_each_together() -> None:
    latencies = DeliveryLatencies()
    latencies.take([raised(0.001), raised(0.001, 1), settled(1.0)])
    latencies.flush(100.0)
    counts = latencies.all.counts(90.0, 110.0)
    assert counts.total() == 4
    fastest, slowest = percentile_of(counts, 50), percentile_of(counts, 99)
    assert fastest is not None
    assert slowest is not None
    assert abs(fastest - 0.001) < 0.0001
    assert abs(slowest - 1.0) < 0.1
    # What was flushed is not counted again.
    latencies.flush(101.0)
    assert latencies.all.counts(90.0, 110.0) == counts


def test_of_very_many_records_a_part_is_measured_evenly_and_that_is_told() -> None:
    latencies = DeliveryLatencies()
    latencies.read.add(99.0, (0, 0))
    records = [raised(0.001 if number % 2 else 0.1) for number in range(9 * MOST_READ)]
    latencies.take(records)
    latencies.flush(100.0)
    arrived, read = (latencies.read.grown(place, 0.0, 100.0) for place in (0, 1))
    assert (arrived, read) == (9 * MOST_READ, MOST_READ)
    counts = latencies.all.counts(90.0, 110.0)
    assert len(counts) == 2
    assert min(counts.values()) >= 0.45 * counts.total()


def test_a_bounded_number_of_subscribers_is_measured_and_the_others_are_counted() -> None:
    sockets = tuple(Socket("udp", f"127.0.0.1:{port}") for port in range(MOST_SUBSCRIBERS + 5))
    plan = DispatchPlan(("jsonrpc",), (DispatchGroup(sockets, 0),), len(sockets))
    record = replace(raised(), plan=plan, latencies=(0.001,))
    latencies = DeliveryLatencies()
    latencies.take([record])
    latencies.flush(100.0)
    assert len(list(latencies.of_subscribers(90.0, 110.0))) == MOST_SUBSCRIBERS
    assert latencies.left_out == 5
    assert latencies.all.counts(90.0, 110.0).total() == len(sockets)
    # A subscriber that got nothing for the longest span gives its place to another one.
    latencies.take([settled(0.5)])
    latencies.flush(2000.0)
    assert THREE in {key[1] for key, _ in latencies.of_subscribers(1900.0, 2010.0)}
