"""Unsubscribe, undo, renew; subscribe again what a restart of the server ended."""

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.errors import ReadOnlyError
from evtui.core.ports import Backend, Status
from evtui.engine.engine import Engine
from evtui.ui.subscribers.remembering_backend import MAX_REMEMBERED, RememberingBackend
from evtui.ui.subscribers.subscription_changes import SubscriptionChanges
from tests.fakes.engine_fakes import FakeClock, fake_engine
from tests.unit.ui.form_fakes import FakeBackend


def changes_of(backend: Backend, clock: FakeClock | None = None) -> SubscriptionChanges:
    clock = clock or FakeClock()
    return SubscriptionChanges(RememberingBackend(backend, clock), clock, "U")


def sockets(engine: Engine) -> list[tuple[str, float | None]]:
    return [(str(state.subscription.socket), state.ttl) for state in engine.subscription_states()]


async def test_what_was_unsubscribed_comes_back_with_the_time_it_had_left() -> None:
    clock = FakeClock()
    engine = fake_engine("E_TEST", clock=clock)
    changes = changes_of(EmbeddedBackend(engine))
    (made,) = engine.subscribe("E_TEST", "fake:a", 60)
    clock.pass_by(20)
    assert (await changes.unsubscribe(made, 40.0)).text == "Unsubscribed fake:a from E_TEST. U makes it again."
    assert sockets(engine) == []
    assert (await changes.undo()).text == "Subscribed fake:a to E_TEST again."
    assert sockets(engine) == [("fake:a", 40.0)]
    assert (await changes.undo()).text == "Nothing to undo."


async def test_with_an_unknown_time_left_it_comes_back_for_its_whole_expiry() -> None:
    backend = FakeBackend()
    changes = changes_of(backend)
    (made,) = await backend.subscribe("E_TEST", "udp:127.0.0.1:9000", 60)
    await changes.unsubscribe(made, None)
    await changes.undo()
    assert backend.orders[-1] == ("E_TEST", "udp:127.0.0.1:9000", 60)


async def test_a_permanent_subscription_comes_back_permanent() -> None:
    engine = fake_engine("E_TEST")
    changes = changes_of(EmbeddedBackend(engine))
    (made,) = engine.subscribe("E_TEST", "fake:a")
    await changes.unsubscribe(made, None)
    await changes.undo()
    assert sockets(engine) == [("fake:a", None)]


async def test_a_permanent_subscription_that_mi_cannot_make_again_is_not_promised() -> None:
    backend = FakeBackend(Status("fake", can_be_permanent=False))
    changes = changes_of(backend)
    (made,) = await backend.subscribe("E_TEST", "udp:127.0.0.1:9000")
    notice = await changes.unsubscribe(made, None)
    assert notice.text == (
        "Unsubscribed udp:127.0.0.1:9000 from E_TEST. "
        "It was permanent: it cannot be made again over the management interface."
    )
    assert (await changes.undo()).text == "Nothing to undo."


async def test_renewing_gives_the_whole_time_again() -> None:
    clock = FakeClock()
    engine = fake_engine("E_TEST", clock=clock)
    (made,) = engine.subscribe("E_TEST", "fake:a", 60)
    clock.pass_by(50)
    assert (await changes_of(EmbeddedBackend(engine)).renew(made)).text == "Renewed fake:a to E_TEST for 60 s."
    assert sockets(engine) == [("fake:a", 60.0)]


async def test_a_refused_undo_can_be_tried_again() -> None:
    backend = FakeBackend()
    changes = changes_of(backend)
    (made,) = await backend.subscribe("E_TEST", "udp:127.0.0.1:9000", 60)
    await changes.unsubscribe(made, 30.0)
    backend.refusal = ReadOnlyError("subscribe")
    refused = await changes.undo()
    assert refused.bad
    assert refused.text == str(backend.refusal)
    backend.refusal = None
    await changes.undo()
    assert backend.orders[-1] == ("E_TEST", "udp:127.0.0.1:9000", 30)


async def test_what_a_restart_ended_is_offered_with_its_remaining_time_and_subscribed_only_by_the_key() -> None:
    clock, backend = FakeClock(), FakeBackend()
    remembering = RememberingBackend(backend, clock)
    changes = SubscriptionChanges(remembering, clock, "U")
    await remembering.subscribe("E_TEST", "udp:127.0.0.1:9000", 60)
    await remembering.subscribe("E_TEST", "rabbitmq:me:s3cret@broker/q", 3600)
    await remembering.subscribe("E_TEST", "udp:127.0.0.1:9001", 60)
    await remembering.subscribe("E_TEST", "udp:127.0.0.1:9001", 0)
    changes.offer(backend.members)
    assert changes.offer_text("A") == ""
    clock.pass_by(18)
    orders = len(backend.orders)
    changes.offer([])
    text = changes.offer_text("A")
    assert "A subscribes again 2 subscriptions" in text
    assert "with 0:42 to 59:42 left" in text
    assert len(backend.orders) == orders, "nothing is subscribed silently"
    clock.pass_by(43)
    text = changes.offer_text("A")
    assert "rabbitmq:me:***@broker/q to E_TEST, with 58:59 left" in text, "the other one has ended"
    assert (await changes.subscribe_again()).text == "Subscribed again: 1."
    assert backend.orders[orders:] == [("E_TEST", "rabbitmq:me:s3cret@broker/q", 3539)]
    assert changes.offer_text("A") == ""


async def test_an_offer_can_be_declined_and_one_that_is_refused_stays() -> None:
    clock, backend = FakeClock(), FakeBackend()
    remembering = RememberingBackend(backend, clock)
    changes = SubscriptionChanges(remembering, clock, "U")
    await remembering.subscribe("E_TEST", "udp:127.0.0.1:9000", 60)
    changes.offer([])
    backend.refusal = ReadOnlyError("subscribe")
    assert (await changes.subscribe_again()).bad
    assert changes.offer_text("A")
    assert changes.withdraw()
    assert not changes.withdraw()
    assert not changes.offer_text("A")


async def test_a_renewal_with_the_listed_socket_keeps_what_was_typed() -> None:
    clock, engine = FakeClock(), fake_engine("E_A", "E_B")
    remembering = RememberingBackend(EmbeddedBackend(engine), clock)
    await remembering.subscribe("E_*", "fake:a", 60)
    clock.pass_by(50)
    await remembering.subscribe("E_*", "fake:a", 60)
    (own,) = remembering.missing([])
    assert (own.event, own.socket, own.left(clock())) == ("E_*", "fake:a", 60)
    await remembering.subscribe("E_A", "fake:a", 0)
    assert remembering.missing(engine.subscription_states()) == (), "what is left of the wildcard is listed"
    await remembering.subscribe("E_B", "fake:a", 0)
    assert remembering.missing([]) == ()


async def test_what_is_remembered_is_bounded() -> None:
    clock, backend = FakeClock(), FakeBackend()
    remembering = RememberingBackend(backend, clock)
    for port in range(MAX_REMEMBERED + 1):
        await remembering.subscribe("E_TEST", f"udp:127.0.0.1:{port}", 60)
    own = remembering.missing([])
    assert (len(own), own[0].socket) == (MAX_REMEMBERED, "udp:127.0.0.1:1")
