"""Connections for one request each: the answer is that of a server that has no short way, whatever the request is."""

import asyncio
import re
import socket
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from evtui.mi.listeners.http_connection import HttpConnection
from evtui.mi.listeners.known_requests import KnownRequests
from tests.functional.mi.mi_world import World, free_port, http_server
from tests.limits import HANG

TOKEN = "a-token"
PWD = b'{"jsonrpc":"2.0","id":1,"method":"pwd"}'
OTHER = b'{"jsonrpc":"2.0","id":2,"method":"pwd"}'
NOTIFICATION = b'{"jsonrpc":"2.0","method":"pwd","x":0.0}'
LISTING = b'{"jsonrpc":"2.0","id":1,"method":"events_list"}'
GARBAGE = b'{"jsonrpc":"2.0","id":1,"method":"pwd"]'
_COUNTERS = ("requests", "refused", "parse_errors", "http_malformed", "http_wrong_tokens", "http_refused")
_DATE = re.compile(rb"Date: [^\r]+ GMT\r\n")


def _post(body: bytes, connection: str = "close", token: str = TOKEN) -> bytes:
    lines = [
        "POST /mi HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", f"Content-Length: {len(body)}",
        f"Connection: {connection}", f"Authorization: Bearer {token}", "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + body


QUICK: dict[str, list[bytes]] = {
    "the same": [_post(PWD)],
    "another body of the same length": [_post(OTHER)],
    "no reply wanted": [_post(NOTIFICATION)],
}
SLOW: dict[str, list[bytes]] = {
    "not JSON": [_post(GARBAGE)],
    "a command that may wait": [_post(LISTING)],
    "a wrong token": [_post(PWD, token="another")],
    "more behind it": [_post(PWD) + b"x"],
    "two at once": [_post(PWD) + _post(OTHER)],
    "a body that comes later": [_post(PWD)[:-9], _post(PWD)[-9:]],
    "a head that comes later": [_post(PWD)[:30], _post(PWD)[30:]],
    "a connection that is kept": [_post(PWD, "keep-alive"), _post(PWD)],
    "one that is kept, with both at once": [_post(PWD, "keep-alive") + _post(PWD)],
    "nothing": [b""],
}


@pytest.fixture
def world() -> Generator[World]:
    world = World(["E_X"])
    yield world
    world.close()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[HttpConnection]:
    """The connections that are served by aiohttp's class, for which a task and a transport are made."""
    found: list[HttpConnection] = []
    begin = HttpConnection.connection_made

    def noted(connection: HttpConnection, transport: asyncio.BaseTransport) -> None:
        found.append(connection)
        begin(connection, transport)

    monkeypatch.setattr(HttpConnection, "connection_made", noted)
    return found


async def _answer(port: int, pieces: Sequence[bytes]) -> bytes:
    """Open a connection and send the first piece before the server gets a turn; return what comes until it closes."""
    client = socket.create_connection(("127.0.0.1", port))
    first, *others = pieces
    client.sendall(first)
    if not first:
        client.shutdown(socket.SHUT_WR)
    got = bytearray()
    async with await anyio.abc.SocketStream.from_socket(client) as stream:
        for piece in others:
            for _ in range(20):
                await checkpoint()
            await stream.send(piece)
        with anyio.fail_after(HANG):
            while True:
                try:
                    got += await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return _DATE.sub(b"Date: then\r\n", bytes(got))


def _counted(world: World) -> list[int]:
    """Return what a stream has added to the counters."""
    statistics = world.dispatcher.statistics
    counted = [getattr(statistics, name) for name in _COUNTERS]
    for name in _COUNTERS:
        setattr(statistics, name, 0)
    return counted


@asynccontextmanager
async def _slow_server(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[int]:
    """A listener that knows no heads, so that aiohttp serves all."""

    def nothing(_known: KnownRequests, _given: bytes) -> None:
        return None

    port = free_port()
    with monkeypatch.context() as patch:
        patch.setattr(KnownRequests, "find", nothing)
        patch.setattr(KnownRequests, "find_last", nothing)
        async with http_server(world.dispatcher, port, token=TOKEN):
            yield port


async def test_the_answers_are_those_of_aiohttp(
    world: World, made: list[HttpConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = QUICK | SLOW
    async with _slow_server(world, monkeypatch) as port:
        wanted = {name: (await _answer(port, pieces), _counted(world)) for name, pieces in streams.items()}
    assert len(made) == len(streams)
    port = free_port()
    async with http_server(world.dispatcher, port, token=TOKEN):
        for name, pieces in streams.items():  # so that the heads that may be known are
            assert (await _answer(port, pieces), _counted(world)) == wanted[name], name
        for name, pieces in streams.items():
            made.clear()
            assert (await _answer(port, pieces), _counted(world)) == wanted[name], name
            assert bool(made) == (name in SLOW), name
    assert world.dispatcher.statistics.internal_errors == 0


@pytest.fixture
def small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system hold as little as it can of what the server sends."""
    create = socket.create_server

    def with_a_small_buffer(*given: Any, **options: Any) -> socket.socket:
        listening = create(*given, **options)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        return listening

    monkeypatch.setattr(socket, "create_server", with_a_small_buffer)


def _client_that_reads_late(port: int, request: bytes) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    assert client.send(request) == len(request)
    return client


def _named(length: int) -> bytes:
    """A request whose reply is longer than so many bytes."""
    return b'{"jsonrpc":"2.0","id":"%s","method":"pwd"}' % (b"x" * length)


async def _rest(client: socket.socket) -> bytes:
    got = bytearray()
    async with await anyio.abc.SocketStream.from_socket(client) as stream:
        with anyio.fail_after(HANG):
            while True:
                try:
                    got += await stream.receive()
                except anyio.EndOfStream:
                    return _DATE.sub(b"Date: then\r\n", bytes(got))


@pytest.mark.usefixtures("small_buffers")
async def test_a_client_that_reads_its_reply_late_gets_all_of_it(world: World, made: list[HttpConnection]) -> None:
    port, request = free_port(), _post(_named(5_000))
    async with http_server(world.dispatcher, port, token=TOKEN):
        first = await _answer(port, [request])
        made.clear()
        client = _client_that_reads_late(port, request)
        with anyio.fail_after(HANG):
            while not made:  # the rest of the reply needs a transport
                await checkpoint()
        assert await _rest(client) == first
    assert world.dispatcher.statistics.requests == 2
    assert world.dispatcher.statistics.http_replies_unread == 0


@pytest.mark.usefixtures("small_buffers")
async def test_while_clients_leave_too_much_unread_none_is_sent_more(world: World) -> None:
    port, request = free_port(), _post(_named(70_000))
    async with http_server(world.dispatcher, port, token=TOKEN, limits={"unread_bytes": 4096}):
        served = await _answer(port, [_post(PWD)])
        client = _client_that_reads_late(port, request)
        with anyio.fail_after(HANG):
            while b"503" not in (answer := await _answer(port, [_post(PWD)])):
                assert answer == served
        assert b"leave too many bytes of replies unread" in answer
        assert len(await _rest(client)) > 70_000
        with anyio.fail_after(HANG):
            while await _answer(port, [_post(PWD)]) != served:
                await checkpoint()


async def test_a_client_that_has_gone_keeps_nothing_open(world: World, made: list[HttpConnection]) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port, token=TOKEN):
        await _answer(port, [_post(PWD)])
        made.clear()
        for _ in range(5):
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(_post(PWD))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()  # with a reset
        assert await _answer(port, [_post(PWD)])
    assert world.dispatcher.statistics.internal_errors == 0
