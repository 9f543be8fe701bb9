"""An evtui that is watched by its feed: nothing of it changes, nothing is missing, and what is wrong is said."""

import json
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import NamedTuple

import anyio
import anyio.abc
import pytest
from msgspec.structs import replace

from evtui.backends.watched.feed_follower import FeedFollower
from evtui.backends.watched.feed_stream import UnixFeed
from evtui.backends.watched.server_backend import ServerBackend
from evtui.bootstrap.engine_setup import RunningEngine, running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.bootstrap.remote_server import TOKEN_VARIABLE, attach
from evtui.core.errors import ReadOnlyError
from evtui.core.ports import Watch
from evtui.core.records import Raised, Record, Restarted, Settled, Subscribed
from evtui.core.values import Params
from evtui.scripting.program_config import read_config
from tests.contract.proxy import Proxy
from tests.functional.cli.test_cli_tail import tailing
from tests.functional.processes.evtui_process import Evtui, Receiver, Server, free_port
from tests.limits import HANG

TOKEN = "a token"


class World(NamedTuple):
    """A server in this loop and where it listens."""

    running: RunningEngine
    unix: str
    http_port: int


@asynccontextmanager
async def served(directory: Path, *settings: str, port: int | None = None) -> AsyncGenerator[World]:
    """Run what `evtui serve` runs."""
    port = port or free_port()
    config = directory / "evtui.toml"
    lines = ["static_events = false", 'events = ["E_ONE", "E_TWO"]', *settings, "[mi]"]
    lines += [f'datagram = ["unix:{directory}/mi.sock"]', f'http = "127.0.0.1:{port}"', f'http_token = "{TOKEN}"']
    config.write_text("\n".join(lines) + "\n")
    loaded = read_config(config, {}, ())
    async with running_engine(loaded, ListenAddresses.chosen(loaded.config)) as running:
        yield World(running, f"unix:{directory}/mi.sock", port)


@asynccontextmanager
async def watched(
    address: str, *, back: int = 0, read_only: bool = False
) -> AsyncGenerator[tuple[ServerBackend, Watch]]:
    """Attach to a server and watch it."""
    async with attach(address, {TOKEN_VARIABLE: TOKEN}, back=back, read_only=read_only) as found:
        watch = await found.backend.watch()
        yield found.backend, watch
        await watch.aclose()


async def read(watch: Watch, count: int) -> list[Record]:
    """Wait for so many records."""
    records: list[Record] = []
    with anyio.fail_after(HANG):
        while len(records) < count:
            await watch.wait()
            records += watch.read()
    return records


def numbers(records: Sequence[Record]) -> list[object]:
    """Return the first value of each raise."""
    return [each.params.values[0] for each in records if isinstance(each, Raised)]


@pytest.mark.parametrize("scheme", ["unix", "http"])
async def test_the_outcomes_of_a_raise_are_told(scheme: str) -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as name, closing(Receiver()) as receiver:
        async with served(Path(name)) as world:
            address = world.unix if scheme == "unix" else f"http://127.0.0.1:{world.http_port}/mi"
            async with watched(address) as (backend, watch):
                await backend.subscribe("E_ONE", receiver.socket, 60)
                await backend.subscribe("E_ONE", f"unix:{name}/nobody", 60)
                await backend.subscribe("E_ONE", f"tcp:127.0.0.1:{free_port()}/m", 60)
                raised = await backend.raise_event("E_ONE", Params(("v",), ("n",)))
                assert raised is not None
                assert [failure.reason[:6] for failure in raised.failures] == ["ENOENT"]
                assert (raised.plan.size, raised.plan.queued) == (3, 1)
                records = await read(watch, 4)
                assert [type(each) for each in records[:4]] == [Subscribed, Subscribed, Subscribed, Raised]
                status, (event, _) = await backend.status(), await backend.events()
                assert (status.tells_all, status.raised, status.sent, status.failed) == (True, 1, 1, 1)
                assert (event.raised, event.sent, event.failed, event.subscribers, event.viewers) == (1, 1, 1, 3, 0)
                by_scheme = {each.subscription.socket.scheme: each for each in await backend.subscriptions("E_ONE")}
                assert (by_scheme["udp"].sent, by_scheme["unix"].failed, by_scheme["tcp"].queued) == (1, 1, 1)
                with anyio.fail_after(HANG):
                    while not any(box.attempt for box in (await backend.status()).outboxes):  # noqa: ASYNC110
                        await anyio.sleep(0.05)
                (box,) = (await backend.status()).outboxes
                assert (box.link, box.queued) == ("retrying", 1)


async def test_viewers_leave_no_trace(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket, "3600")
    evtui.run("subscribe", "E_PIKE_*", receiver.socket, "3600")

    def listed() -> list[object]:
        members = evtui.run("subscribers", "--json").json
        return [{name: value for name, value in each.items() if name != "ttl"} for each in members]

    before = listed()
    async with (
        watched(f"unix:{evtui.mi_sock}", read_only=True) as (_, one),
        watched(f"unix:{evtui.mi_sock}", read_only=True),
        watched(f"unix:{evtui.mi_sock}", read_only=True),
    ):
        with tailing(evtui, "--json") as first, tailing(evtui), tailing(evtui, "E_*"):
            assert listed() == before
            refused = evtui.run("raise", "E_CORE_LOG", "a=1")
            assert "no subscribers" in refused.out + refused.err
            assert json.loads(first.line())["subscribers"] == 0
            assert [type(each) for each in await read(one, 1)] == [Raised]
    assert listed() == before
    assert "E_CORE_LOG" not in evtui.run("subscribers").out


async def test_a_lost_connection_is_made_again_and_nothing_is_missing() -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as name:
        async with served(Path(name)) as world:
            proxy = Proxy(world.http_port)
            async with watched(f"http://127.0.0.1:{proxy.port}/mi") as (backend, watch):
                engine = world.running.engine
                engine.raise_event("E_ONE", Params((0,), ("n",)))
                records = await read(watch, 1)
                proxy.down()
                with anyio.fail_after(HANG):
                    while (await backend.status()).connected:  # noqa: ASYNC110 - the peer decides
                        await anyio.sleep(0.05)
                assert "next attempt in" in (await backend.status()).detail
                for number in range(1, 2000):
                    engine.raise_event("E_ONE", Params((number,), ("n",)))
                proxy.up()
                records += await read(watch, 1999)
                assert numbers(records) == list(range(2000))
                assert watch.lost == 0
                (event, _) = await backend.events()
                assert (event.raised, (await backend.status()).connected) == (2000, True)


async def test_the_size_of_a_hole_is_told() -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as name:
        async with served(Path(name), "[journal]", "records = 100") as world:
            proxy = Proxy(world.http_port)
            async with watched(f"http://127.0.0.1:{proxy.port}/mi") as (backend, watch):
                proxy.down()
                for number in range(1000):
                    world.running.engine.raise_event("E_ONE", Params((number,), ("n",)))
                proxy.up()
                records = await read(watch, 100)
                assert numbers(records) == list(range(900, 1000))
                assert watch.lost == 900
                (event, _) = await backend.events()
                assert event.raised == 1000


async def test_a_server_that_is_started_again_is_followed_again() -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as name:
        async with served(Path(name)) as world:
            pass
        port = world.http_port
        async with anyio.create_task_group() as tasks:
            stop = anyio.Event()
            again = anyio.Event()

            async def serve() -> None:
                async with served(Path(name), port=port) as first:
                    first.running.engine.raise_event("E_ONE", Params((1,), ("n",)))
                    again.set()
                    await stop.wait()

            tasks.start_soon(serve)
            await again.wait()
            async with watched(world.unix, back=10) as (backend, watch):
                assert numbers(await read(watch, 1)) == [1]
                stop.set()
                with anyio.fail_after(HANG):
                    while (await backend.status()).connected:  # noqa: ASYNC110 - the peer decides
                        await anyio.sleep(0.05)
                stop, again = anyio.Event(), anyio.Event()
                tasks.start_soon(serve)
                await again.wait()
                records = await read(watch, 2)
                assert isinstance(records[0], Restarted)
                (event, _) = await backend.events()
                assert event.raised == 1
                stop.set()


async def test_a_server_that_says_nothing_counts_as_away() -> None:
    now = 0.0
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as name:
        async with served(Path(name)), anyio.create_task_group() as tasks:
            clocks = replace(REAL_CLOCKS, monotonic=lambda: now)
            follower = FeedFollower(UnixFeed(f"{name}/mi.watch"), "unix:mi.sock", clocks, 0)
            tasks.start_soon(follower.run)
            await follower.ready()
            assert (follower.detail, follower.silence) == ("", 0.0)
            now = 3.5
            assert "it has said nothing for 4 s" in follower.detail
            assert follower.silence == 3.5
            tasks.cancel_scope.cancel()


async def test_what_a_filter_does_not_show_is_not_sent() -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as name:
        async with served(Path(name)) as world, attach(world.unix, {}) as found:
            watch = await found.backend.watch_feed(wanted="n>=3")
            assert watch is not None
            for number in range(5):
                await found.backend.raise_event("E_ONE", Params((number,), ("n",)))
            assert numbers(await read(watch, 2)) == [3, 4]
            assert watch.journal.kept == 2  # the others did not come here
            await watch.aclose()


async def test_a_read_only_server_is_watched_and_refuses() -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as name:
        async with served(Path(name), "read_only = true") as world, watched(world.unix) as (backend, _):
            status = await backend.status()
            assert (status.read_only, status.can_raise, status.tells_all) == (True, False, True)
            with pytest.raises(ReadOnlyError):
                await backend.raise_event("E_ONE", Params(()))


async def test_without_a_feed_it_is_watched_by_a_subscription() -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as name:
        config = Path(name, "evtui.toml")
        config.write_text(f'events = ["E_ONE"]\n[mi]\ndatagram = ["unix:{name}/mi.sock"]\nwatch = ""\n')
        loaded = read_config(config, {}, ())
        async with (
            running_engine(loaded, ListenAddresses.chosen(loaded.config)),
            watched(f"unix:{name}/mi.sock") as (backend, _),
        ):
            status = await backend.status()
            assert (status.connected, status.tells_all) == (True, False)


async def test_queued_notifications_are_settled() -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as name:
        async with served(Path(name)) as world, watched(world.unix) as (backend, watch):
            server = await anyio.create_tcp_listener(local_host="127.0.0.1")
            port = server.extra(anyio.abc.SocketAttribute.local_port)
            async with server, anyio.create_task_group() as tasks:
                tasks.start_soon(server.serve, _swallow)
                await backend.subscribe("E_ONE", f"tcp:127.0.0.1:{port}/m", 60)
                await backend.raise_event("E_ONE", Params(("v",), ("n",)))
                records = await read(watch, 3)
                (settled,) = [each for each in records if isinstance(each, Settled)]
                assert settled.outcome == "sent"
                (state,) = await backend.subscriptions("E_ONE")
                assert (state.sent, state.queued) == (1, 0)
                tasks.cancel_scope.cancel()


async def _swallow(stream: anyio.abc.ByteStream) -> None:
    async with stream:
        async for _ in stream:
            pass
