"""The short ways of a raise, without subscribers and to a single group, leave what the long way leaves."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from evtui.codecs.jsonrpc import Pairs
from evtui.codecs.payload import EventEncoder, ManyEncoder
from evtui.core.records import NO_SUBSCRIBERS, Raised
from evtui.core.values import Params
from evtui.engine.dispatch import dispatch_plan
from evtui.engine.dispatch.event_dispatcher import MAX_NESTED
from evtui.engine.engine import Engine
from tests.fakes.engine_fakes import FakeTransport, fake_engine

PARAMS = Params(("192.0.2.1", 3, None), ("ip", "count", "reason"))


def counters(engine: Engine) -> Counter[str]:
    state = engine.event_states()[0]
    names = ("raised", "sent", "failed", "no_subscribers")
    return Counter({name: getattr(state, name) for name in names})


def test_a_raise_without_subscribers_is_one_record_and_writes_no_payload() -> None:
    engine = fake_engine("E_A")
    watch = engine.watch()
    record = engine.raise_event("E_A", PARAMS)
    assert record == Raised(1, record.at, "E_A", PARAMS, NO_SUBSCRIBERS, (), ())
    assert watch.read() == [record]
    assert counters(engine) == Counter(raised=1, no_subscribers=1)


@pytest.mark.parametrize("params", [PARAMS, {"ip": "192.0.2.1", "count": 3, "reason": None}])
def test_one_subscriber_gets_what_each_of_many_gets(params: Params) -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:a")
    alone = engine.raise_event("E_A", params)
    engine.subscribe("E_A", "fake:b/1")
    together = engine.raise_event("E_A", params)
    assert len(together.plan.groups) == 2
    assert alone.payloads == together.payloads
    assert {payload for _, payload in transport.sent} == set(alone.payloads)


@pytest.mark.parametrize("others", [(), ("fake:b",)])
def test_a_transport_that_raises_anything_is_a_failed_delivery(others: tuple[str, ...]) -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    for socket in ("fake:a", *others):
        engine.subscribe("E_A", socket)

    def on_send(address: str) -> None:
        if address == "a":
            raise ValueError("a bug")

    transport.on_send = on_send
    record = engine.raise_event("E_A", PARAMS)
    assert [failure.reason for failure in record.failures] == ["ValueError: a bug"]
    assert counters(engine) == Counter(raised=1, sent=len(others), failed=1)
    assert engine.dispatcher.depth == 0


@pytest.mark.parametrize("others", [(), ("fake:b",)])
def test_a_codec_that_fails_leaves_no_raise_under_way(monkeypatch: pytest.MonkeyPatch, others: tuple[str, ...]) -> None:
    """Else some failures later every raise would be refused as nested."""

    def encoder_that_fails(name: str, event: str) -> EventEncoder:
        def encode(params: Params, pairs: Pairs | None) -> bytes:
            raise ValueError(f"{name} cannot write {event}")

        return encode

    monkeypatch.setattr(dispatch_plan, "event_encoder", encoder_that_fails)
    engine = fake_engine("E_A")
    for socket in ("fake:a", *others):
        engine.subscribe("E_A", socket)
    for _ in range(MAX_NESTED + 1):
        with pytest.raises(ValueError, match="cannot write E_A"):
            engine.raise_event("E_A", PARAMS)
    assert engine.dispatcher.depth == 0


def test_raises_together_whose_payload_cannot_be_written_are_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def encoder_that_fails(_name: str, _event: str) -> ManyEncoder:
        def encode(many: Sequence[Params]) -> list[bytes]:
            raise ValueError(f"cannot write {len(many)}")

        return encode

    monkeypatch.setattr(dispatch_plan, "many_encoder", encoder_that_fails)
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:a")
    with pytest.raises(ValueError, match="cannot write 2"):
        engine.raise_events("E_A", [PARAMS] * 3)
    assert "2 raises of E_A are lost" in caplog.text
    monkeypatch.undo()
    engine.subscribe("E_A", "fake:a/2")
    engine.raise_event("E_A", PARAMS)
    assert len(engine.raise_events("E_A", [PARAMS] * 3)) == 3
    assert transport.batches, "later raises leave together again"


def test_what_is_counted_follows_from_the_records_while_subscriptions_come_and_go() -> None:
    chance = random.Random(5)
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    wanted: Counter[str] = Counter()
    for step in range(500):
        socket = f"fake:{chance.choice('abc')}/{chance.randrange(3)}"
        match chance.randrange(4):
            case 0:
                engine.subscribe("E_A", socket)
            case 1:
                engine.unsubscribe("E_A", socket)
            case _:
                transport.broken = {socket.removeprefix("fake:"): "broken"} if step % 3 else {}
                record = engine.raise_event("E_A", PARAMS)
                failed = sum(delivery.error is not None for delivery in record.deliveries())
                wanted += Counter(raised=1, failed=failed, sent=record.subscribers - failed)
                wanted["no_subscribers"] += record.plan == NO_SUBSCRIBERS
        assert counters(engine) == wanted
    assert min(wanted.values()) > 0
    assert wanted["sent"] == len(transport.sent)
