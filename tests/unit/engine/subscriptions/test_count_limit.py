"""The bounds over subscriptions and destinations: what is over them is refused and counted, and nothing changes."""

import json
import logging

import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.errors import TooManyError
from evtui.core.transport import SavedSubscription
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.engine.outbox.outboxes import OutboxRules
from evtui.mi.dispatch import Dispatcher
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.mi_fakes import fake_about
from tests.fakes.queued_fakes import FakeQueuedTransport


def engine_for(limit: int, *events: str, clock: FakeClock | None = None, destinations: int = 100) -> Engine:
    catalogue, queued = Catalogue(), FakeQueuedTransport()
    for event in events:
        catalogue.publish(event)
    return Engine(
        catalogue, [queued, queued.direct], Journal(), clock=clock or FakeClock(), wall=FakeClock(1_800_000_000.0),
        max_subscriptions=limit, rules=OutboxRules(destinations=destinations),
    )  # fmt: skip


def test_one_more_than_the_bound_is_refused_and_nothing_changes() -> None:
    engine = engine_for(2, "E_A", "E_B")
    engine.subscribe("E_A", "fake:1")
    engine.subscribe("E_B", "fake:1")
    with pytest.raises(TooManyError, match="there are 2, 1 more were asked for, and engine"):
        engine.subscribe("E_A", "fake:2")
    totals = engine.totals()
    assert (totals.subscriptions, totals.subscription_limit, totals.subscriptions_refused) == (2, 2, 1)
    assert engine.raise_event("E_A").subscribers == 1


def test_a_wildcard_counts_as_itself_and_as_what_it_makes() -> None:
    engine = engine_for(3, "E_A", "E_B", "E_C")
    with pytest.raises(TooManyError, match="4 more"):
        engine.subscribe("E_*", "fake:1")
    assert engine.totals().subscriptions == 0
    engine.subscribe("E_A*", "fake:1")
    assert engine.totals().subscriptions == 1


def test_a_refresh_needs_no_room() -> None:
    engine = engine_for(3, "E_A")
    engine.subscribe("E_A", "fake:1", 60)
    engine.subscribe("E_*", "fake:2", 60)
    for _ in range(3):
        engine.subscribe("E_A", "fake:1", 60)
        engine.subscribe("E_*", "fake:2", 60)
    assert engine.totals().subscriptions_refused == 0


def test_what_ends_or_expires_makes_room() -> None:
    clock = FakeClock()
    engine = engine_for(2, "E_A", clock=clock)
    for _ in range(3):
        engine.subscribe("E_*", "fake:1")
        engine.unsubscribe("E_*", "fake:1")
    for _ in range(3):
        engine.subscribe("E_*", "fake:1", 10)
        clock.pass_by(11)
    for _ in range(3):
        engine.subscribe("E_A", "fake:1")
        engine.subscribe("E_A", "fake:2", 10)
        engine.unsubscribe("E_A", "fake:1")
        clock.pass_by(11)
    assert engine.totals().subscriptions_refused == 0


def test_an_event_is_published_also_when_its_wildcards_find_no_room() -> None:
    engine = engine_for(2, "E_A")
    engine.subscribe("E_*", "fake:1")
    engine.publish("E_B")
    assert engine.raise_event("E_B").subscribers == 0
    assert engine.totals().subscriptions_refused == 1


def test_a_saved_subscription_that_finds_no_room_is_refused_with_the_reason() -> None:
    engine = engine_for(1, "E_A")
    engine.subscribe("E_A", "fake:1")
    saved = SavedSubscription("E_A", "fake:2", None)
    target = engine.parse("fake:2")
    with pytest.raises(TooManyError):
        engine.resume(saved, target, target.open())


def test_the_bound_is_logged_once_until_there_is_room_again(caplog: pytest.LogCaptureFixture) -> None:
    engine = engine_for(10, "E_A")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            for number in range(10):
                engine.subscribe("E_A", f"fake:{number}")
            for _ in range(5):
                with pytest.raises(TooManyError):
                    engine.subscribe("E_A", "fake:more")
            engine.unsubscribe("E_A", "fake:0")
            engine.unsubscribe("E_A", "fake:1")
    assert len([each for each in caplog.records if "too many subscriptions" in each.getMessage()]) == 2


async def test_a_client_over_mi_gets_the_reason() -> None:
    engine = engine_for(1, "E_A")
    engine.subscribe("E_A", "fake:1")
    request = b'{"jsonrpc":"2.0","id":1,"method":"event_subscribe","params":["E_A","fake:2"]}'
    reply = json.loads(await Dispatcher(EmbeddedBackend(engine), fake_about()).json(request) or b"")
    assert reply["error"] == {
        "code": 500, "message": "Too many subscriptions",
        "data": "too many subscriptions: there are 1, 1 more were asked for, and engine.subscriptions allows 1",
    }  # fmt: skip


def test_one_more_destination_than_the_bound_is_refused_and_nothing_changes() -> None:
    engine = engine_for(100, "E_A", "E_B", destinations=2)
    for event in ("E_A", "E_B"):  # a destination counts once
        for name in "ab":
            engine.subscribe(event, f"wait:{name}")
    for socket in ("wait:c", "multicast:a c"):
        with pytest.raises(TooManyError, match="too many destinations: there are 2, 1 more"):
            engine.subscribe("E_*", socket)
    engine.subscribe("E_A", "fake:needs-no-queue")
    totals = engine.totals()
    use = totals.queue_use
    assert (use.destinations, use.destination_limit, use.destinations_refused) == (2, 2, 2)
    assert totals.subscriptions == 5
    engine.publish("E_C")
    assert engine.raise_event("E_C").subscribers == 0, "no wildcard was made"


def test_a_destination_that_has_ended_makes_room() -> None:
    engine = engine_for(100, "E_A", destinations=1)
    for name in "abc":
        engine.subscribe("E_A", f"wait:{name}")
        engine.unsubscribe("E_A", f"wait:{name}")
    assert engine.totals().queue_use.destinations_refused == 0
