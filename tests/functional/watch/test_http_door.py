"""The watch feed over HTTP: lines with curl, server-sent events, a WebSocket, and what is refused."""

import contextlib
import json
import shutil
import subprocess
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp
import anyio
import pytest

from tests.fakes.feed_fakes import FeedClient, at_place, until
from tests.functional.mi.mi_world import ask_http
from tests.functional.watch.feed_world import FeedWorld, feed_world, readers_gone, unix_reader
from tests.limits import HANG

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class EventStream:
    """Server-sent events, read as a browser does."""

    def __init__(self) -> None:
        self.client = FeedClient()
        self.last_id = ""
        self._rest = b""

    def take(self, data: bytes) -> None:
        """Read the events of what came."""
        *events, self._rest = (self._rest + data).split(b"\n\n")
        for event in events:
            for line in event.split(b"\n"):
                name, _, value = line.partition(b": ")
                if name == b"id":
                    self.last_id = value.decode()
                else:
                    assert name == b"data"
                    self.client.take_line(value)


@asynccontextmanager
async def _got(url: str, headers: Mapping[str, str] = NO_HEADERS) -> AsyncGenerator[aiohttp.ClientResponse]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        yield response


async def _read_until(
    response: aiohttp.ClientResponse, take: Callable[[bytes], object], condition: Callable[[], bool]
) -> None:
    with anyio.fail_after(HANG):
        while not condition():
            data = await response.content.readany()
            assert data, "the server closed"
            take(data)


async def test_curl_gets_lines(tmp_path: Path) -> None:
    if (curl := shutil.which("curl")) is None:
        pytest.skip("no curl here")
    async with feed_world(tmp_path) as world:
        world.raise_events(3)
        client = FeedClient()
        async with await anyio.open_process(
            [curl, "-sN", f"{world.url}?back=2&filter=event%3DE_X"], stderr=subprocess.STDOUT
        ) as process:
            assert process.stdout is not None
            with anyio.fail_after(HANG):
                while client.place < 3:
                    client.take(await process.stdout.receive())
            process.kill()
        assert [place for place, _ in client.records] == [2, 3]
        assert client.states.status().raised == 3
        await readers_gone(world.feed)


async def test_lines_have_their_type_and_are_not_kept(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world, _got(world.url) as response:
        assert response.status == 200
        assert response.content_type == "application/x-ndjson"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_server_sent_events_go_on_where_the_connection_was_lost(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world:
        stream, headers = EventStream(), {"Accept": "text/event-stream"}
        async with _got(world.url, headers) as response:
            assert response.content_type == "text/event-stream"
            await _read_until(response, stream.take, lambda: bool(stream.client.pulses))
            world.raise_events(10)
            await _read_until(response, stream.take, lambda: stream.client.place == 10)
        assert stream.last_id == "run1:10"
        world.raise_events(5)
        again = EventStream()
        async with _got(world.url, {**headers, "Last-Event-ID": stream.last_id}) as response:
            await _read_until(response, again.take, lambda: again.client.place == 15)
        assert [place for place, _ in again.client.records] == [11, 12, 13, 14, 15]
        assert again.last_id == "run1:15"


async def test_a_web_socket_gets_the_lines_as_messages(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world, aiohttp.ClientSession() as session:
        client = FeedClient()
        async with session.ws_connect(f"{world.url}?back=1") as web_socket:
            await _receive_until(web_socket, client, lambda: bool(client.pulses))
            world.raise_events(10)
            await web_socket.send_str("what a reader sends is left unread")
            await _receive_until(web_socket, client, lambda: client.place == 10)
            await web_socket.close()
        assert [place for place, _ in client.records] == [*range(1, 11)]
        await readers_gone(world.feed)


async def _receive_until(
    web_socket: aiohttp.ClientWebSocketResponse, client: FeedClient, condition: Callable[[], bool]
) -> None:
    with anyio.fail_after(HANG):
        while not condition():
            client.take((await web_socket.receive_str()).encode())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://[", "Accept": "text/event-stream"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 421),
    ],
)
async def test_web_pages_of_others_are_refused(headers: dict[str, str], status: int, tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world:
        given = {name: value.format(port=world.port) if "{" in value else value for name, value in headers.items()}
        async with _got(world.url, given) as response:
            assert response.status == status


async def test_a_web_socket_of_a_foreign_page_is_refused(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(world.url, headers={"Origin": "http://evil.example"})
        assert refused.value.status == 403
        web_socket = await session.ws_connect(world.url, headers={"Origin": f"http://127.0.0.1:{world.port}"})
        await web_socket.close()


async def test_no_host_is_no_origin(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world:
        response = await ask_http(world.port, b"GET /watch HTTP/1.0\r\nOrigin: null\r\n\r\n")
        assert b" 403 " in response


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer s3cret"}, 200),
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Sec-WebSocket-Protocol": "evtui, bearer.wrong"}, 401),
    ],
)
async def test_a_token_is_asked_for(headers: dict[str, str], status: int, tmp_path: Path) -> None:
    async with feed_world(tmp_path, token="s3cret") as world, _got(world.url, headers) as response:
        assert response.status == status
        assert world.feed.statistics.readers == (status == 200)


async def test_a_web_socket_gives_its_token_as_a_subprotocol(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with feed_world(tmp_path, token="s3cret") as world, aiohttp.ClientSession() as session:
        async with session.ws_connect(world.url, protocols=("evtui", "bearer.s3cret")) as web_socket:
            assert web_socket.protocol == "evtui"
            client = FeedClient()
            await _receive_until(web_socket, client, lambda: bool(client.pulses))
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(world.url, protocols=("bearer.s3cret",))
        assert refused.value.status == 400
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    ("query", "part"), [("back=-1", "back"), ("filter=(", "filter"), ("bak=1", "bak"), ("after=x", "after")]
)
async def test_a_bad_query_is_told_with_its_part(query: str, part: str, tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world, _got(f"{world.url}?{query}") as response:
        assert response.status == 400
        assert part in (await response.json())["error"]


async def test_a_web_socket_that_is_none_is_refused(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world:
        head = b"GET /watch HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        assert b" 400 " in await ask_http(world.port, head + b"\r\n")
        assert world.dispatcher.statistics.internal_errors == 0
        await readers_gone(world.feed)


async def test_too_many_readers_are_refused_and_counted(tmp_path: Path) -> None:
    async with feed_world(tmp_path, readers=2) as world, unix_reader(world.path) as reader:
        await reader.read_until(lambda client: bool(client.pulses))
        async with _got(world.url) as second, _got(world.url) as third:
            assert (second.status, third.status) == (200, 503)
            assert "mi.watch_readers" in (await third.json())["error"]
            assert await _statistics(world) == {"readers": 2, "refused": 1, "given_up": 0, "lost": 0}
            async with unix_reader(world.path) as fourth:
                assert len((await fourth.read_to_end()).errors) == 1
        await until(lambda: world.feed.statistics.readers == 1)
        async with _got(world.url) as again:
            assert again.status == 200


async def _statistics(world: FeedWorld) -> dict[str, int]:
    request = b'{"jsonrpc":"2.0","id":1,"method":"get_statistics","params":{"statistics":["watch:"]}}'
    reply = await world.dispatcher.json(request)
    assert reply is not None
    found: dict[str, Any] = json.loads(reply)["result"]
    return {name.removeprefix("watch:"): value for name, value in found.items()}


@pytest.mark.parametrize("way", ["lines", "events", "socket"])
async def test_one_that_reads_nothing_is_given_up_and_delays_no_other(way: str, tmp_path: Path) -> None:
    head = f"GET /watch?back=0 HTTP/1.1\r\nHost: localhost\r\n{_WAYS[way]}\r\n".encode()
    async with (
        feed_world(tmp_path, limits={"write_timeout": 1.0}) as world,
        await anyio.connect_tcp("127.0.0.1", world.port) as stalled,
        unix_reader(world.path) as reader,
    ):
        await stalled.send(head)
        await stalled.receive()
        await reader.read_until(lambda client: bool(client.pulses))
        for _ in range(200):
            world.raise_events(50, size=4000)
            last = world.feed.journal.written
            await reader.read_until(at_place(last))
            if world.feed.statistics.given_up:
                break
        await until(lambda: world.feed.statistics.given_up == 1)
        await until(lambda: world.feed.statistics.readers == 1)
        assert not reader.client.gaps
        with contextlib.suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            while True:
                await stalled.receive()


_WAYS = {
    "lines": "",
    "events": "Accept: text/event-stream\r\n",
    "socket": "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
}


async def test_the_feed_has_only_get(tmp_path: Path) -> None:
    async with feed_world(tmp_path) as world:
        head = b" /watch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
        assert b" 400 " in await ask_http(world.port, b"POST" + head)
        assert b" 406 " in await ask_http(world.port, b"DELETE" + head)
