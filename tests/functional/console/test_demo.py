"""`evtui --demo`: traffic over real sockets, marked by its names."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from random import Random

import anyio

from evtui.bootstrap.engine_setup import open_engine
from evtui.core.ports import SubscriptionState
from evtui.core.records import Raised, Record, Retrying, Settled
from evtui.core.values import Params
from evtui.demo.demo_run import run_demo
from evtui.demo.slow_peer import run_archive
from evtui.demo.traffic import DYNAMIC, KINDS
from evtui.engine.engine import Engine
from tests.limits import HANG


@asynccontextmanager
async def demo() -> AsyncGenerator[Engine]:
    """Run the demo on an engine until the block ends."""
    async with open_engine() as engine, anyio.create_task_group() as tasks:
        await tasks.start(run_demo, engine, anyio.sleep, Random(1))
        yield engine
        tasks.cancel_scope.cancel()


async def test_it_publishes_its_own_events_under_marked_names() -> None:
    async with demo() as engine:
        assert {state.event.name for state in engine.event_states() if state.event.dynamic} == set(DYNAMIC)
    assert all(name.startswith("E_DEMO_") for name in DYNAMIC)


async def test_some_subscriptions_are_permanent_some_short_and_one_fails() -> None:
    async with demo() as engine:
        engine.raise_event("E_PIKE_BLOCKED", {"ip": "192.0.2.1"})
        states = list(engine.subscription_states())
        check_variety(states)


def check_variety(states: list[SubscriptionState]) -> None:
    """Check that there is one of each kind."""
    assert {state.subscription.socket.scheme for state in states} == {"udp", "unix", "tcp"}
    assert any(state.ttl is None for state in states)
    assert any(state.ttl is not None and state.ttl < 60 for state in states)
    (failing,) = [state for state in states if state.last_error]
    assert "ENOENT" in str(failing.last_error)


async def test_what_it_raises_is_received_by_sockets_that_are_there() -> None:
    async with demo() as engine:
        watch = engine.watch()
        delivered = 0
        with anyio.fail_after(HANG):
            while delivered < 5:
                await watch.wait()
                delivered += sum(
                    delivery.error is None
                    for record in watch.read()
                    if isinstance(record, Raised)
                    for delivery in record.deliveries()
                )


def test_its_values_are_from_the_ranges_kept_for_documentation() -> None:
    chance = Random(7)
    for kind in KINDS:
        for _ in range(20):
            for name, value in Params.of(kind.params(chance)).pairs():
                if name in {"ip", "src_ip"}:
                    assert str(value).startswith(("192.0.2.", "198.51.100.", "203.0.113."))
                if name in {"caller", "callee", "aor"}:
                    assert str(value).endswith("@example.com")


async def test_its_archive_acknowledges_goes_away_and_comes_back_to_take_what_waited() -> None:
    async with open_engine(events=["E_A"], transports={"tcp": {"backoff": 0.01, "max_backoff": 0.02}}) as engine:
        watch = engine.watch()
        news: list[Record] = []
        raised: list[int] = []
        async with anyio.create_task_group() as tasks:
            socket = await tasks.start(partial(run_archive, anyio.sleep, present=0.4, absent=0.2))
            engine.subscribe("E_A", socket)
            raised += [engine.raise_event("E_A").serial for _ in range(3)]
            with anyio.fail_after(HANG):
                while sum(isinstance(record, Settled) for record in news) < 3:
                    await watch.wait()
                    news += watch.read()
            tasks.cancel_scope.cancel()
        assert any(isinstance(record, Retrying) for record in news)
        ends = [record for record in news if isinstance(record, Settled)]
        assert [(end.serial, end.outcome) for end in ends] == [(serial, "acknowledged") for serial in raised]
