"""The engine with queued transports: raises queue, outcomes are recorded and counted, multicasts serve all branches."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
import pytest

from evtui.core.errors import BadSocketError, NestingError
from evtui.core.records import Raised, Record, Retrying, Settled
from evtui.core.transport import Handler, Notification, OutboxPolicy, Settle, Target
from evtui.core.values import Params, Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal, JournalWatch
from evtui.engine.numbering import Numbering
from evtui.engine.outbox.outboxes import RULES, OutboxRules, Undelivered
from tests.fakes.engine_fakes import FakeClock, FakeTransport
from tests.fakes.queued_fakes import FakeQueuedTransport, FakeSender
from tests.limits import HANG


def engine_on(
    transport: FakeQueuedTransport,
    *events: str,
    clock: Callable[[], float] = time.monotonic,
    rules: OutboxRules = RULES,
) -> Engine:
    catalogue = Catalogue()
    for event in events or ("E_A",):
        catalogue.publish(event)
    return Engine(
        catalogue, [transport, transport.direct], Journal(), clock=clock, wall=FakeClock(1_800_000_000.0),
        numbering=Numbering("run"), rules=rules,
    )  # fmt: skip


@asynccontextmanager
async def running(engine: Engine) -> AsyncGenerator[JournalWatch]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.run)
        yield engine.watch()
        tasks.cancel_scope.cancel()


async def settled(watch: JournalWatch, count: int) -> list[Settled]:
    """Wait for so many ends."""
    found: list[Settled] = []
    with anyio.fail_after(HANG):
        while len(found) < count:
            await watch.wait()
            found += [record for record in watch.read() if isinstance(record, Settled)]
    return found


def of(records: Sequence[Record], kind: type[Record]) -> list[Record]:
    return [record for record in records if isinstance(record, kind)]


async def test_a_raise_queues_and_the_end_is_a_record_of_its_serial_and_socket() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport)
    (subscription,) = engine.subscribe("E_A", "wait:x")
    async with running(engine) as watch:
        raised = engine.raise_event("E_A", {"a": 1})
        (delivery,) = raised.deliveries()
        assert (delivery.queued, delivery.error, delivery.latency) == (True, None, 0.0)
        (end,) = await settled(watch, 1)
    assert (end.serial, end.socket, end.outcome, end.event) == (1, subscription.socket, "acknowledged", "E_A")
    (notification,) = transport.senders["x"].got
    assert notification.payload == b'{"jsonrpc":"2.0","method":"E_A","params":{"a":1}}'
    assert notification.message_id == "run-1"


async def test_the_counters_of_event_and_subscription_count_the_outcomes() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport)
    transport.sender("x").refuses = {b'{"jsonrpc":"2.0","method":"E_A","params":["bad"]}': "no"}
    engine.subscribe("E_A", "wait:x")
    engine.subscribe("E_A", "fake:direct")
    engine.raise_event("E_A", ["good"])
    engine.raise_event("E_A", ["bad"])
    (_direct, waiting) = engine.subscription_states()
    assert (waiting.sent, waiting.queued, waiting.failed) == (0, 2, 0)
    async with running(engine) as watch:
        await settled(watch, 2)
    (direct, waiting) = engine.subscription_states()
    assert (waiting.sent, waiting.queued, waiting.failed, waiting.last_error) == (1, 0, 1, "no")
    assert waiting.latency is not None
    assert (direct.sent, direct.queued, direct.outbox) == (2, 0, None)
    (event,) = engine.event_states()
    assert (event.raised, event.sent, event.failed) == (2, 3, 1)


async def test_events_of_one_socket_share_its_outbox_in_the_order_of_the_raises() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport, "E_A", "E_B")
    engine.subscribe("E_A", "wait:x")
    engine.subscribe("E_B", "wait:x")
    for _ in range(5):
        engine.raise_event("E_A")
        engine.raise_event("E_B")
    assert [state.queued for state in engine.subscription_states()] == [10, 10]
    async with running(engine) as watch:
        await settled(watch, 10)
    assert transport.senders["x"].serials == list(range(1, 11))


async def test_a_dead_destination_delays_no_other_and_its_retries_are_recorded() -> None:
    transport = FakeQueuedTransport(OutboxPolicy(backoff=30, max_backoff=30))
    engine = engine_on(transport)
    transport.sender("dead").breaks_after = 0
    engine.subscribe("E_A", "wait:dead")
    engine.subscribe("E_A", "wait:live")
    async with running(engine) as watch:
        engine.raise_event("E_A")
        found: list[Record] = []
        with anyio.fail_after(HANG):
            while not (of(found, Settled) and of(found, Retrying)):
                await watch.wait()
                found += watch.read()
        (retrying,) = of(found, Retrying)
        assert isinstance(retrying, Retrying)
        assert (str(retrying.socket), retrying.first, retrying.last, retrying.queued) == ("wait:dead", 1, 1, 1)
        (live, dead) = engine.subscription_states()
    assert (live.sent, dead.sent, dead.queued) == (1, 0, 1)
    assert dead.outbox is not None
    assert dead.outbox.link == "retrying"


async def test_what_was_accepted_is_delivered_though_the_subscription_has_ended() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport)
    transport.sender("x").held = held = anyio.Event()
    engine.subscribe("E_A", "wait:x")
    async with running(engine) as watch:
        engine.raise_event("E_A")
        engine.raise_event("E_A")
        engine.unsubscribe("E_A", "wait:x")
        held.set()
        await settled(watch, 2)
        with anyio.fail_after(HANG):
            while engine.outbox_states():  # noqa: ASYNC110 - the end of an outbox is not recorded
                await anyio.sleep(0.001)
    assert transport.senders["x"].serials == [1, 2]
    assert transport.senders["x"].closed == 1


async def test_what_waits_when_the_last_subscription_ends_is_kept_for_a_time_only() -> None:
    transport, clock = FakeQueuedTransport(), FakeClock()
    engine = engine_on(transport, clock=clock, rules=OutboxRules(keep=0.05))
    transport.sender("x").breaks_after = 0
    engine.subscribe("E_A", "wait:x", 1)
    for _ in range(3):
        engine.raise_event("E_A")
    async with running(engine) as watch:
        clock.pass_by(1)
        engine.reap()
        assert engine.outbox_states()
        clock.pass_by(0.05)
        ends = await settled(watch, 3)
        with anyio.fail_after(HANG):
            while engine.outbox_states():  # noqa: ASYNC110 - the end of an outbox is not recorded
                await anyio.sleep(0.001)
    assert [(end.outcome, end.reason) for end in ends] == [("dropped", "no subscription any more")] * 3
    assert engine.totals().queue_use.bytes == 0


async def test_subscribed_again_while_it_ends_an_outbox_goes_on() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport)
    async with running(engine) as watch:
        for serial in range(1, 6):
            engine.subscribe("E_A", "wait:x")
            engine.raise_event("E_A")
            engine.unsubscribe("E_A", "wait:x")
            engine.subscribe("E_A", "wait:x")
            engine.raise_event("E_A")
            engine.unsubscribe("E_A", "wait:x")
            await settled(watch, 2)
            assert transport.senders["x"].serials[-2:] == [2 * serial - 1, 2 * serial]


async def test_a_refresh_with_a_new_password_opens_the_destination_anew_and_one_without_does_not() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport)
    engine.subscribe("E_A", "wait:x@old", 60)
    engine.subscribe("E_A", "wait:x", 60)
    engine.subscribe("E_A", "wait:x@old", 60)
    assert transport.passwords == ["old"]
    engine.subscribe("E_A", "wait:x@new", 60)
    assert transport.passwords == ["old", "new"]
    assert [str(state.subscription.socket) for state in engine.subscription_states()] == ["wait:x"]
    assert [order.source for order in engine.saved_subscriptions()] == ["wait:x@new"]


def test_a_wildcard_that_is_refreshed_with_a_new_password_gives_it_to_later_events() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport, "E_A", "E_B")
    engine.subscribe("E_*", "wait:x@old")
    engine.saved.follow()
    engine.subscribe("E_*", "wait:x@new")
    assert {change.source for change in engine.saved.take_changes() if change.saved is None} == {"wait:x@old"}
    engine.subscribe("E_*", "wait:x")  # without a password: the last one stays
    engine.publish("E_LATE")
    assert [each.source for each in engine.saved_subscriptions()] == ["wait:x@new"] * 4  # the wildcard and its events


def test_a_wildcard_without_a_match_yet_takes_a_new_password() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport, "E_A")
    engine.subscribe("LATE*", "wait:x@old")
    engine.subscribe("LATE*", "wait:x@new")
    engine.publish("LATE_1")
    assert [each.source for each in engine.saved_subscriptions()] == ["wait:x@new"] * 2


async def test_a_multicast_serves_all_branches_and_reports_once_when_all_are_done() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport)
    transport.sender("b").refuses = {b"E_A\n\n": "no"}
    engine.subscribe("E_A", "multicast:a fake:direct b?payload=text")
    async with running(engine) as watch:
        engine.raise_event("E_A")
        (end,) = await settled(watch, 1)
    assert transport.senders["a"].payloads == [b'{"jsonrpc":"2.0","method":"E_A"}']
    assert [payload for _, payload in transport.direct.sent] == [b'{"jsonrpc":"2.0","method":"E_A"}']
    assert (str(end.socket), end.outcome, end.reason) == (
        "multicast:a fake:direct b?payload=text",
        "failed",
        "1 of 3: wait:b: no",
    )
    (state,) = engine.subscription_states()
    assert (state.failed, state.sent) == (1, 0)


async def test_a_dead_branch_delays_no_other() -> None:
    transport = FakeQueuedTransport(OutboxPolicy(backoff=30, max_backoff=30))
    engine = engine_on(transport)
    transport.sender("dead").breaks_after = 0
    engine.subscribe("E_A", "multicast:dead live")
    async with running(engine):
        for _ in range(100):
            engine.raise_event("E_A")
        with anyio.fail_after(HANG):
            while len(transport.sender("live").got) < 100:  # noqa: ASYNC110 - a branch alone is not recorded
                await anyio.sleep(0.001)
    assert transport.sender("live").serials == list(range(1, 101))


async def test_draining_waits_for_reachable_destinations_and_not_for_dead_ones() -> None:
    transport = FakeQueuedTransport(OutboxPolicy(backoff=30, max_backoff=30))
    engine = engine_on(transport)
    transport.sender("dead").breaks_after = 0
    engine.subscribe("E_A", "wait:dead")
    engine.subscribe("E_A", "wait:live")
    async with running(engine):
        for _ in range(1000):
            engine.raise_event("E_A")
        started = time.monotonic()
        await engine.drain(20)
        assert time.monotonic() - started < 15
    assert len(transport.sender("live").got) == 1000


async def test_closing_lists_what_was_not_delivered() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport)
    engine.subscribe("E_A", "wait:x")
    watch = engine.watch()
    engine.raise_event("E_A")
    engine.raise_event("E_A")
    engine.close()
    engine.close()  # once more says nothing else
    assert engine.undelivered == [Undelivered(Socket("wait", "x"), lost=2, kept=0)]
    ends = [record for record in watch.read() if isinstance(record, Settled)]
    assert [(end.outcome, end.reason) for end in ends] == [("dropped", "evtui stopped")] * 2


def test_durable_without_a_spool_is_refused_at_subscribe() -> None:
    engine = engine_on(FakeQueuedTransport(OutboxPolicy(durable=True)))
    with pytest.raises(BadSocketError, match=r"engine\.spool"):
        engine.subscribe("E_A", "wait:x")
    assert engine.subscription_states() == ()


def test_listing_one_socket_finds_it_under_its_shown_name_and_with_its_password() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport, "E_A", "E_B")
    engine.subscribe("E_A", "wait:x@secret")
    engine.subscribe("E_B", "wait:x@secret")
    engine.subscribe("E_B", "wait:y")
    socket = engine.parse("wait:x@other").socket
    assert [state.subscription.event for state in engine.subscription_states(socket=socket)] == ["E_A", "E_B"]
    assert [str(state.subscription.socket) for state in engine.subscription_states("E_B", socket)] == ["wait:x"]


async def test_twenty_thousand_raises_at_a_dead_destination_keep_to_the_bounds_and_count_each_loss() -> None:
    transport = FakeQueuedTransport(OutboxPolicy(max_count=1000, backoff=30, max_backoff=30))
    engine = engine_on(transport)
    transport.sender("dead").breaks_after = 0
    engine.subscribe("E_A", "wait:dead")
    async with running(engine):
        for _ in range(20):
            for _ in range(1000):
                engine.raise_event("E_A", {"a": 1})
            await anyio.lowlevel.checkpoint()
        (state,) = engine.subscription_states()
    assert state.queued == 1000
    assert state.dropped == 19_000


def test_a_raise_to_waiting_and_direct_subscribers_lists_the_direct_ones_first() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport)
    for socket in ("fake:1", "wait:2", "fake:3", "wait:4"):
        engine.subscribe("E_A", socket)
    raised = engine.raise_event("E_A")
    assert isinstance(raised, Raised)
    assert [(str(delivery.socket), delivery.queued) for delivery in raised.deliveries()] == [
        ("fake:3", False), ("fake:1", False), ("wait:4", True), ("wait:2", True),
    ]  # fmt: skip
    assert len(raised.latencies) == len(raised.plan.groups)
    assert isinstance(transport.direct, FakeTransport)


class Handlers(FakeQueuedTransport):
    """`wait:` sockets that handle in this process."""

    def __init__(self) -> None:
        super().__init__()
        self.handle: Callable[[Notification], str | None] = lambda _notification: None

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        return Target(Socket(scheme, address), "jsonrpc", lambda: Handler(self.handle))


def test_a_handler_gets_the_event_itself_in_place_and_its_end_is_recorded() -> None:
    transport = Handlers()
    got: list[tuple[str, Params]] = []
    transport.handle = lambda notification: got.append((notification.event, notification.params))
    engine = engine_on(transport)
    engine.subscribe("E_A", "wait:x")
    watch = engine.watch()
    engine.raise_event("E_A", {"a": 1})
    assert got == [("E_A", Params((1,), ("a",)))]
    (raised, end) = watch.read()
    assert isinstance(raised, Raised)
    assert isinstance(end, Settled)
    assert (end.outcome, end.serial) == ("sent", raised.serial)
    (state,) = engine.subscription_states()
    assert (state.sent, state.queued, state.outbox) == (1, 0, None)


def test_a_handler_that_throws_is_a_failed_delivery_and_the_others_are_served(caplog: pytest.LogCaptureFixture) -> None:
    transport = Handlers()

    def throw(_notification: Notification) -> str | None:
        raise ZeroDivisionError("oops")

    transport.handle = throw
    engine = engine_on(transport)
    engine.subscribe("E_A", "wait:x")
    engine.subscribe("E_A", "fake:direct")
    engine.raise_event("E_A")
    assert len(transport.direct.sent) == 1
    (_direct, state) = engine.subscription_states()
    assert (state.failed, state.last_error) == (1, "ZeroDivisionError: oops")
    assert "failed to handle" in caplog.text


def test_raises_nested_in_handlers_end_at_a_hundred_and_the_innermost_is_refused() -> None:
    transport = Handlers()
    engine = engine_on(transport)
    refused: list[str] = []
    entered = 0

    def again(_notification: Notification) -> str | None:
        nonlocal entered
        entered += 1
        try:
            engine.raise_event("E_A")
        except NestingError as error:
            refused.append(str(error))
        return None

    transport.handle = again
    engine.subscribe("E_A", "wait:x")
    engine.raise_event("E_A")
    assert entered == 100
    assert len(refused) == 1
    engine.raise_event("E_A")  # and all is well afterwards
    assert entered == 200


class Echo(FakeSender):
    """A sender that never suspends and raises the event again: a route that raises its own event."""

    def __init__(self, again: Callable[[], object]) -> None:
        super().__init__()
        self._again = again

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        for place in range(len(batch)):
            self._again()
            settle(place, None)


async def test_a_destination_that_raises_its_own_event_blocks_no_task_and_no_drain() -> None:
    transport = FakeQueuedTransport()
    engine = engine_on(transport)
    transport.senders["x"] = Echo(lambda: engine.raise_event("E_A"))
    engine.subscribe("E_A", "wait:x")
    with anyio.fail_after(HANG):
        async with running(engine) as watch:
            engine.raise_event("E_A")
            await settled(watch, 3)
            await engine.drain(0.05)
    (event,) = engine.event_states()
    assert (event.raised or 0) > 3
