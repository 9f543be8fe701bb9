"""Each cause for which a subscriber got no event is told apart, and says what to do about it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio
import pytest

from evtui.core.delivery_report import DeliveryReport, ReportStep
from evtui.core.records import Settled
from evtui.core.transport import OutboxPolicy, Overflow
from evtui.core.values import Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.history.delivery_timeline import advice_on, report_delivery
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock, FakeTransport, fake_engine
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.limits import HANG

DIRECT, QUEUED = Socket("fake", "a"), Socket("wait", "a")


class World:
    """An engine, its clock and its transport of direct sockets."""

    def __init__(self) -> None:
        self.clock, self.transport = FakeClock(), FakeTransport()
        self.engine = fake_engine("E_T", clock=self.clock, transport=self.transport)


def expired(world: World) -> None:
    world.engine.subscribe("E_T", "fake:a", 60)
    world.clock.pass_by(61)
    world.engine.raise_event("E_T")


def too_soon(world: World) -> None:
    world.engine.raise_event("E_T")
    world.engine.subscribe("E_T", "fake:a", 60)


def ended(world: World) -> None:
    world.engine.subscribe("E_T", "fake:a", 60)
    world.engine.apply("E_T", world.engine.parse("fake:a"), 0, by="the console")
    world.engine.raise_event("E_T")


def to_others(world: World) -> None:
    world.engine.subscribe("E_T", "fake:b", 60)
    world.engine.raise_event("E_T")


def to_nobody(world: World) -> None:
    world.engine.raise_event("E_T")


def no_such_path(world: World) -> None:
    world.transport.broken["a"] = "ENOENT: No such file or directory"
    world.engine.subscribe("E_T", "fake:a", 60)
    world.engine.raise_event("E_T")


def nothing_listens(world: World) -> None:
    world.transport.broken["a"] = "ECONNREFUSED: Connection refused"
    world.engine.subscribe("E_T", "fake:a", 60)
    world.engine.raise_event("E_T")


def expired_wildcard(world: World) -> None:
    world.engine.subscribe("E_*", "fake:a", 60)
    world.clock.pass_by(61)
    world.engine.raise_event("E_T")


def ended_wildcard(world: World) -> None:
    world.engine.subscribe("E_*", "fake:a", 60)
    world.engine.apply("E_*", world.engine.parse("fake:a"), 0, by="the script")
    world.engine.raise_event("E_T")


def other_wildcard(world: World) -> None:
    world.engine.subscribe("E_OTHER_*", "fake:a", 60)
    world.engine.raise_event("E_T")


def late_event(end: Callable[[Engine, FakeClock], object]) -> Callable[[World], None]:
    """Publish an event after the wildcard that would match it is gone."""

    def story(world: World) -> None:
        world.engine = fake_engine("E_OTHER", clock=world.clock, transport=world.transport)
        world.engine.subscribe("E_*", "fake:a", 60)
        end(world.engine, world.clock)
        world.engine.publish("E_T")
        world.engine.raise_event("E_T")

    return story


def expire(engine: Engine, clock: FakeClock) -> None:
    clock.pass_by(61)
    engine.reap()


def end_by_script(engine: Engine, _clock: FakeClock) -> None:
    engine.apply("E_*", engine.parse("fake:a"), 0, by="the script")


@pytest.mark.parametrize(
    ("story", "cause", "advice"),
    [
        (expired, "its subscription had expired", "renew it before it expires"),
        (too_soon, "it was not subscribed yet", "before the event is raised"),
        (ended, "its subscription had been ended by the console", "subscribe it again"),
        (to_others, "it was never subscribed to this event", "subscribe it"),
        (to_nobody, "no other socket was subscribed either", "subscribe it"),
        (no_such_path, "ENOENT", "the path of the socket does not exist"),
        (nothing_listens, "ECONNREFUSED", "nothing listens at the address"),
        (expired_wildcard, "its subscription, by the wildcard E_*, had expired", "renew it before it expires"),
        (ended_wildcard, "its subscription, by the wildcard E_*, had been ended by the script", "subscribe it again"),
        (other_wildcard, "its wildcard E_OTHER_* does not match it", "or to a wildcard that matches"),
        (late_event(expire), "its wildcard E_* had expired when the event was published", "a wildcard that matches"),
        (late_event(end_by_script), "its wildcard E_* had been ended by the script when", "a wildcard that matches"),
    ],
)
async def test_a_raise_that_was_missed_has_its_cause_and_what_to_do(
    story: Callable[[World], None], cause: str, advice: str
) -> None:
    world = World()
    story(world)
    report = await report_delivery("E_T", DIRECT, world.engine.journal, world.engine.history)
    missed = missed_steps(report)
    assert len(missed) == 1
    assert cause in missed[0].cause
    assert advice in missed[0].advice


async def test_the_answer_names_the_wildcard_that_does_not_match() -> None:
    world = World()
    other_wildcard(world)
    report = await report_delivery("E_T", DIRECT, world.engine.journal, world.engine.history)
    assert report.answer == (
        "It was never subscribed to E_T, as far as is remembered. Its wildcard E_OTHER_* does not match it. "
        "It missed 1 raise."
    )
    assert report.advice == "subscribe it to the event, or to a wildcard that matches"


@asynccontextmanager
async def held_queue(policy: OutboxPolicy, clock: FakeClock) -> AsyncGenerator[Engine]:
    """An engine with a subscriber whose peer takes nothing."""
    transport = FakeQueuedTransport(policy)
    transport.sender("a").window = 1
    transport.sender("a").held = anyio.Event()
    catalogue = Catalogue()
    catalogue.publish("E_T")
    engine = Engine(catalogue, [transport], Journal(), clock=clock, wall=FakeClock(1_800_000_000.0))
    engine.subscribe("E_T", "wait:a")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.run)
        yield engine
        tasks.cancel_scope.cancel()
    engine.close()


@pytest.mark.parametrize(
    ("overflow", "cause"),
    [
        ("refuse", "failed: queue full (1 of 1, "),
        ("drop-newest", "dropped: queue full (1 of 1, "),
    ],
)
async def test_a_full_queue_says_so_and_which_limit_to_raise(overflow: Overflow, cause: str) -> None:
    async with held_queue(OutboxPolicy(max_count=1, overflow=overflow), FakeClock()) as engine:
        engine.raise_event("E_T")
        engine.raise_event("E_T")
        (missed,) = missed_steps(await report_of(engine))
    assert missed.cause.startswith(cause)
    assert missed.advice == "raise queue_count or queue_bytes of the transport, or let the subscriber read faster"


async def test_the_oldest_is_dropped_by_the_policy_of_the_queue() -> None:
    async with held_queue(OutboxPolicy(max_count=2, overflow="drop-oldest"), FakeClock()) as engine:
        watch = engine.watch()
        for _ in range(2):
            engine.raise_event("E_T")
            await anyio.wait_all_tasks_blocked()
        engine.raise_event("E_T")
        assert any(isinstance(record, Settled) and record.outcome == "dropped" for record in watch.read())
        (missed,) = missed_steps(await report_of(engine))
    assert missed.cause.startswith("dropped: queue full (2 of 2, ")
    assert "queue_count" in missed.advice


async def test_what_waited_too_long_says_so_and_which_age_to_raise() -> None:
    clock = FakeClock()
    async with held_queue(OutboxPolicy(max_age=30.0, timeout=0.2), clock) as engine:
        watch = engine.watch()
        engine.raise_event("E_T")
        await anyio.wait_all_tasks_blocked()
        engine.raise_event("E_T")
        clock.pass_by(31)
        engine.raise_event("E_T")
        with anyio.fail_after(HANG):
            while not any(isinstance(record, Settled) for record in watch.read()):
                await watch.wait()
        (missed,) = missed_steps(await report_of(engine))
    assert missed.cause == "dropped: older than 30 s"
    assert missed.advice == "raise max_age of the transport, or let the subscriber read faster"


async def test_what_waited_when_evtui_ended_says_so() -> None:
    async with held_queue(OutboxPolicy(), FakeClock()) as engine:
        engine.raise_event("E_T")
        await anyio.wait_all_tasks_blocked()
        engine.raise_event("E_T")
        engine.close()
        (stopped,) = missed_steps(await report_of(engine))
    assert (stopped.count, stopped.cause) == (2, "dropped: evtui stopped")
    assert "durable = true" in stopped.advice


@pytest.mark.parametrize(
    "reason",
    [
        "no subscription any more",
        "all queues together are full (1,000 bytes), and this one holds most",
        "older than 3 s",
    ],
)
def test_a_reason_of_the_queues_is_not_blamed_on_the_subscriber(reason: str) -> None:
    assert advice_on(reason) not in {"", advice_on("any other reason")}


def missed_steps(report: DeliveryReport) -> list[ReportStep]:
    return [step for step in report.steps if step.kind == "missed"]


async def report_of(engine: Engine) -> DeliveryReport:
    return await report_delivery("E_T", QUEUED, engine.journal, engine.history)
