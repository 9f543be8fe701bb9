"""The engine: which subscribers are served, in which order, for how long, and what is counted."""

import pytest

from evtui.core.errors import (
    BadEventNameError,
    BadExpireError,
    BadParamsError,
    BadSocketError,
    EngineClosedError,
    NestingError,
    UnknownEventError,
    UnknownSchemeError,
)
from evtui.core.records import Expired, Published, Raised, Refreshed, Refused, Subscribed, Unsubscribed
from evtui.core.values import Params
from evtui.engine.engine import Engine
from tests.fakes.engine_fakes import FakeClock, FakeTransport, fake_engine


def listed(engine: Engine, event: str = "E_A") -> list[str]:
    return [str(state.subscription.socket) for state in engine.subscription_states(event)]


def test_a_raise_says_its_serial_and_how_many_it_went_to() -> None:
    engine = fake_engine("E_A")
    engine.subscribe("E_A", "fake:a")
    engine.subscribe("E_A", "fake:b")
    assert [engine.raise_event("E_A").serial for _ in range(3)] == [1, 2, 3]
    assert engine.raise_event("E_A").subscribers == 2


@pytest.mark.parametrize(
    ("params", "tail"),
    [
        (None, b"}"),
        ([], b"}"),
        ({}, b"}"),
        ({"ip": "192.0.2.1", "count": 3}, b',"params":{"ip":"192.0.2.1","count":3}}'),
        (["x", 1, None], b',"params":["x",1,null]}'),
        (Params((1, 2), ("a", "a")), b',"params":{"a":1,"a":2}}'),
    ],
)
def test_params_are_a_mapping_a_sequence_params_or_nothing(params: Params, tail: bytes) -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:a")
    engine.raise_event("E_A", params)
    assert transport.sent == [("a", b'{"jsonrpc":"2.0","method":"E_A"' + tail)]


@pytest.mark.parametrize(
    "params",
    ["text", b"bytes", bytearray(b"x"), memoryview(b"x"), 5, [True], [1.0, float("nan")], {"a": [1]}, {1: "x"}],
)
def test_other_params_are_refused_and_nothing_is_raised(params: Params) -> None:
    engine = fake_engine("E_A")
    with pytest.raises(BadParamsError):
        engine.raise_event("E_A", params)
    assert engine.event_states()[0].raised == 0


def test_the_newest_subscriber_is_served_and_listed_first() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    for address in "abc":
        engine.subscribe("E_A", f"fake:{address}")
    engine.raise_event("E_A")
    assert [address for address, _ in transport.sent] == ["c", "b", "a"]
    assert listed(engine) == ["fake:c", "fake:b", "fake:a"]


def test_groups_and_payloads_in_between_keep_the_order() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    for address in ["x/1", "x/2?payload=text", "y/3", "x/4"]:
        engine.subscribe("E_A", f"fake:{address}")
    record = engine.raise_event("E_A")
    assert [address for address, _ in transport.sent] == ["x/4", "y/3", "x/2", "x/1"]
    assert [delivery.codec for delivery in record.deliveries()] == ["jsonrpc", "jsonrpc", "text", "jsonrpc"]
    assert record.payloads == (b'{"jsonrpc":"2.0","method":"E_A"}', b"E_A\n\n")


def test_a_plan_is_compiled_when_subscriptions_change_not_at_each_raise() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:a", 60)
    for _ in range(5):
        engine.raise_event("E_A")
        engine.subscribe("E_A", "fake:a", 60)
    assert transport.fan_outs == 1


def test_subscribing_again_refreshes_and_keeps_the_place() -> None:
    clock = FakeClock()
    engine = fake_engine("E_A", clock=clock)
    engine.subscribe("E_A", "fake:a", 100)
    engine.subscribe("E_A", "fake:b", 100)
    clock.pass_by(40)
    engine.subscribe("E_A", "fake:a", 500)
    states = engine.subscription_states("E_A")
    assert [(str(state.subscription.socket), state.ttl) for state in states] == [("fake:b", 60.0), ("fake:a", 500.0)]


def test_a_subscription_expires_at_its_deadline_and_not_before() -> None:
    clock = FakeClock()
    engine = fake_engine("E_A", clock=clock)
    engine.subscribe("E_A", "fake:a", 60)
    clock.pass_by(59.999)
    assert engine.raise_event("E_A").subscribers == 1
    clock.pass_by(0.001)
    assert engine.raise_event("E_A").subscribers == 0
    assert listed(engine) == []


def test_expire_0_unsubscribes_at_once_and_an_unknown_subscription_is_not_an_error() -> None:
    engine = fake_engine("E_A")
    engine.subscribe("E_A", "fake:a")
    assert [subscription.event for subscription in engine.subscribe("E_A", "fake:a", 0)] == ["E_A"]
    assert engine.unsubscribe("E_A", "fake:never") == ()
    assert engine.raise_event("E_A").subscribers == 0


def test_a_permanent_subscription_becomes_expiring_when_subscribed_with_an_expiry() -> None:
    clock = FakeClock()
    engine = fake_engine("E_A", clock=clock)
    engine.subscribe("E_A", "fake:a")
    engine.subscribe("E_A", "fake:a", 90)
    assert engine.subscription_states("E_A")[0].subscription.expire == 90
    clock.pass_by(90)
    assert listed(engine) == []


def test_an_expiring_subscription_is_refreshed_but_does_not_become_permanent() -> None:
    clock = FakeClock()
    engine = fake_engine("E_A", clock=clock)
    engine.subscribe("E_A", "fake:a", 600)
    clock.pass_by(500)
    engine.subscribe("E_A", "fake:a")
    assert engine.subscription_states("E_A")[0].ttl == 600.0


def test_an_expiry_of_any_size_is_kept() -> None:
    engine = fake_engine("E_A")
    engine.subscribe("E_A", "fake:a", 10**30)
    assert engine.subscription_states("E_A")[0].subscription.expire == 10**30
    assert engine.raise_event("E_A").subscribers == 1


@pytest.mark.parametrize("expire", [-1, 1.5, "60", True])
def test_a_bad_expiry_is_refused(expire: int) -> None:
    engine = fake_engine("E_A")
    with pytest.raises(BadExpireError, match="whole seconds"):
        engine.subscribe("E_A", "fake:a", expire)
    assert listed(engine) == []


@pytest.mark.parametrize("socket", ["nosuch:a", "a", "FAKE:a", "nosuch"])
def test_an_unknown_transport_is_reported_with_the_known_ones(socket: str) -> None:
    with pytest.raises(UnknownSchemeError, match="known are fake"):
        fake_engine("E_A").subscribe("E_A", socket)


def test_an_empty_socket_is_reported_what_would_be_right() -> None:
    with pytest.raises(BadSocketError, match="fake:ADDRESS"):
        fake_engine("E_A").subscribe("E_A", "")


def test_unknown_events_are_refused_whatever_is_asked_of_them() -> None:
    engine = fake_engine("E_A")
    for request in (
        lambda: engine.raise_event("E_B"),
        lambda: engine.subscribe("E_B", "fake:a"),
        lambda: engine.subscription_states("E_B"),
        lambda: engine.raise_event("e_a"),
    ):
        with pytest.raises(UnknownEventError):
            request()


def test_a_failing_subscriber_stays_subscribed_and_the_others_are_served() -> None:
    transport = FakeTransport()
    transport.broken["b"] = "ENOENT: No such file or directory"
    engine = fake_engine("E_A", transport=transport)
    for address in "abc":
        engine.subscribe("E_A", f"fake:{address}")
    record = engine.raise_event("E_A")
    assert [(str(delivery.socket), delivery.error) for delivery in record.deliveries()] == [
        ("fake:c", None),
        ("fake:b", "ENOENT: No such file or directory"),
        ("fake:a", None),
    ]
    assert listed(engine) == ["fake:c", "fake:b", "fake:a"]


def test_counters_begin_when_a_subscriber_is_subscribed() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:old")
    engine.raise_event("E_A")
    engine.subscribe("E_A", "fake:new")
    transport.broken["old"] = "EAGAIN"
    engine.raise_event("E_A", ["v"])
    transport.broken.clear()
    engine.raise_event("E_A")
    new, old = engine.subscription_states("E_A")
    assert (new.sent, new.failed, new.last_error) == (2, 0, None)
    assert (old.sent, old.failed, old.last_error) == (2, 1, "EAGAIN")
    event = engine.event_states()[0]
    assert (event.raised, event.sent, event.failed, event.subscribers) == (3, 4, 1, 2)


def test_a_subscriber_nothing_was_sent_to_has_no_last_delivery() -> None:
    engine = fake_engine("E_A")
    engine.subscribe("E_A", "fake:a")
    engine.raise_event("E_A")
    engine.subscribe("E_A", "fake:b")
    newest, oldest = engine.subscription_states("E_A")
    assert (newest.last_at, newest.latency) == (None, None)
    assert oldest.last_at is not None
    assert oldest.latency is not None


def test_a_transport_that_raises_fails_only_its_own_dispatch_group() -> None:
    transport = FakeTransport()

    def explode(address: str) -> None:
        if address.startswith("x"):
            raise RuntimeError("boom")

    transport.on_send = explode
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:y/1")
    engine.subscribe("E_A", "fake:x/2")
    errors = [delivery.error for delivery in engine.raise_event("E_A").deliveries()]
    assert errors == ["RuntimeError: boom", None]
    assert engine.event_states()[0].sent == 1


def test_nested_raises_end_at_100_and_the_101st_is_dropped_counted_and_told() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    watch = engine.watch()
    refused: list[NestingError] = []

    def again(_address: str) -> None:
        try:
            engine.raise_event("E_A")
        except NestingError as error:
            refused.append(error)

    transport.on_send = again
    engine.subscribe("E_A", "fake:a")
    engine.raise_event("E_A")
    assert (len(transport.sent), len(refused)) == (100, 1)
    assert engine.event_states()[0].dropped == 1
    assert [type(record) for record in watch.read()].count(Refused) == 1
    assert engine.raise_event("E_A").subscribers == 1


def test_a_wildcard_subscribes_every_match_now_and_later() -> None:
    clock = FakeClock()
    engine = fake_engine("E_X_A", "E_X_B", "E_Y", clock=clock)
    made = engine.subscribe("E_X_*", "fake:a", 60)
    assert [subscription.event for subscription in made] == ["E_X_A", "E_X_B"]
    clock.pass_by(20)
    engine.publish("E_X_C")
    engine.publish("E_Z")
    assert [(state.subscription.event, state.ttl) for state in engine.subscription_states()] == [
        ("E_X_A", 40.0),
        ("E_X_B", 40.0),
        ("E_X_C", 40.0),
    ]
    clock.pass_by(40)
    engine.publish("E_X_D")
    assert engine.subscription_states() == ()


def test_a_wildcard_is_refreshed_and_unsubscribed_as_one() -> None:
    clock = FakeClock()
    engine = fake_engine("E_X_A", "E_X_B", clock=clock)
    engine.subscribe("E_X_*", "fake:a", 60)
    clock.pass_by(50)
    engine.subscribe("E_X_*", "fake:a", 60)
    assert {state.ttl for state in engine.subscription_states()} == {60.0}
    assert len(engine.unsubscribe("E_X_*", "fake:a")) == 2
    engine.publish("E_X_C")
    assert engine.subscription_states() == ()


def test_a_wildcard_that_matches_nothing_yet_waits() -> None:
    engine = fake_engine("E_Y")
    assert engine.subscribe("E_X_*", "fake:a") == ()
    engine.publish("E_X_A")
    assert listed(engine, "E_X_A") == ["fake:a"]


def test_a_published_name_with_a_star_is_a_name() -> None:
    engine = fake_engine("E_*", "E_A")
    assert [subscription.event for subscription in engine.subscribe("E_*", "fake:a")] == ["E_*"]


def test_refreshing_does_not_open_the_destination_again() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:a", 60)
    engine.subscribe("E_A", "fake:a", 60)
    engine.unsubscribe("E_A", "fake:a")
    assert transport.opened == ["a"]


def test_sockets_that_came_over_mi_are_parsed_as_untrusted() -> None:
    engine = fake_engine("E_A")
    with pytest.raises(BadSocketError):
        engine.subscribe("E_A", "fake:secret", trusted=False)
    assert engine.subscribe("E_A", "fake:secret")


def test_the_payload_keyword_is_the_sockets_option() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:a", payload="text")
    engine.raise_event("E_A", {"ip": "192.0.2.1"})
    assert transport.sent == [("a", b"E_A\nip::192.0.2.1\n\n")]
    assert listed(engine) == ["fake:a?payload=text"]


def test_every_change_and_every_raise_has_a_record_in_order() -> None:
    clock = FakeClock()
    engine = fake_engine("E_A", clock=clock)
    watch = engine.watch()
    engine.publish("E_B")
    engine.subscribe("E_A", "fake:a", 60)
    engine.subscribe("E_A", "fake:a", 60)
    engine.raise_event("E_A")
    engine.subscribe("E_B", "fake:b")
    engine.unsubscribe("E_B", "fake:b")
    clock.pass_by(60)
    engine.reap()
    kinds = [type(record) for record in watch.read()]
    assert kinds == [Published, Subscribed, Refreshed, Raised, Subscribed, Unsubscribed, Expired]


def test_a_closed_engine_closes_its_transports_and_refuses_all_work() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    engine.close()
    assert transport.closed
    for request in (
        lambda: engine.raise_event("E_A"),
        lambda: engine.subscribe("E_A", "fake:a"),
        lambda: engine.publish("E_B"),
    ):
        with pytest.raises(EngineClosedError):
            request()


@pytest.mark.parametrize("wrong", [5, None, b"udp:127.0.0.1:9"])
def test_an_argument_that_is_not_text_is_refused(wrong: str) -> None:
    engine = fake_engine("E_A")
    with pytest.raises(BadSocketError, match="it is text, not"):
        engine.subscribe("E_A", wrong)
    with pytest.raises(UnknownEventError):
        engine.subscribe(wrong, "fake:a")
    with pytest.raises(UnknownEventError):
        engine.raise_event(wrong)
    with pytest.raises(BadEventNameError, match="it is not text"):
        engine.publish(wrong)


def test_a_bracket_alone_makes_no_wildcard() -> None:
    with pytest.raises(UnknownEventError):
        fake_engine("E_A").subscribe("E_[A]", "fake:a")
