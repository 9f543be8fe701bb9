"""What every backend answers when it is only asked: an engine, a server over each transport, recordings of both."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.errors import UnknownEventError
from evtui.core.ports import Backend
from evtui.core.values import Params
from evtui.persistence.recording_switch import RecordingRules, RecordingSwitch
from tests.contract.backends import BACKENDS, EVENTS, is_about
from tests.contract.test_recorded_backend import opened

SOCKET, OTHER = "udp:127.0.0.1:9", "unix:/tmp/evtui-test-gone.sock"

READERS = (*BACKENDS, "recording", "recording of a server")


async def do(backend: Backend) -> None:
    """Subscribe two sockets, and raise one event."""
    await backend.subscribe("E_ONE", SOCKET, 60)
    await backend.subscribe("E_ONE", OTHER, 120)
    await backend.subscribe("E_TWO", SOCKET, 60)
    await backend.raise_event("E_ONE", Params((1,), ("a",)))


@asynccontextmanager
async def recorded(backend: Backend, path: Path) -> AsyncGenerator[None]:
    async with anyio.create_task_group() as tasks:
        recordings = RecordingSwitch(backend, tasks, RecordingRules(1 << 30, 1), REAL_CLOCKS)
        await recordings.begin(str(path))
        yield
        await recordings.end()


@asynccontextmanager
async def prepared(name: str, path: Path) -> AsyncGenerator[Backend]:
    """Open a backend to which all of `do` has happened."""
    if name in BACKENDS:
        async with BACKENDS[name]() as backend:
            await do(backend)
            yield backend
        return
    if name == "recording":
        async with open_engine(events=EVENTS, static_events=False) as engine:
            live = EmbeddedBackend(engine)
            async with recorded(live, path):
                await do(live)
    else:
        async with BACKENDS["fifo"]() as server:
            await do(server)
            async with recorded(server, path):
                await anyio.lowlevel.checkpoint()
    async with opened(path) as (backend, player):
        await player.jump(player.state.end)
        yield backend


@pytest.fixture(params=READERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_the_status_says_that_it_is_connected_and_which_schemes_it_knows(name: str, tmp_path: Path) -> None:
    async with prepared(name, tmp_path / "r.jsonl") as backend:
        status = await backend.status()
        assert status.connected
        assert {info.scheme for info in status.schemes} >= {"udp", "unix"}


async def test_events_come_by_id_with_the_number_of_their_subscribers(name: str, tmp_path: Path) -> None:
    async with prepared(name, tmp_path / "r.jsonl") as backend:
        states = await backend.events()
        assert [(state.event.id, state.event.name) for state in states] == list(enumerate(EVENTS))
        assert [state.subscribers for state in states] == [2, 1, 0]


async def test_subscriptions_are_listed_of_all_of_an_event_and_of_a_socket(name: str, tmp_path: Path) -> None:
    async with prepared(name, tmp_path / "r.jsonl") as backend:

        async def listed(event: str | None = None, socket: str | None = None) -> list[tuple[str, str]]:
            states = [state for state in await backend.subscriptions(event, socket) if not state.viewer]
            return [(state.subscription.event, str(state.subscription.socket)) for state in states]

        assert await listed() == [("E_ONE", OTHER), ("E_ONE", SOCKET), ("E_TWO", SOCKET)]
        assert await listed("E_ONE") == [("E_ONE", OTHER), ("E_ONE", SOCKET)]
        assert await listed("E_OTHER") == []
        assert await listed(socket=SOCKET) == [("E_ONE", SOCKET), ("E_TWO", SOCKET)]
        assert await listed("E_ONE", SOCKET) == [("E_ONE", SOCKET)]
        assert await listed(socket="udp:127.0.0.1:10") == []


async def test_a_subscription_has_its_expiry_and_the_time_that_is_left(name: str, tmp_path: Path) -> None:
    async with prepared(name, tmp_path / "r.jsonl") as backend:
        (state,) = [each for each in await backend.subscriptions("E_TWO") if not each.viewer]
        assert state.subscription.expire == 60
        assert is_about(state.ttl, 60)


async def test_an_event_that_is_not_published_is_refused(name: str, tmp_path: Path) -> None:
    async with prepared(name, tmp_path / "r.jsonl") as backend:
        with pytest.raises(UnknownEventError):
            await backend.subscriptions("E_NOPE")
        with pytest.raises(UnknownEventError):
            await backend.report_delivery("E_NOPE", SOCKET)


async def test_a_report_names_the_event_and_the_socket(name: str, tmp_path: Path) -> None:
    async with prepared(name, tmp_path / "r.jsonl") as backend:
        report = await backend.report_delivery("E_ONE", OTHER)
        assert (report.event, report.socket) == ("E_ONE", OTHER)
        assert report.answer


async def test_watches_are_opened_beside_each_other_and_closed(name: str, tmp_path: Path) -> None:
    async with prepared(name, tmp_path / "r.jsonl") as backend:
        watches = [await backend.watch(), await backend.watch(["E_ONE"])]
        assert all(watch.lost == 0 for watch in watches)
        for watch in watches:
            await watch.aclose()
