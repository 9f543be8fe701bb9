"""HTTP requests with known heads get the replies that they would get from aiohttp, and are not checked less."""

import asyncio
import re
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.lowlevel import checkpoint

from evtui.mi.listeners.http_connection import HttpConnection
from evtui.mi.listeners.known_requests import LONGEST_HEAD, MOST_HEADS, KnownHead, KnownRequests
from tests.functional.mi.mi_world import World, eventually, free_port, http_server
from tests.limits import HANG

TOKEN = "a-token"
PWD = b'{"jsonrpc":"2.0","id":1,"method":"pwd"}'
OTHER = b'{"jsonrpc":"2.0","id":2,"method":"pwd"}'
NOTIFICATION = b'{"jsonrpc":"2.0","method":"pwd","x":0.0}'
LINES = b":pwd:reply\n\n                             "
GARBAGE = b'{"jsonrpc":"2.0","id":1,"method":"pwd"]'
_DATE = re.compile(rb"Date: [^\r]+ GMT\r\n")


def _post(body: bytes = PWD, *more: str, token: str = TOKEN, end: str = "\r\n") -> bytes:
    length = () if any(line.startswith("Transfer") for line in more) else (f"Content-Length: {len(body)}",)
    lines = ["POST /mi HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *length, *more]
    return end.join([*lines, f"Authorization: Bearer {token}", "", ""]).encode() + body


CLOSING = _post(PWD, "Connection: close")
CHUNKED = _post(b"27\r\n" + PWD + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked")
LONGER = "a body longer than its head says"
_REPEATED: dict[str, list[bytes]] = {
    "the same again": [_post()] * 4,
    "bodies of the same length": [_post(), _post(OTHER), _post(GARBAGE), _post(OTHER), _post()],
    "no reply wanted": [_post(NOTIFICATION)] * 3,
    "the line protocol": [_post(LINES)] * 3,
    "other heads between": [_post(), _post(PWD, "X-Other: 1"), _post(), _post(PWD, "X-Other: 1"), _post()],
    "several at once": [_post(), _post(), _post() + _post(), _post(), _post() + _post(OTHER), _post()],
    "one begins inside of another's head": [_post(), b"POST /mi HTTP/1.1\r\nX-Begun: ", _post(), _post()],
    "one is the body of another": [_post(), _post(_post()), _post(), _post(_post()), _post()],
    "a line end in front": [_post(), b"\r\n" + _post(), b"\r\n\r\n" + _post(), _post()],
    "chunked": [_post(), CHUNKED, _post(), CHUNKED, _post()],
    "100-continue": [_post(PWD, "Expect: 100-continue")] * 3,
    "a wrong token": [_post(), _post(token="another"), _post(), _post(token="another")],
    "none of the token": [_post(), _post().replace(b"Authorization", b"X-Authorization"), _post()],
    "a foreign origin": [_post(), _post(PWD, "Origin: http://evil.example"), _post()],
    "another host": [_post(), _post().replace(b"127.0.0.1", b"evil.test"), _post()],
    "another path": [_post(), _post().replace(b"/mi", b"/no"), _post()],
    "a client that closes": [],
}
STREAMS = {name: [*pieces, CLOSING] for name, pieces in _REPEATED.items()} | {
    LONGER: [_post(), _post() + b"{}\r\n\r\n"],
    "a line end alone": [_post(), _post(end="\n")],
    "a wrong length": [_post(), _post().replace(b"Length: 39", b"Length: 3x")],
}
"""Pieces that are sent one after the other. After the last one the server closes."""


@pytest.fixture
def world() -> Generator[World]:
    world = World(["E_X"])
    yield world
    world.close()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """List the bodies that are served without aiohttp."""
    served: list[bytes] = []
    answer = KnownRequests.answer

    def counted(self: KnownRequests, body: bytes, *, keeps_alive: bool) -> bytes | None:
        reply = answer(self, body, keeps_alive=keeps_alive)
        served.extend([] if reply is None else [body])
        return reply

    monkeypatch.setattr(KnownRequests, "answer", counted)
    return served


def _find_nothing(_known: KnownRequests, _head: bytes) -> None:
    return None


@asynccontextmanager
async def _unknowing(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[int]:
    """A listener that knows no heads, so that aiohttp serves all."""
    port = free_port()
    with monkeypatch.context() as patch:
        patch.setattr(KnownRequests, "find", _find_nothing)
        async with http_server(world.dispatcher, port, token=TOKEN):
            yield port


async def _answers(port: int, pieces: Sequence[bytes]) -> bytes:
    """Send pieces, each in turns of its own, and return all that comes until the server closes."""
    got = bytearray()
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        for piece in pieces:
            await stream.send(piece)
            for _ in range(20):
                await checkpoint()
        with anyio.fail_after(HANG):
            while True:
                try:
                    got += await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return _DATE.sub(b"Date: then\r\n", bytes(got))


def _cut(pieces: Sequence[bytes], way: str) -> Iterator[bytes]:
    for piece in pieces:
        head, end, body = piece.partition(b"\r\n\r\n")
        match way:
            case "behind heads":
                yield from filter(None, (head + end, body))
            case "in heads":
                yield from (piece[:30], piece[30:])
            case "in bodies":
                yield from filter(None, (head + end + body[:5], body[5:]))
            case _:
                yield piece


@pytest.mark.parametrize("way", ["whole", "behind heads", "in heads", "in bodies"])
async def test_the_replies_are_those_of_aiohttp(
    way: str, world: World, known: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte but for the date, however the requests are cut into pieces."""
    streams = {name: list(_cut(pieces, way)) for name, pieces in STREAMS.items()}
    if way == "behind heads":
        del streams[LONGER]  # refused, too, but with another reason: aiohttp has read the head before it sees the rest
    async with _unknowing(world, monkeypatch) as port:
        wanted = {name: await _answers(port, pieces) for name, pieces in streams.items()}
    assert known == []
    port, served = free_port(), set[str]()
    async with http_server(world.dispatcher, port, token=TOKEN):
        for name, pieces in streams.items():
            known.clear()
            assert await _answers(port, pieces) == wanted[name], name
            served |= {name} if known else set()
    assert world.dispatcher.statistics.internal_errors == 0
    if way in {"whole", "behind heads"}:
        assert served >= set(streams) - {"chunked", "100-continue", "the line protocol"}
    else:
        assert served == set()


async def test_a_head_whose_body_is_late_is_passed_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that its body has the time that bodies have, and its client gets the same answer when that is over."""
    made: list[HttpConnection] = []
    begin = HttpConnection.connection_made

    def noted(connection: HttpConnection, transport: asyncio.BaseTransport) -> None:
        made.append(connection)
        begin(connection, transport)

    monkeypatch.setattr(HttpConnection, "connection_made", noted)
    port, (head, body) = free_port(), _cut([_post()], "behind heads")
    async with http_server(world.dispatcher, port, token=TOKEN), await anyio.connect_tcp("127.0.0.1", port) as stream:
        with anyio.fail_after(HANG):
            await stream.send(head + body)
            first = await stream.receive()
            await stream.send(head)
            await eventually(lambda: made[0].request_bytes.held == head)
            made[0].deadline = 0.0
            await eventually(lambda: made[0].request_bytes.held == b"")
            await stream.send(body)
            assert _DATE.sub(b"", await stream.receive()) == _DATE.sub(b"", first)
    assert world.dispatcher.statistics.http_headers_late == 0


async def test_a_client_that_goes_before_the_body_is_counted(world: World) -> None:
    port, (head, body) = free_port(), _cut([_post()], "behind heads")
    async with http_server(world.dispatcher, port, token=TOKEN):
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(head + body)
            await stream.receive()
            await stream.send(head)
        await eventually(lambda: world.dispatcher.statistics.http_malformed == 1)


def test_only_so_many_heads_are_known_and_none_that_is_long(world: World) -> None:
    known, head = KnownRequests(world.dispatcher, lambda: 0.0), KnownHead(0, keeps_alive=True)
    for number in range(MOST_HEADS + 2):
        known.remember(str(number).encode(), head)
    assert [known.find(each) for each in (b"0", b"1")] == [None, None]
    assert known.find(b"2") is known.find(str(MOST_HEADS + 1).encode()) is head
    known.remember(long := b"x" * (LONGEST_HEAD + 1), head)
    assert known.find(long) is None
