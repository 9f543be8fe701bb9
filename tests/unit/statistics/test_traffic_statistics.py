"""What is measured of a backend: exact counters, who stands out, and what cannot be known."""

import pytest
from msgspec.structs import replace

from evtui.core.fleet_port import ServerState
from evtui.core.ports import EventState, OutboxState, Status, SubscriptionState
from evtui.core.values import Event, Socket, Subscription
from evtui.statistics.followed_counters import FollowedCounters
from evtui.statistics.traffic_statistics import COUNTED, TrafficStatistics

HOST = Socket("udp", "127.0.0.1:9000")
BROKER = Socket("rabbitmq", "127.0.0.1/key")


def event(name: str, raised: int, sent: int = 0) -> EventState:
    return EventState(Event(0, name), raised=raised, sent=sent)


def subscriber(sent: int = 0, failed: int = 0, dropped: int = 0, error: str | None = None) -> SubscriptionState:
    subscription = Subscription("E_ONE", HOST, None)
    return SubscriptionState(subscription, sent=sent, failed=failed, dropped=dropped, last_error=error)


def polled(
    statistics: TrafficStatistics, now: float, status: Status, *events: EventState,
    subs: tuple[SubscriptionState, ...] = (),
) -> None:  # fmt: skip
    statistics.take_states(status, events, subs, now, lost=status.dropped, received=0)


def grown(statistics: TrafficStatistics, name: str) -> float:
    place = [*COUNTED].index(name)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    return statistics.totals.grown(place, statistics.now - 900, statistics.now)


def test_the_counters_of_an_own_engine_begin_at_zero() -> None:
    statistics = TrafficStatistics()
    statistics.begin(100.0)
    polled(statistics, 100.2, Status("embedded", raised=5, sent=4, failed=1, dropped=2, no_subscribers=3, refused=6),
           event("E_ONE", 5, 4), subs=(subscriber(4, 1, 2, "ENOENT"),))  # fmt: skip
    assert [grown(statistics, name) for name in COUNTED] == [5, 4, 1, 2, 3, 6, 0]
    assert [talker.raised for talker in statistics.talkers(60, by_deliveries=False, most=5)] == [5]
    failing = statistics.failing(60, 5)[0]
    assert (failing.failed, failing.lost, failing.error) == (1, 2, "ENOENT")


def test_the_counters_of_another_process_begin_as_they_are_found() -> None:
    statistics = TrafficStatistics()
    statistics.begin(100.0)
    server = Status("unix:/run/mi.sock", tells_all=False, raised=5_000, sent=4_000, dropped=7)
    polled(statistics, 100.2, server)
    polled(statistics, 101.2, Status("unix:/run/mi.sock", tells_all=False, raised=5_003, sent=4_001, dropped=7))
    assert [grown(statistics, name) for name in ("raised", "delivered", "lost")] == [3, 1, 0]


def test_what_a_server_of_a_fleet_had_counted_before_it_joined_did_not_happen_now() -> None:
    statistics = TrafficStatistics()

    def poll(now: float, **raised: int) -> None:
        servers = tuple(ServerState(name, "", "live" if name in raised else "starting") for name in ("a", "b"))
        parts = tuple(replace(event("E_ONE", number, number), server=name) for name, number in raised.items())
        status = Status("2 servers", raised=sum(raised.values()), sent=sum(raised.values()), servers=servers)
        merged = replace(event("E_ONE", sum(raised.values())), parts=parts)
        polled(statistics, now, status, *((merged,) if parts else ()))

    poll(1.0)
    poll(2.0, a=500)
    poll(3.0, a=501)
    poll(4.0, a=501, b=7_000)
    poll(5.0, a=502, b=7_003)
    assert [grown(statistics, name) for name in ("raised", "delivered")] == [5, 5]
    (talker,) = statistics.talkers(60, by_deliveries=False, most=5)
    assert (talker.event, talker.raised, talker.delivered) == ("E_ONE", 5, 5)


def test_what_is_not_told_is_no_zero() -> None:
    statistics = TrafficStatistics()
    status = Status("udp:x", tells_all=False, raised=None, sent=None, failed=None, dropped=None, queued=None)
    polled(statistics, 1.0, status, EventState.seen(Event(0, "E_ONE"), 3, None, None))
    polled(statistics, 2.0, status, EventState.seen(Event(0, "E_ONE"), 8, None, None))
    assert [name for name in COUNTED if statistics.is_told(name)] == ["received"]
    assert statistics.is_received
    assert statistics.waiting.newest is None
    assert not statistics.tells_latencies
    assert not statistics.tells_losses
    talker = statistics.talkers(60, by_deliveries=False, most=5)[0]
    assert (talker.raised, talker.delivered) == (5, None)


def test_of_a_mixed_fleet_what_was_received_is_counted_and_only_what_is_told_is_delivered() -> None:
    statistics = TrafficStatistics()
    servers = ServerState("a", "unix:/a"), ServerState("b", "udp:h:1", tells_all=False)

    def poll(now: float, raised: int, received: int) -> None:
        status = Status("2 servers", tells_all=False, raised=raised, sent=raised, servers=servers)
        told = replace(event("E_BOTH", raised, raised), server="a")
        seen = replace(EventState.seen(Event(0, "E_BOTH"), received, None, None), server="b")
        both = replace(told, server="", parts=(told, seen))
        alone = replace(event("E_TOLD", raised, raised), parts=(replace(event("E_TOLD", raised, raised), server="a"),))
        polled(statistics, now, status, both, alone)

    poll(1.0, 100, 10)
    poll(2.0, 103, 14)
    assert (statistics.is_received, statistics.told_by) == (True, "1 of 2")
    talkers = {each.event: each for each in statistics.talkers(60, by_deliveries=False, most=5)}
    assert (talkers["E_BOTH"].raised, talkers["E_BOTH"].delivered) == (3 + 4, None)
    assert (talkers["E_TOLD"].raised, talkers["E_TOLD"].delivered) == (3, 3)


def test_raises_before_a_server_told_them_are_not_of_now() -> None:
    statistics = TrafficStatistics()
    server = (ServerState("a", "unix:/a"),)
    for now, part in (
        (1.0, EventState.seen(Event(0, "E_ONE"), 0, None, None)), (2.0, event("E_ONE", 500, 500)),
        (3.0, event("E_ONE", 502, 501)),
    ):  # fmt: skip
        told = replace(part, server="a")
        polled(statistics, now, Status("1 server", servers=server), replace(told, server="", parts=(told,)))
    (talker,) = statistics.talkers(60, by_deliveries=False, most=5)
    assert (talker.raised, talker.delivered) == (2, 1)


def test_the_talkers_are_sorted_by_raises_or_by_deliveries() -> None:
    statistics = TrafficStatistics()
    statistics.begin(0.0)
    events = event("E_MANY_RAISES", 9, 1), event("E_MANY_SUBSCRIBERS", 2, 40), event("E_NONE", 0)
    polled(statistics, 1.0, Status("embedded"), *events)
    by_raises = [each.event for each in statistics.talkers(60, by_deliveries=False, most=5)]
    by_deliveries = [each.event for each in statistics.talkers(60, by_deliveries=True, most=5)]
    assert by_raises == ["E_MANY_RAISES", "E_MANY_SUBSCRIBERS"]
    assert by_deliveries == ["E_MANY_SUBSCRIBERS", "E_MANY_RAISES"]
    assert len(statistics.talkers(60, by_deliveries=True, most=1)) == 1


def test_what_is_older_than_the_span_is_not_counted() -> None:
    statistics = TrafficStatistics()
    statistics.begin(0.0)
    for second in range(0, 1000, 5):
        raised = 10 if second >= 80 else second // 10
        polled(statistics, float(second), Status("embedded", raised=raised), event("E_ONE", raised))
    assert grown(statistics, "raised") == 0
    assert statistics.talkers(900, by_deliveries=False, most=5) == []


def test_the_deepest_queues_are_those_that_wait_now_then_those_that_did() -> None:
    statistics = TrafficStatistics()
    other = Socket("tcp", "127.0.0.1:9")
    for second, depths in enumerate([(0, 900), (7, 0)]):
        boxes = OutboxState(BROKER, queued=depths[0]), OutboxState(other, queued=depths[1])
        polled(statistics, float(second), Status("embedded", queued=sum(depths), outboxes=boxes))
    found = [(queue.box.socket, queue.box.queued, queue.most) for queue in statistics.deepest(60, 5)]
    assert found == [(BROKER, 7, 7), (other, 0, 900)]
    assert (statistics.waiting.newest, statistics.waiting.most(0.0, 2.0)) == (7, 900)


def test_after_a_jump_of_a_recording_nothing_of_before_is_left() -> None:
    statistics = TrafficStatistics()
    polled(statistics, 1.0, Status("embedded", raised=5), event("E_ONE", 5))
    polled(statistics, 2.0, Status("embedded", raised=9), event("E_ONE", 9))
    statistics.start_over()
    assert statistics.since is None
    polled(statistics, 4.0, Status("embedded", raised=2), event("E_ONE", 2))
    assert statistics.talkers(60, by_deliveries=False, most=5) == []
    assert grown(statistics, "raised") == 0


def test_a_bounded_number_of_things_is_followed_and_the_others_are_counted() -> None:
    followed: FollowedCounters[int] = FollowedCounters(1, most=3)
    followed.take(dict.fromkeys(range(10), (0,)), 0.0, new_at_zero=False)
    followed.take(dict.fromkeys(range(10), (5,)), 1.0, new_at_zero=False)
    assert followed.grown(0.0, 1.0) == {0: (5.0,), 1: (5.0,), 2: (5.0,)}
    assert followed.left_out == 3
    # What has not grown for the longest span gives its place away.
    totals = dict.fromkeys(range(10), (5,)) | {8: (6,)}
    followed.take(totals, 902.0, new_at_zero=False)
    grown_since = followed.grown(2.0, 902.0)
    assert [*grown_since] == [8]
    assert grown_since[8][0] == pytest.approx(1.0, abs=0.01)
    assert followed.left_out == 0


def test_a_thing_that_is_idle_for_long_has_grown_when_it_did() -> None:
    followed: FollowedCounters[str] = FollowedCounters(1)
    for second in range(600):
        followed.take({"a": (3 if second < 500 else 90,)}, float(second), new_at_zero=True)
    assert followed.grown(0.0, 495.0) == {}
    assert followed.grown(495.0, 599.0) == {"a": (87.0,)}
