"""A reader of the watch feed ends with the engine's own states, whatever happens while it reads, however slowly."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack, aclosing, suppress
from typing import Any, TypeAlias
from unittest import mock

import anyio
import anyio.lowlevel
from hypothesis import given, settings
from hypothesis import strategies as st

from evtui.core.clocks import Clocks
from evtui.core.errors import RequestError
from evtui.core.ports import EventState, SubscriptionState
from evtui.core.values import NO_PARAMS
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.serve.watch import encoded_records, feed_reader, watch_feed
from evtui.serve.watch.feed_options import FeedOptions
from evtui.serve.watch.watch_feed import WatchFeed
from tests.fakes.engine_fakes import FakeClock, FakeTransport
from tests.fakes.feed_fakes import FeedClient, make_feed, running
from tests.fakes.queued_fakes import FakeQueuedTransport, FakeSender

EVENTS = ("E_A", "E_B", "E_C")
SOCKETS = ("fake:x/1", "fake:x/2", "fake:y", "wait:a", "wait:b", "wait:c")
SMALL = (
    (encoded_records, "MAX_RECORDS", 12),
    (encoded_records, "MOST_AT_ONCE", 3),
    (feed_reader, "OLDER_AT_ONCE", 2),
    (watch_feed, "PART", 2),
    (watch_feed, "PULSE", 0.0),
    (watch_feed, "_SECONDS_AT_ONCE", 0.0),
)  # fmt: skip
"""Bounds so small that a few records reach them."""

Step: TypeAlias = tuple[str, Any]

events = st.sampled_from(EVENTS)
sockets = st.sampled_from(SOCKETS)
steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("subscribe"), st.tuples(events | st.just("E_*"), sockets, st.none() | st.integers(1, 5))),
    st.tuples(st.just("end"), st.tuples(events, sockets)),
    st.tuples(st.just("raise"), st.tuples(events, st.integers(1, 9))),
    st.tuples(st.just("publish"), st.sampled_from(("E_D", "E_F"))),
    st.tuples(st.just("break"), st.tuples(sockets, st.booleans())),
    st.tuples(st.just("hold"), st.booleans()),
    st.tuples(st.just("pass"), st.floats(0.1, 3)),
    st.tuples(st.just("run"), st.integers(1, 9)),
    st.tuples(st.just("read"), st.integers(1, 9)),
)


class World:
    """An engine whose time stands, with direct and queued destinations that can fail and be held."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.queued = FakeQueuedTransport()
        self.direct = FakeTransport()
        self.held: anyio.Event | None = None
        self.queued.prepare = self._prepare
        catalogue = Catalogue()
        for name in EVENTS:
            catalogue.publish(name)
        self.engine = Engine(
            catalogue, [self.direct, self.queued], Journal(max_records=40), clock=self.clock, wall=self.wall
        )

    def wall(self) -> float:
        """Return the wall seconds of now."""
        return 1_800_000_000.0 + self.clock.now

    def clocks(self) -> Clocks:
        """Return clocks of the world for the feed, whose sleep only lets others run."""
        return Clocks(self.clock, self.wall, FakeClock(), FakeClock().sleep)

    def _prepare(self, sender: FakeSender) -> None:
        sender.held = self.held

    def pass_by(self, seconds: float) -> None:
        """Let seconds pass, and subscriptions expire."""
        self.clock.pass_by(seconds)
        self.engine.reap()

    def hold(self, held: bool) -> None:
        """Let queued destinations take nothing, or take again."""
        if self.held is not None:
            self.held.set()
        self.held = anyio.Event() if held else None
        for sender in self.queued.senders.values():
            sender.held = self.held

    def mend(self, socket: str, is_broken: bool) -> None:
        """Let a destination fail, or work again."""
        scheme, _, address = socket.partition(":")
        if scheme == "wait":
            self.queued.sender(address).breaks_after = 0 if is_broken else None
        elif is_broken:
            self.direct.broken[address] = "EPIPE"
        else:
            self.direct.broken.pop(address, None)

    async def step(self, name: str, value: Any) -> None:
        """Do one step."""
        actions: dict[str, Callable[[], object]] = {
            "subscribe": lambda: self.engine.subscribe(*value),
            "end": lambda: self.engine.subscribe(value[0], value[1], 0),
            "raise": lambda: [self.engine.raise_event(value[0], NO_PARAMS) for _ in range(value[1])],
            "publish": lambda: self.engine.publish(value),
            "break": lambda: self.mend(*value),
            "hold": lambda: self.hold(value),
            "pass": lambda: self.pass_by(value),
        }
        if name == "run":
            for _ in range(value):
                await anyio.lowlevel.checkpoint()
            return
        with suppress(RequestError):  # it is published already, or was not subscribed
            actions[name]()

    async def settle(self) -> None:
        """Mend all, and let all queues become empty."""
        self.hold(False)
        for socket in SOCKETS:
            self.mend(socket, False)
        with anyio.fail_after(2):
            while self.engine.totals().queued:
                self.clock.pass_by(0.001)  # a pause between attempts ends
                await anyio.sleep(0.001)


def _event(state: EventState) -> tuple[object, ...]:
    return (
        state.event.id, state.event.name, state.subscribers, state.raised, state.sent, state.failed, state.dropped,
        state.last_at, state.last_params, state.viewers, state.no_subscribers, state.refused,
    )  # fmt: skip


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _subscription(state: SubscriptionState) -> tuple[object, ...]:
    one = state.subscription
    outbox = state.outbox and (state.outbox.queued, state.outbox.delivered, state.outbox.link, state.outbox.attempt)
    return (
        one.event, str(one.socket), one.expire, one.pattern, _rounded(state.ttl), state.sent, state.failed,
        state.queued, state.dropped, state.last_at, state.last_error, outbox,
    )  # fmt: skip


async def _read_to_end(feed: WatchFeed, lines: Any, client: FeedClient, begin: int) -> None:
    """Read until all records were told, and then a pulse."""
    written = feed.journal.written
    with anyio.fail_after(2):
        while begin + len(client.records) + client.lost < written:
            client.take((await anext(lines)).data)
        for _ in range(3):
            pulses = len(client.pulses)
            while len(client.pulses) == pulses:
                client.take((await anext(lines)).data)


async def _watch(before: Sequence[Step], during: Sequence[Step], back: int) -> None:
    world = World()
    feed = make_feed(world.engine, world.clocks())
    client = FeedClient()
    async with anyio.create_task_group() as tasks, running(feed):
        tasks.start_soon(world.engine.run)
        for step in before:
            if step[0] != "read":
                await world.step(*step)
        with feed.reader(FeedOptions(back=back)) as reader:
            async with aclosing(reader.lines()) as lines:
                client.take((await anext(lines)).data)
                begin = max(feed.journal.written - back, feed.journal.evicted)
                client.take((await anext(lines)).data)  # the state
                for name, value in during:
                    if name != "read":
                        await world.step(name, value)
                        continue
                    for _ in range(value):
                        client.take((await anext(lines)).data)
                await world.settle()
                await _read_to_end(feed, lines, client, begin)
                await _compare(feed, world, client, begin)
        tasks.cancel_scope.cancel()
    world.engine.close()


async def _compare(feed: WatchFeed, world: World, client: FeedClient, begin: int) -> None:
    engine, wall = world.engine, feed.wall()
    assert [*map(_event, client.states.events())] == [*map(_event, engine.event_states())]
    told = client.states.subscriptions(None, wall)
    assert sorted(map(_subscription, told), key=str) == sorted(
        map(_subscription, engine.subscription_states(None)), key=str
    )
    status, totals = client.states.status(), engine.totals()
    assert (status.raised, status.sent, status.failed, status.dropped, status.queued) == (
        totals.raised, totals.sent, totals.failed, totals.dropped, totals.queued,
    )  # fmt: skip
    assert begin + len(client.records) + client.lost == feed.journal.written
    places = [place for place, _ in client.records]
    assert places == sorted(set(places))


@settings(max_examples=100, deadline=None)
@given(st.lists(steps, max_size=12), st.lists(steps, max_size=40), st.integers(0, 20))
def test_a_reader_ends_with_the_states_of_the_engine(before: list[Step], during: list[Step], back: int) -> None:
    with ExitStack() as patched:
        for module, name, value in SMALL:
            patched.enter_context(mock.patch.object(module, name, value))
        asyncio.run(_watch(before, during, back))
