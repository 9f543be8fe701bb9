"""Why a socket got an event or did not: each gap has its cause, and says what to do."""

import anyio
import pytest
from anyio.lowlevel import checkpoint

from evtui.core.delivery_report import DeliveryReport
from evtui.core.errors import DeliveryError
from evtui.core.records import Refreshed, Subscribed
from evtui.core.values import Socket, Subscription
from evtui.engine.engine import Engine
from evtui.engine.history.delivery_timeline import report_delivery
from evtui.engine.history.subscription_history import SubscriptionHistory
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock, FakeTransport, fake_engine

SOCKET = Socket("fake", "a")


async def report(engine: Engine, socket: Socket | None = SOCKET) -> DeliveryReport:
    return await report_delivery("E_T", socket, engine.journal, engine.history)


def told(report: DeliveryReport) -> list[tuple[str, int, str]]:
    return [(step.kind, step.count, step.cause) for step in report.steps]


async def test_a_timeline_tells_each_change_and_each_raise_with_its_cause() -> None:
    clock = FakeClock()
    engine = fake_engine("E_T", "E_OTHER", clock=clock)
    engine.raise_event("E_T")
    engine.subscribe("E_T", "fake:a", 60)
    engine.raise_event("E_T")
    engine.subscribe("E_T", "fake:a", 60)
    engine.subscribe("E_T", "fake:a", 60)
    engine.raise_event("E_OTHER")
    clock.pass_by(61)
    for _ in range(4):
        engine.raise_event("E_T")
    engine.subscribe("E_T", "fake:b")
    engine.raise_event("E_T")
    engine.subscribe("E_T", "fake:a", 3600)
    engine.raise_event("E_T")
    engine.apply("E_T", engine.parse("fake:a"), 0, by="the script")
    engine.raise_event("E_T")
    found = await report(engine)
    assert told(found) == [
        ("missed", 1, "it was not subscribed yet; no other socket was subscribed either"),
        ("subscribed", 1, "for 60 s"),
        ("delivered", 1, "sent"),
        ("renewed", 2, "for 60 s"),
        ("expired", 1, "after 60 s"),
        ("missed", 4, "its subscription had expired; no other socket was subscribed either"),
        ("missed", 1, "its subscription had expired"),
        ("subscribed", 1, "for 3,600 s"),
        ("delivered", 1, "sent"),
        ("unsubscribed", 1, "by the script"),
        ("missed", 1, "its subscription had been ended by the script"),
    ]
    assert all(step.advice for step in found.steps if step.kind == "missed")
    assert found.answer == "It is not subscribed to E_T: its subscription was ended. It missed 7 raises."


async def test_a_failed_delivery_and_a_refused_raise_are_told_with_what_to_do() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_T", transport=transport)
    engine.subscribe("E_T", "fake:a")

    def refuse(_address: str) -> None:
        raise DeliveryError("ENOENT: No such file or directory")

    transport.on_send = refuse
    engine.raise_event("E_T")
    engine.refuse_raise("E_T", engine.raise_event("E_T").params, "read-only", "read-only: raise is refused")
    found = await report(engine)
    assert [step[:2] for step in told(found)] == [("subscribed", 1), ("missed", 2), ("missed", 1)]
    assert "the path of the socket does not exist" in found.steps[1].advice
    assert found.steps[2].cause == "the raise was refused: read-only: raise is refused"
    assert found.answer == "It is subscribed to E_T and missed 3 raises."


async def test_a_wildcard_that_made_the_subscription_is_named() -> None:
    engine = fake_engine("E_T")
    engine.subscribe("E_*", "fake:a")
    assert told(await report(engine)) == [("subscribed", 1, "for ever, by the wildcard E_*")]


async def test_without_a_socket_the_one_that_changed_last_is_told() -> None:
    engine = fake_engine("E_T")
    assert (await report(engine, None)).answer == "No socket was ever subscribed to E_T."
    engine.subscribe("E_T", "fake:a")
    engine.subscribe("E_T", "fake:b")
    engine.unsubscribe("E_T", "fake:a")
    assert (await report(engine, None)).socket == "fake:a"
    never = await report(engine, Socket("fake", "c"))
    assert never.answer == "It was never subscribed to E_T, as far as is remembered."


async def test_what_the_journal_forgot_of_a_subscription_the_history_still_knows() -> None:
    clock = FakeClock()
    engine = fake_engine("E_T", "E_OTHER", clock=clock, journal=Journal(max_records=10))
    engine.subscribe("E_T", "fake:a", 60)
    clock.pass_by(61)
    for _ in range(50):
        engine.raise_event("E_OTHER")
    engine.raise_event("E_T")
    assert told(await report(engine)) == [
        ("subscribed", 1, "for 60 s"), ("expired", 1, "after 60 s"),
        ("missed", 1, "its subscription had expired; no other socket was subscribed either"),
    ]  # fmt: skip


@pytest.mark.parametrize("sockets", [1, 50])
def test_the_history_is_bounded_and_forgets_first_what_changed_longest_ago(sockets: int) -> None:
    history = SubscriptionHistory(Journal(), most=100)
    for number in range(1_000):
        subscription = Subscription("E_T", Socket("fake", str(number % sockets)), 60)
        history.tell(Subscribed(float(number), subscription))
        for _ in range(5):
            history.tell(Refreshed(float(number), subscription))
    assert len(history) <= 100
    last = history.of("E_T", Socket("fake", str(999 % sockets)))
    assert [change.count for change in last[-2:]] == [1, 5]
    assert history.last_socket("E_T") == Socket("fake", str(999 % sockets))


async def test_others_get_their_turn_while_a_long_journal_is_read() -> None:
    engine = fake_engine("E_T")
    for number in range(3000):
        engine.subscribe("E_T", "fake:other", 60 + number)
        engine.raise_event("E_T")
    turns = 0
    found: DeliveryReport | None = None

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await checkpoint()
            turns += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count_turns)
        found = await report(engine)
        tasks.cancel_scope.cancel()
    assert found is not None
    assert found.steps[0].count == 3000
    assert turns > 10
