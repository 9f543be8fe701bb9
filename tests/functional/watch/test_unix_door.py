"""The watch feed on a UNIX stream socket, with plain sockets."""

import contextlib
import socket
import stat
from pathlib import Path

import anyio
import anyio.lowlevel
import msgspec
import pytest

from evtui.core.records import Raised
from evtui.mi.listeners.listen_error import ListenError
from evtui.serve.watch import feed_reader, unix_door
from evtui.serve.watch.unix_door import serve_unix_feed
from tests.fakes.feed_fakes import FeedClient, at_place, until
from tests.functional.watch.feed_world import UnixReader, connected, feed_world, readers_gone, unix_reader


def _has_state(client: FeedClient) -> bool:
    return bool(client.pulses)


@pytest.mark.parametrize(
    ("request_line", "half_close"),
    [(b"{}\n", False), (b"\n", False), (b"", True), (b"{}", True), (b'{"back":3}\n', False), (b'{"back":3}', True)],
)
async def test_a_reader_gets_the_state_and_then_what_happens(
    request_line: bytes, half_close: bool, tmp_path: Path
) -> None:
    async with feed_world(tmp_path) as world:
        world.raise_events(5)
        async with unix_reader(world.path, request_line, half_close=half_close) as reader:
            client = await reader.read_until(_has_state)
            assert client.states.status().raised == 5
            world.raise_events(2)
            client = await reader.read_until(at_place(7))
        back = 3 if b"back" in request_line else 0
        assert [place for place, _ in client.records] == [*range(6 - back, 8)]
        assert client.states.status().raised == 7
        await readers_gone(world.feed)


async def test_a_request_may_come_in_pieces(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world, unix_reader(world.path, b"") as reader:
        for byte in b'{"filter":"event=E_Y"}\n':
            reader.socket.send(bytes([byte]))
            await anyio.sleep(0.001)
        await reader.read_until(_has_state)
        world.raise_events(3)
        world.raise_events(1, "E_Y")
        client = await reader.read_until(lambda client: bool(client.records))
        assert [(place, type(record)) for place, record in client.records] == [(4, Raised)]


@pytest.mark.parametrize(
    ("request_line", "error"),
    [
        (b"GET / HTTP/1.1\r\n", "the request of a watch feed: "),
        (b'{"back":-1}\n', "`$.back`"),
        (b'{"filter":"("}\n', "filter"),
        (b'{"x":1}\n', "x"),
    ],
)
async def test_a_bad_request_is_told_and_the_connection_ends(request_line: bytes, error: str, tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world, unix_reader(world.path, request_line) as reader:
        client = await reader.read_to_end()
        assert len(client.errors) == 1
        assert error in client.errors[0]
        assert not client.lines
        assert world.feed.statistics.readers == 0


async def test_a_request_line_without_end_is_refused(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world, unix_reader(world.path, b"") as reader:
        with contextlib.suppress(OSError), anyio.fail_after(60):
            while True:
                try:
                    reader.socket.send(b"x" * 4096)
                except BlockingIOError:
                    break
                await anyio.lowlevel.checkpoint()
        client = await reader.read_to_end()
        assert "more than 65,536 bytes" in client.errors[0]


async def test_one_that_sends_no_request_is_given_up_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_door, "REQUEST_TIME", 0.1)
    async with feed_world(tmp_path) as world, unix_reader(world.path, b'{"back"') as reader:
        client = await reader.read_to_end()
        assert not client.lines
        assert world.feed.statistics.given_up == 1
        assert world.feed.statistics.readers == 0


async def test_connections_count_before_their_request_has_come(tmp_path: Path) -> None:
    async with feed_world(tmp_path, readers=3) as world, contextlib.AsyncExitStack() as opened:
        silent = [opened.enter_context(contextlib.closing(connected(world.path))) for _ in range(3)]
        async with unix_reader(world.path) as reader:
            client = await reader.read_to_end()
            assert client.errors == ["the watch feed has 3 readers, the most that mi.watch_readers allows"]
        assert world.feed.statistics.refused == 1
        silent[0].close()
        await until(lambda: world.feed._seats == 2)  # pyright: ignore[reportPrivateUsage]
        async with unix_reader(world.path) as reader:
            await reader.read_until(_has_state)


async def test_one_that_reads_nothing_is_given_up_and_delays_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_door, "STALL_TIME", 0.5)
    async with feed_world(tmp_path) as world, unix_reader(world.path) as stalled, unix_reader(world.path) as reader:
        await stalled.read_until(_has_state)
        await reader.read_until(_has_state)
        for _ in range(20):
            world.raise_events(500)
            last = world.feed.journal.written
            await reader.read_until(at_place(last))
        await until(lambda: world.feed.statistics.given_up == 1)
        assert len(reader.client.records) == 10_000
        assert not reader.client.gaps
        client = await stalled.read_to_end()
        assert len(client.records) < 10_000


async def test_a_reader_resumes_without_a_hole(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world:
        async with unix_reader(world.path) as reader:
            await reader.read_until(_has_state)
            world.raise_events(10)
            client = await reader.read_until(at_place(5))
        world.raise_events(10)
        request = msgspec.json.encode({"after": client.place, "instance": "run1"}) + b"\n"
        async with unix_reader(world.path, request) as reader:
            again = await reader.read_until(at_place(20))
        places = [place for place, _ in (*client.records, *again.records)]
        assert places == [*range(1, 21)]


async def test_the_socket_is_of_its_owner_and_locked_and_replaces_a_stale_one(tmp_path: Path) -> None:
    path = tmp_path / "mi.watch"
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as stale:
        stale.bind(str(path))
    async with feed_world(tmp_path) as world:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        async with unix_reader(path) as reader:
            await reader.read_until(_has_state)
        async with anyio.create_task_group() as tasks:
            with pytest.raises(ListenError, match="another server listens there"):
                await tasks.start(serve_unix_feed, world.feed, str(path))
    assert not path.exists()


async def test_fifty_readers_get_every_record(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world, contextlib.AsyncExitStack() as opened:
        readers = [await opened.enter_async_context(unix_reader(world.path)) for _ in range(50)]
        for reader in readers:
            await reader.read_until(_has_state)
        for _ in range(10):
            world.raise_events(100)
            await anyio.sleep(0.01)
        for reader in readers:
            client = await reader.read_until(at_place(1000))
            assert [place for place, _ in client.records] == [*range(1, 1001)]
            assert client.states.status().raised == 1000
        assert world.feed.statistics.readers == 50


async def test_a_flood_is_told_to_every_reader_as_records_and_gaps(tmp_path: Path) -> None:
    count = 50_000
    async with feed_world(tmp_path) as world, contextlib.AsyncExitStack() as opened:
        readers = [await opened.enter_async_context(unix_reader(world.path)) for _ in range(4)]
        for reader in readers:
            await reader.read_until(_has_state)
        async with anyio.create_task_group() as tasks:
            for number, reader in enumerate(readers):
                tasks.start_soon(_read_slowly, reader, count, number * 0.002)
            for _ in range(count // 1000):
                world.raise_events(1000)
                await anyio.lowlevel.checkpoint()
        for reader in readers:
            assert len(reader.client.records) + reader.client.lost == count
            assert reader.client.states.status().raised == count
        assert world.feed.statistics.lost == sum(reader.client.lost for reader in readers)


async def test_a_reader_at_a_crawl_gets_gaps_and_ends_with_the_true_counters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evtui.serve.watch.encoded_records.MAX_RECORDS", 500)
    async with feed_world(tmp_path) as world, unix_reader(world.path) as reader:
        await reader.read_until(_has_state)
        for _ in range(50):
            world.raise_events(200)
            await anyio.sleep(0.01)
        client = await reader.read_until(lambda client: len(client.records) + client.lost == 10_000)
        assert client.gaps
        assert client.gaps[0].reason == feed_reader._TOO_SLOW  # pyright: ignore[reportPrivateUsage]
        assert client.states.status().raised == 10_000


async def _read_slowly(reader: UnixReader, count: int, pause: float) -> None:
    while len(reader.client.records) + reader.client.lost < count:
        await reader.read()
        await anyio.sleep(pause)


async def test_readers_that_go_at_any_moment_leave_nothing_behind(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world:
        for number in range(200):
            world.raise_events(5)
            async with unix_reader(world.path, b'{"back":1000}\n'[: number % 16]) as reader:
                for _ in range(number % 3):
                    await anyio.lowlevel.checkpoint()
                if number % 5 == 4:
                    await reader.read_until(_has_state) if number % 16 == 15 else None
        await readers_gone(world.feed)
        await until(lambda: not world.feed._seats)  # pyright: ignore[reportPrivateUsage]
        assert world.feed.statistics.given_up == 0
