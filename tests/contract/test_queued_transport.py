"""What every queued transport promises, tried on each through an engine, against a peer that comes and goes."""

from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path

import anyio
import pytest

from evtui.bootstrap.engine_setup import open_engine
from evtui.core.errors import BadSocketError, EngineClosedError
from evtui.core.ports import SubscriptionState
from evtui.core.records import Settled
from evtui.engine.engine import Engine
from evtui.transports import TransportSettings
from tests.contract.queued_worlds import WORLDS, Rabbitmq, World
from tests.limits import HANG

QUICK = {"backoff": 0.01, "max_backoff": 0.05}


@pytest.fixture(params=[*WORLDS, "rabbitmq"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[World]:
    with ExitStack() as owner:
        if request.param == "rabbitmq":
            yield Rabbitmq(request.getfixturevalue("rabbit"), tmp_path.name, owner)
        else:
            yield WORLDS[request.param](tmp_path, owner)


def engine_for(world: World, *, spool: Path | None = None, **more: object) -> AbstractAsyncContextManager[Engine]:
    """Open an engine whose transports try again soon; `more` are settings of every transport that waits."""
    waiting = [name for name in TransportSettings.__struct_fields__ if name != "datagram"]
    transports = {name: {**QUICK, **world.settings.get(name, {}), **more} for name in waiting}
    return open_engine(events=["E_T"], transports=transports, engine={} if spool is None else {"spool": str(spool)})


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(HANG):
        while not condition():  # noqa: ASYNC110 - files and other threads ring no bell
            await anyio.sleep(0.01)


def state_of(engine: Engine) -> SubscriptionState:
    (state,) = engine.subscription_states("E_T")
    return state


async def test_each_spelling_of_a_socket_is_printed_in_one_spelling_of_the_same_socket(world: World) -> None:
    async with engine_for(world) as engine:
        for written, printed in world.spellings:
            target = engine.parse(written)
            assert str(target.socket) == printed
            assert engine.parse(printed).socket == target.socket
            assert engine.parse(target.source).socket == target.socket


async def test_a_wrong_socket_is_refused_and_the_error_names_the_part(world: World) -> None:
    async with engine_for(world) as engine:
        for written, part in world.wrong:
            with pytest.raises(BadSocketError) as refused:
                engine.subscribe("E_T", written)
            assert refused.value.part == part, written
        assert engine.subscription_states() == ()


async def test_every_event_arrives_in_order_and_every_end_is_recorded(world: World) -> None:
    async with engine_for(world) as engine:
        engine.subscribe("E_T", world.socket)
        watch = engine.watch(["E_T"])
        for number in range(200):
            engine.raise_event("E_T", [number])
        await until(lambda: state_of(engine).sent == 200)
        ends = [record for record in watch.read() if isinstance(record, Settled)]
        state = state_of(engine)
    await until(lambda: len(world.got()) >= 200)  # its reader may be slower than the broker that confirms
    assert world.got() == list(range(200))
    assert [end.serial for end in ends] == list(range(1, 201))
    assert {end.outcome for end in ends} == {"acknowledged"}
    assert (state.failed, state.dropped, state.queued) == (0, 0, 0)


async def test_what_is_raised_while_the_peer_is_away_arrives_in_order_when_it_is_back(world: World) -> None:
    async with engine_for(world) as engine:
        engine.subscribe("E_T", world.socket)
        world.down()
        for number in range(20):
            engine.raise_event("E_T", [number])
        await until(lambda: state_of(engine).last_error is not None)
        assert state_of(engine).queued == 20
        world.up()
        await until(lambda: state_of(engine).sent == 20)
    await until(lambda: len(world.got()) >= 20)
    assert world.got() == list(range(20))


async def test_a_peer_that_goes_in_the_middle_and_comes_back_loses_nothing_and_sees_it_in_order(world: World) -> None:
    async with engine_for(world) as engine:
        engine.subscribe("E_T", world.socket)
        for number in range(300):
            engine.raise_event("E_T", [number])
            if number in {100, 200}:
                await until(lambda: (state_of(engine).sent or 0) > 0)
                world.down()
                await anyio.sleep(0.02)
                world.up()
        await until(lambda: state_of(engine).sent == 300)
    await until(lambda: len(set(world.got())) >= 300)
    assert list(dict.fromkeys(world.got())) == list(range(300))


async def test_too_many_for_an_absent_peer_drop_the_oldest_and_count_each(world: World) -> None:
    async with engine_for(world, queue_count=5) as engine:
        engine.subscribe("E_T", world.socket)
        world.down()
        for number in range(12):
            engine.raise_event("E_T", [number])
        assert (state_of(engine).queued, state_of(engine).dropped) == (5, 7)
        world.up()
        await until(lambda: state_of(engine).sent == 5)
    await until(lambda: len(world.got()) >= 5)
    assert world.got() == [7, 8, 9, 10, 11]


async def test_what_was_accepted_for_a_durable_subscription_arrives_from_the_next_run(
    world: World, tmp_path: Path
) -> None:
    spool = tmp_path / "spool.db"
    async with engine_for(world, spool=spool, durable=True) as first:
        first.subscribe("E_T", world.socket)
        world.down()
        for number in range(10):
            first.raise_event("E_T", [number])
    world.up()
    async with engine_for(world, spool=spool, durable=True) as second:  # without subscribing again
        await until(lambda: len(world.got()) == 10)
        await until(lambda: not second.outbox_states())
    assert world.got() == list(range(10))


async def test_a_subscription_that_ends_delivers_what_was_accepted_and_no_more(world: World) -> None:
    async with engine_for(world) as engine:
        engine.subscribe("E_T", world.socket)
        engine.raise_event("E_T", [1])
        engine.unsubscribe("E_T", world.socket)
        engine.raise_event("E_T", [2])
        await until(lambda: not engine.outbox_states())
    await until(lambda: len(world.got()) >= 1)
    assert world.got() == [1]


async def test_closing_while_a_peer_is_away_is_quick_and_reports_what_was_not_delivered(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with anyio.fail_after(HANG):  # the peer stays away: without an end of its own a drain would last for ever
        async with engine_for(world) as engine:
            engine.subscribe("E_T", world.socket)
            world.down()
            engine.raise_event("E_T", [1])
            await until(lambda: state_of(engine).last_error is not None)
    assert ": 1 notification not delivered" in caplog.text
    with pytest.raises(EngineClosedError):
        engine.raise_event("E_T", [2])
