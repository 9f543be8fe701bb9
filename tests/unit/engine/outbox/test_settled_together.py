"""Notifications that are settled together leave the same records and counters as those that are settled one by one."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from evtui.core.ports import EventState, SubscriptionState, Totals
from evtui.core.records import Outcome, Settled, SubscriberTest
from evtui.core.transport import OutboxPolicy
from evtui.core.values import Params
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.limits import HANG

EVENTS = "E_A", "E_B"
SOCKETS = "wait:x", "wait:y", "multicast:x z"
BAD = b'{"jsonrpc":"2.0","method":"E_A","params":["bad"]}'

GOOD: tuple[Outcome, ...] = "sent", "acknowledged"


class Raise(NamedTuple):
    """A raise, or a test notification to the first socket."""

    event: str
    is_bad: bool
    is_test: bool


class Seen(NamedTuple):
    """What can be seen afterwards."""

    ends: Sequence[Settled]
    kinds: Counter[str]
    events: Sequence[EventState]
    subscriptions: Sequence[SubscriptionState]
    totals: Totals
    settled: dict[tuple[str, Outcome], int]
    tests: Sequence[SubscriberTest]


RAISES = st.lists(st.builds(Raise, st.sampled_from(EVENTS), st.booleans(), st.booleans()), max_size=30)


@settings(max_examples=60, deadline=None)
@given(RAISES, st.integers(2, 9), st.integers(1, 9), st.none() | st.integers(0, 20))
def test_nothing_differs(raises: list[Raise], together: int, window: int, breaks_after: int | None) -> None:
    one_by_one = anyio.run(_run, raises, 1, window, breaks_after)
    assert anyio.run(_run, raises, together, window, breaks_after) == one_by_one


async def _run(raises: list[Raise], together: int, window: int, breaks_after: int | None) -> Seen:
    transport = FakeQueuedTransport(OutboxPolicy(backoff=0.001, max_backoff=0.001, retries=1, timeout=None))
    for name in "xyz":
        sender = transport.sender(name)
        sender.together, sender.window, sender.refuses = together, window, {BAD: "no"}
    transport.sender("x").breaks_after = breaks_after
    catalogue, journal = Catalogue(), Journal()
    for event in EVENTS:
        catalogue.publish(event)
    wall = FakeClock(1_800_000_000.0)
    engine = Engine(catalogue, [transport, transport.direct], journal, clock=time.monotonic, wall=wall)
    for event in EVENTS:
        for socket in SOCKETS:
            engine.subscribe(event, socket)
    tests: list[SubscriberTest] = []
    async with anyio.create_task_group() as tasks:
        for each in raises:
            params = Params.of(["bad" if each.is_bad else "good"])
            if each.is_test:
                tasks.start_soon(_test, engine, each.event, params, tests)
            else:
                engine.raise_event(each.event, params)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(engine.run)
        with anyio.fail_after(HANG):
            while engine.totals().queued or len(tests) < sum(each.is_test for each in raises):  # noqa: ASYNC110 - no records
                await anyio.sleep(0.001)
        tasks.cancel_scope.cancel()
    return _seen(engine, journal, tests)


async def _test(engine: Engine, event: str, params: Params, tests: list[SubscriberTest]) -> None:
    tests.append(await engine.tests.test(event, engine.parse("wait:x"), params))


def _seen(engine: Engine, journal: Journal, tests: Sequence[SubscriberTest]) -> Seen:
    """Describe all but how long it took, which no clock of a test decides."""
    records, lost = journal.since(0)
    assert not lost
    ends = [record for record in records if isinstance(record, Settled)]
    assert all(end.latency >= 0 for end in ends)
    assert all(sum(counts.numbers) == sum(engine.counts.deliveries().get((scheme, how), 0) for how in GOOD)
               for scheme, counts in engine.counts.latencies().items())  # fmt: skip
    return Seen(
        ends=sorted((replace(end, latency=0.0) for end in ends), key=repr),
        kinds=Counter(type(record).__name__ for record in records),
        events=engine.event_states(),
        subscriptions=[_timeless(state) for state in engine.subscription_states()],
        totals=engine.totals(),
        settled=dict(engine.counts.deliveries()),
        tests=sorted((replace(test, latency=0.0) for test in tests), key=lambda test: test.serial),
    )


def _timeless(state: SubscriptionState) -> SubscriptionState:
    outbox = None if state.outbox is None else replace(state.outbox, last_error_age=None, age=0.0, retry_in=None)
    return replace(state, latency=None, outbox=outbox)
