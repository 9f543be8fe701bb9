"""A recording is the backend that was recorded: the same answers at each moment, the same records, nothing changed."""

import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.recording.backend import RecordingBackend, open_recording
from evtui.backends.recording.player import Player
from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.errors import ReadOnlyError, UnknownEventError
from evtui.core.ports import Backend, EventState, SubscriptionState
from evtui.core.records import Raised, Record
from evtui.core.values import NO_PARAMS, Params
from evtui.engine.engine import Engine
from evtui.persistence.recording_switch import RecordingRules, RecordingSwitch
from tests.contract.backends import EVENTS, attached
from tests.functional.processes.waiting import until
from tests.limits import HANG

SOCKET = "udp:127.0.0.1:9"
NAMES = ["rec.jsonl", "rec.jsonl.gz"]


@asynccontextmanager
async def recorded(path: Path) -> AsyncGenerator[Engine]:
    """Record an engine until the block ends."""
    async with open_engine(events=EVENTS, static_events=False) as engine, anyio.create_task_group() as tasks:
        backend, rules = EmbeddedBackend(engine), RecordingRules(1 << 30, 1)
        recordings = RecordingSwitch(backend, tasks, rules, REAL_CLOCKS, engine.walk_subscriptions)
        await recordings.begin(str(path))
        yield engine
        await recordings.end()


@asynccontextmanager
async def opened(path: Path) -> AsyncGenerator[tuple[RecordingBackend, Player]]:
    """Open a recording that stands still until its index is made."""
    async with open_recording(path, KNOWN_SCHEMES, REAL_CLOCKS) as (backend, player):
        player.play(is_paused=True)
        await until(lambda: player.state.progress is None)
        yield backend, player


async def do_much(engine: Engine) -> list[Record]:
    """Let much happen, and return its records."""
    watch = engine.watch()
    backend = EmbeddedBackend(engine)
    await backend.subscribe("E_ONE", SOCKET, 60)
    engine.raise_event("E_ONE", {"a": "\udcff", "b": 2**70})
    engine.raise_event("E_TWO")
    await backend.subscribe("E_ONE", "udp:127.0.0.1:10?payload=text", 60)
    await backend.subscribe("E_O*", "unix:/nonexistent/socket", 60)
    for number in range(3):
        engine.raise_event("E_ONE", [number])
    engine.publish("E_LATER")
    engine.raise_event("E_LATER", {"x": None})
    await backend.test_subscriber("E_ONE", SOCKET, Params((1,)))
    await backend.subscribe("E_ONE", SOCKET, 120)
    await backend.subscribe("E_ONE", "udp:127.0.0.1:10?payload=text", 0)
    engine.raise_event("E_ONE", {"last": 1.5})
    engine.refuse_raise("E_NOPE", NO_PARAMS, "unknown event", "there is none")
    return [*watch.read()]


def told(state: EventState) -> EventState:
    """Leave out of an event what only the engine's own run knows."""
    return replace(state, event=replace(state.event, description="", parameters=()))


def left_out(state: SubscriptionState) -> SubscriptionState:
    """Leave out what passes while a test runs: the time left, and the monotonic second of the end."""
    subscription = replace(state.subscription, expires_at=None)
    return replace(state, subscription=subscription, ttl=None, latency=None, codec="", outbox=None)


async def until_end(player: Player) -> None:
    await player.jump(player.state.end)


async def step_to_the_end(player: Player) -> None:
    before = -1
    while player.state.record != before:
        before = player.state.record
        await player.step(1)


@pytest.mark.parametrize("go", [until_end, step_to_the_end])
@pytest.mark.parametrize("name", NAMES)
async def test_at_the_end_it_answers_as_the_backend_did(
    tmp_path: Path, name: str, go: Callable[[Player], Awaitable[None]]
) -> None:
    async with recorded(tmp_path / name) as engine:
        await do_much(engine)
        live = EmbeddedBackend(engine)
        events, subscriptions, status = await live.events(), await live.subscriptions(), await live.status()
    async with opened(tmp_path / name) as (backend, player):
        await go(player)
        assert [told(state) for state in await backend.events()] == [told(state) for state in events]
        shown = await backend.subscriptions()
        assert [left_out(state) for state in shown] == [left_out(state) for state in subscriptions]
        for found, expected in zip(shown, subscriptions, strict=True):
            assert found.ttl == pytest.approx(expected.ttl, abs=5)
        now = await backend.status()
        assert (now.raised, now.sent, now.failed, now.no_subscribers) == (
            status.raised, status.sent, status.failed, status.no_subscribers,
        )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_a_watch_gets_the_same_records(tmp_path: Path, name: str) -> None:
    async with recorded(tmp_path / name) as engine:
        records = await do_much(engine)
    async with opened(tmp_path / name) as (backend, player):
        watch = await backend.watch()
        await step_to_the_end(player)
        assert [type(each) for each in watch.read()] == [type(each) for each in records]
        await player.jump(player.state.begin)
        await player.jump(player.state.end)
        again = watch.read()
        assert [each for each in again if isinstance(each, Raised)] == [
            each for each in records if isinstance(each, Raised)
        ]
        assert watch.lost == 0


async def test_a_watch_that_is_opened_after_a_jump_begins_with_what_came_before(tmp_path: Path) -> None:
    async with recorded(tmp_path / "r.jsonl") as engine:
        records = await do_much(engine)
    async with opened(tmp_path / "r.jsonl") as (backend, player):
        await player.jump(player.state.end)
        watch = await backend.watch()
        assert len(watch.read()) == len(records)


async def test_a_step_back_takes_back_what_the_record_did(tmp_path: Path) -> None:
    async with recorded(tmp_path / "r.jsonl") as engine:
        await do_much(engine)
    async with opened(tmp_path / "r.jsonl") as (backend, player):
        seen: list[tuple[list[EventState], Sequence[SubscriptionState]]] = []
        for _ in range(player.state.records):
            seen.append(([told(each) for each in await backend.events()], await backend.subscriptions()))
            await player.step(1)
        for expected in reversed(seen):
            await player.step(-1)
            found = [told(each) for each in await backend.events()], await backend.subscriptions()
            assert len(found[1]) == len(expected[1])
            assert found[0] == expected[0]
        assert player.state.record == 0


async def test_it_plays_in_its_own_time_and_stands_still_at_the_end(tmp_path: Path) -> None:
    async with recorded(tmp_path / "r.jsonl") as engine:
        engine.raise_event("E_ONE")
        await anyio.sleep(0.3)
        engine.raise_event("E_TWO")
    async with open_recording(tmp_path / "r.jsonl", KNOWN_SCHEMES, REAL_CLOCKS) as (backend, player):
        watch, begin = await backend.watch(), time.monotonic()
        found: list[Record] = []
        with anyio.fail_after(HANG):
            while len(found) < 2:
                await watch.wait()
                found += watch.read()
        assert time.monotonic() - begin > 0.25
        await until(lambda: player.state.is_paused)
        assert player.monotonic() >= 0.3


async def test_nothing_can_be_changed(tmp_path: Path) -> None:
    async with recorded(tmp_path / "r.jsonl"):
        pass
    async with opened(tmp_path / "r.jsonl") as (found, _):
        backend: Backend = found
        status = await backend.status()
        assert (status.read_only, status.can_raise) == (True, False)
        with pytest.raises(ReadOnlyError):
            await backend.subscribe("E_ONE", SOCKET, 60)
        with pytest.raises(ReadOnlyError):
            await backend.raise_event("E_ONE", NO_PARAMS)
        with pytest.raises(UnknownEventError):
            await backend.subscriptions("E_NOPE")


async def test_it_says_why_a_socket_did_not_get_an_event(tmp_path: Path) -> None:
    async with recorded(tmp_path / "r.jsonl") as engine:
        await do_much(engine)
    async with opened(tmp_path / "r.jsonl") as (backend, player):
        await player.jump(player.state.end)
        report = await backend.report_delivery("E_ONE", "unix:/nonexistent/socket")
        assert "ENOENT" in str(report.steps)


async def test_parameters_are_those_of_the_raise(tmp_path: Path) -> None:
    params = Params((1, "x", None), ("a", "a", ""))
    async with recorded(tmp_path / "r.jsonl") as engine:
        engine.raise_event("E_ONE", params)
    async with opened(tmp_path / "r.jsonl") as (backend, player):
        await player.step(1)
        (state, *_) = await backend.events()
        assert state.last_params == params


async def test_a_server_that_is_attached_to_is_recorded_as_far_as_it_tells(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    async with attached("udp")() as server, anyio.create_task_group() as tasks:
        recordings = RecordingSwitch(server, tasks, RecordingRules(1 << 30, 1), REAL_CLOCKS)
        await recordings.begin(str(path))
        await server.subscribe("E_ONE", SOCKET, 60)
        for number in range(3):
            await server.raise_event("E_ONE", Params((number,), ("n",)))
        await until(lambda: recordings.state is not None and recordings.state.records == 3)
        await recordings.end()
    async with opened(path) as (backend, player):
        watch = await backend.watch()
        await player.jump(player.state.end)
        records = [each for each in watch.read() if isinstance(each, Raised)]
        assert [each.params for each in records] == [Params((number,), ("n",)) for number in range(3)]
        assert all(math.isnan(latency) for each in records for latency in each.latencies)
        status, (event, *_) = await backend.status(), await backend.events()
        assert (status.tells_all, status.source[:4]) == (False, "udp:")
        assert (event.raised, event.received, event.last_params) == (None, 3, Params((2,), ("n",)))
