"""Deliveries to one subscription, measured from the records of a stream and from new ones."""

from msgspec.structs import replace

from evtui.core.records import DispatchGroup, DispatchPlan, Failure, Raised, Record
from evtui.core.values import NO_PARAMS, Socket
from evtui.ui.detail.delivery_meter import MAX_FAILURES, SECONDS, DeliveryMeter
from evtui.ui.stream.stream_view import StreamView
from tests.unit.ui.records import REFUSED, SOCKETS, TCP, queued, settled

UDP = SOCKETS[0]


def served(
    at: float, latency: float = 0.001, *, failed: str = "", event: str = "E_TEST", socket: Socket = UDP
) -> Raised:
    """Write a raise that another subscriber of the same event was served first."""
    plan = DispatchPlan(
        ("text", "jsonrpc"), (DispatchGroup((SOCKETS[2],), 0), DispatchGroup((SOCKETS[1], socket), 1)), 3
    )
    failures = (Failure(1, 1, failed),) if failed else (Failure(1, 0, "of another"),)
    return Raised(1, at, event, NO_PARAMS, plan, (b"a", b"b"), (0.5, latency), failures)


def meter(socket: Socket = UDP, *past: Record) -> DeliveryMeter:
    view = StreamView()
    view.take(past)
    made = DeliveryMeter("E_TEST", socket)
    made.read(view.rows)
    return made


def test_the_past_and_what_is_new_are_counted_by_the_second() -> None:
    measured = meter(UDP, served(100.0), served(100.9), served(102.0))
    measured.take([served(103.5)])
    assert measured.history(104.0)[-4:] == (2, 0, 1, 1)
    assert len(measured.history(104.0)) == SECONDS


def test_other_events_and_other_sockets_are_not_counted() -> None:
    measured = meter(UDP, served(1.0, event="E_OTHER"), served(1.0, socket=Socket("udp", "192.0.2.1:1")), queued())
    assert measured.latencies.number == 0
    assert not measured.failures


def test_latencies_are_those_of_the_group_of_the_socket() -> None:
    measured = meter(UDP, *(served(1.0, 0.002) for _ in range(9)), served(1.0, failed=REFUSED))
    assert measured.latencies.number == 9
    assert measured.latencies.percentile(99) == 0.002


def test_the_last_failures_are_kept_with_their_reason() -> None:
    measured = meter(UDP, *(served(float(number), failed=f"{number}: {REFUSED}") for number in range(8)))
    assert [end.failure for end in measured.failures] == [f"{number}: {REFUSED}" for number in range(3, 8)]
    assert len(measured.failures) == MAX_FAILURES


def test_a_queued_delivery_is_counted_once_when_it_is_settled() -> None:
    raises = [queued(serial) for serial in (1, 2, 3)]
    ends = [
        replace(settled(1, latency=0.2), at=5.0),
        replace(settled(2, "dropped", reason="queue full"), at=6.0),
        replace(settled(3, latency=0.4), at=7.0),
    ]
    measured = meter(TCP[0], *raises, *ends[:2])
    assert measured.latencies.number == 1
    measured.take(ends[2:])
    assert measured.latencies.number == 2
    assert measured.history(8.0)[-3:] == (1, 0, 1)
    assert [end.failure for end in measured.failures] == ["dropped: queue full"]


def test_plans_that_change_all_the_time_are_not_kept_for_ever() -> None:
    measured = DeliveryMeter("E_TEST", UDP)
    measured.take(served(float(number)) for number in range(1000))
    assert measured.latencies.number == 1000
    assert len(measured._places) <= 64  # pyright: ignore[reportPrivateUsage]
