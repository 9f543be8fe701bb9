"""A test notification goes to one subscriber alone, is told apart from a raise, and counts as nothing else."""

import anyio
import pytest

from evtui.core.errors import NoSubscriberError, UnknownEventError
from evtui.core.records import Raised, Settled, SubscriberTest
from evtui.core.values import Params, Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.history.delivery_timeline import report_delivery
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock, FakeTransport, fake_engine
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.limits import HANG

PARAMS = Params(("yes",), ("test",))
BODY = b'{"jsonrpc":"2.0","method":"E_A","params":{"test":"yes"}}'


async def test_only_the_one_subscriber_gets_it() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_A", transport=transport)
    for name in "abc":
        engine.subscribe("E_A", f"fake:{name}")
    test = await engine.tests.test("E_A", engine.parse("fake:b"), PARAMS)
    assert transport.sent == [("b", BODY)]
    assert test == SubscriberTest("E_A", Socket("fake", "b"), 1, "sent", 0.0)
    assert engine.raise_event("E_A").serial == 2


async def test_its_record_is_marked_and_nothing_counts_it_as_a_raise() -> None:
    engine = fake_engine("E_A")
    engine.subscribe("E_A", "fake:a")
    before = engine.event_states(), engine.subscription_states()
    watch = engine.watch()
    await engine.tests.test("E_A", engine.parse("fake:a"), PARAMS)
    (record,) = watch.read()
    assert isinstance(record, Raised)
    assert (record.is_test, record.params, record.payloads) == (True, PARAMS, (BODY,))
    assert (engine.event_states(), engine.subscription_states()) == before
    assert (engine.totals().tests, engine.totals().raised, engine.totals().sent) == (1, 0, 0)


async def test_a_failure_is_told_with_its_reason() -> None:
    transport = FakeTransport()
    transport.broken["a"] = "ENOENT: no such file"
    engine = fake_engine("E_A", transport=transport)
    engine.subscribe("E_A", "fake:a")
    watch = engine.watch()
    test = await engine.tests.test("E_A", engine.parse("fake:a"), PARAMS)
    (record,) = watch.read()
    assert (test.outcome, test.reason) == ("failed", "ENOENT: no such file")
    assert isinstance(record, Raised)
    assert [failure.reason for failure in record.failures] == ["ENOENT: no such file"]
    assert engine.totals().failed == 0


async def test_what_cannot_be_tested_is_refused_and_leaves_no_record() -> None:
    engine = fake_engine("E_A")
    engine.subscribe("E_A", "fake:a", 60)
    watch = engine.watch()
    with pytest.raises(UnknownEventError):
        await engine.tests.test("E_NOPE", engine.parse("fake:a"), PARAMS)
    with pytest.raises(NoSubscriberError, match="fake:b is not subscribed to 'E_A'"):
        await engine.tests.test("E_A", engine.parse("fake:b"), PARAMS)
    assert not watch.read()


class Queued:
    """An engine at work whose only subscriber has a queue."""

    def __init__(self) -> None:
        self.transport = FakeQueuedTransport()
        clock = FakeClock()
        self.engine = Engine(Catalogue(), [self.transport], Journal(), clock=clock, wall=clock)
        self.engine.publish("E_A")
        self.engine.subscribe("E_A", "wait:a")

    async def test(self, patience: float) -> SubscriberTest:
        with anyio.fail_after(HANG):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.engine.run)
                found = await self.engine.tests.test("E_A", self.engine.parse("wait:a"), PARAMS, patience)
                tasks.cancel_scope.cancel()
                return found
        raise AssertionError


async def test_the_end_of_a_queued_one_is_waited_for() -> None:
    world = Queued()
    watch = world.engine.watch()
    test = await world.test(HANG)
    assert (test.outcome, test.serial, test.reason) == ("acknowledged", 1, None)
    raised, settled = watch.read()
    assert isinstance(raised, Raised)
    assert isinstance(settled, Settled)
    assert (raised.is_test, settled.is_test) == (True, True)
    assert world.engine.event_states()[0].sent == 0
    assert world.engine.subscription_states()[0].sent == 0


async def test_one_that_waits_longer_is_told_with_what_the_peer_says() -> None:
    world = Queued()
    world.transport.sender("a").breaks_after = 0
    test = await world.test(0.05)
    assert (test.outcome, test.latency, test.reason) == ("queued", None, "ECONNRESET: the peer is gone")


async def test_the_timeline_tells_it_of_its_subscriber_only() -> None:
    engine = fake_engine("E_A")
    engine.subscribe("E_A", "fake:a")
    engine.subscribe("E_A", "fake:b")
    await engine.tests.test("E_A", engine.parse("fake:a"), PARAMS)
    told = [
        [step.cause for step in (await report_delivery("E_A", socket, engine.journal, engine.history)).steps]
        for socket in (Socket("fake", "a"), Socket("fake", "b"))
    ]
    assert told == [["for ever", "test notification: sent"], ["for ever"]]
