"""The name of a server stands in all that it tells, and records of two servers are never taken for each other."""

import math

from evtui.backends.fleet.merged_states import added, merged_events, merged_raise, merged_use
from evtui.backends.fleet.named_records import MOST_PLANS, ServerNames
from evtui.core.ports import EventState, OutboxState, QueueUse, SubscriptionState
from evtui.core.records import (
    DispatchGroup,
    DispatchPlan,
    Expired,
    Failure,
    Published,
    Raised,
    Record,
    Refreshed,
    Refused,
    Restarted,
    Retrying,
    Settled,
    Subscribed,
    SubscriberTest,
    Unsubscribed,
    raise_key,
    server_of,
)
from evtui.core.values import NO_PARAMS, Event, Socket, Subscription

SOCKET = Socket("udp", "127.0.0.1:9")
SUBSCRIPTION = Subscription("E_A", SOCKET, 60, 1.0)
PLAN = DispatchPlan(("jsonrpc",), (DispatchGroup((SOCKET,), 0),), 1)
RAISED = Raised(7, 1.0, "E_A", NO_PARAMS, PLAN, (b"{}",), (math.nan,))
RECORDS: tuple[Record, ...] = (
    RAISED,
    Raised(8, 1.0, "E_A", NO_PARAMS, DispatchPlan(), (), ()),
    Published(1.0, "E_A"),
    Refused(1.0, "E_A", NO_PARAMS, "why"),
    Restarted(1.0, 2.0),
    Settled(7, 1.0, "E_A", SOCKET, "sent", 0.1),
    Retrying(1.0, "E_A", SOCKET, 7, 7, 1, 1, "why", 1.0),
    *(kind(1.0, SUBSCRIPTION) for kind in (Subscribed, Refreshed, Unsubscribed, Expired)),
)


def test_every_kind_of_record_names_its_server() -> None:
    names = ServerNames("edge1")
    assert [server_of(names.record(record)) for record in RECORDS] == ["edge1"] * len(RECORDS)
    assert [server_of(record) for record in RECORDS] == [""] * len(RECORDS)


def test_the_raises_of_one_plan_share_one_plan_again() -> None:
    names = ServerNames("edge1")
    first, second = names.raised(RAISED), names.raised(RAISED)
    assert first.plan is second.plan
    assert first.plan.groups[0].sockets == (Socket("udp", "127.0.0.1:9", "edge1"),)
    assert first.payloads is RAISED.payloads


def test_plans_are_remembered_up_to_a_bound() -> None:
    names = ServerNames("edge1")
    for number in range(MOST_PLANS + 10):
        plan = DispatchPlan(("text",), (DispatchGroup((Socket("udp", str(number)),), 0),), 1)
        named = names.raised(Raised(number, 1.0, "E_A", NO_PARAMS, plan, (b"",), (0.0,)))
        assert named.plan.groups[0].sockets[0].address == str(number)


def test_the_same_serial_and_socket_at_two_servers_are_two_raises_and_two_subscribers() -> None:
    one, two = (ServerNames(name).raised(RAISED) for name in ("a", "b"))
    assert raise_key(one) != raise_key(two)
    assert one.plan.groups[0].sockets != two.plan.groups[0].sockets
    settled = ServerNames("a").record(RECORDS[5])
    assert isinstance(settled, Settled)
    assert raise_key(settled) == raise_key(one)


def test_states_and_answers_name_it_too() -> None:
    names = ServerNames("a")
    (state,) = names.subscriptions([SubscriptionState(SUBSCRIPTION, outbox=OutboxState(SOCKET))])
    assert state.outbox is not None
    assert (state.subscription.server, state.outbox.socket.server) == ("a", "a")
    assert [each.server for each in names.events([EventState(Event(0, "E_A"))])] == ["a"]
    assert names.test(SubscriberTest("E_A", SOCKET, 1, "sent")).socket.server == "a"


def test_catalogues_are_merged_by_name_and_keep_what_each_server_tells() -> None:
    one = [EventState(Event(0, "E_A"), 1, 5, last_at=1.0), EventState(Event(1, "E_B"), 0, None)]
    two = [EventState(Event(0, "E_B"), 2, None, received=3), EventState(Event(1, "E_A"), None, 2, last_at=9.0)]
    merged = merged_events([ServerNames("a").events(one), ServerNames("b").events(two)])
    assert [(each.event.id, each.event.name) for each in merged] == [(0, "E_A"), (1, "E_B")]
    first, second = merged
    assert (first.subscribers, first.raised, first.last_at) == (1, 7, 9.0)
    assert [(part.server, part.raised) for part in first.parts] == [("a", 5), ("b", 2)]
    assert (second.subscribers, second.raised, second.received) == (2, None, 3)


def test_a_sum_is_of_what_is_told() -> None:
    assert added([1, None, 2]) == 3
    assert added([None, None]) is None
    assert merged_use([QueueUse(1, 10), QueueUse(2, 20)]) == QueueUse(3, 30)
    assert merged_use([QueueUse(1, 10), QueueUse()]) == QueueUse()


def test_an_answer_of_several_servers_lists_all_deliveries() -> None:
    failed = Raised(3, 2.0, "E_A", NO_PARAMS, PLAN, (b"[]",), (0.5,), (Failure(0, 0, "ENOENT"),))
    merged = merge_two(failed)
    told = [(each.socket.server, each.payload, each.error) for each in merged.deliveries()]
    assert told == [("a", b"{}", None), ("b", b"[]", "ENOENT")]
    assert merged.subscribers == 2


def merge_two(other: Raised) -> Raised:
    return merged_raise([ServerNames("a").raised(RAISED), ServerNames("b").raised(other)])
