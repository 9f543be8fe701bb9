"""Unsubscribe, undo, renew."""

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.errors import ReadOnlyError
from evtui.engine.engine import Engine
from evtui.ui.subscribers.subscription_changes import SubscriptionChanges
from tests.fakes import FakeClock, fake_engine
from tests.unit.ui.form_fakes import FakeBackend


def sockets(engine: Engine) -> list[tuple[str, float | None]]:
    return [(str(state.subscription.socket), state.ttl) for state in engine.subscription_states()]


async def test_what_was_unsubscribed_comes_back_with_the_time_it_had_left() -> None:
    clock = FakeClock()
    engine = fake_engine("E_TEST", clock=clock)
    changes = SubscriptionChanges(EmbeddedBackend(engine))
    (made,) = engine.subscribe("E_TEST", "fake:a", 60)
    clock.pass_by(20)
    assert (await changes.unsubscribe(made, 40.0)).text == "Unsubscribed fake:a from E_TEST. U makes it again."
    assert sockets(engine) == []
    assert (await changes.undo()).text == "Subscribed fake:a to E_TEST again."
    assert sockets(engine) == [("fake:a", 40.0)]
    assert (await changes.undo()).text == "Nothing to undo."


async def test_with_an_unknown_time_left_it_comes_back_for_its_whole_expiry() -> None:
    backend = FakeBackend()
    changes = SubscriptionChanges(backend)
    (made,) = await backend.subscribe("E_TEST", "udp:127.0.0.1:9000", 60)
    await changes.unsubscribe(made, None)
    await changes.undo()
    assert backend.orders[-1] == ("E_TEST", "udp:127.0.0.1:9000", 60)


async def test_a_permanent_subscription_comes_back_permanent() -> None:
    engine = fake_engine("E_TEST")
    changes = SubscriptionChanges(EmbeddedBackend(engine))
    (made,) = engine.subscribe("E_TEST", "fake:a")
    await changes.unsubscribe(made, None)
    await changes.undo()
    assert sockets(engine) == [("fake:a", None)]


async def test_renewing_gives_the_whole_time_again() -> None:
    clock = FakeClock()
    engine = fake_engine("E_TEST", clock=clock)
    (made,) = engine.subscribe("E_TEST", "fake:a", 60)
    clock.pass_by(50)
    assert (await SubscriptionChanges(EmbeddedBackend(engine)).renew(made)).text == "Renewed fake:a to E_TEST for 60 s."
    assert sockets(engine) == [("fake:a", 60.0)]


async def test_a_refused_undo_can_be_tried_again() -> None:
    backend = FakeBackend()
    changes = SubscriptionChanges(backend)
    (made,) = await backend.subscribe("E_TEST", "udp:127.0.0.1:9000", 60)
    await changes.unsubscribe(made, 30.0)
    backend.refusal = ReadOnlyError("subscribe")
    refused = await changes.undo()
    assert refused.bad
    assert refused.text == str(backend.refusal)
    backend.refusal = None
    await changes.undo()
    assert backend.orders[-1] == ("E_TEST", "udp:127.0.0.1:9000", 30)
