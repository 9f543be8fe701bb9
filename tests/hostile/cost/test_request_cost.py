"""A request takes time in proportion to its size: HTTP through the real handler, and the commands behind every codec.

Nothing is sent over a system socket: a transport that only takes what is written stands for the client.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

import anyio
import pytest
from aiohttp import web

from evtui.core.wildcards import matches
from evtui.engine.engine import Engine
from evtui.mi.dispatch import Dispatcher
from evtui.mi.listeners.http import _Handler, _server  # pyright: ignore[reportPrivateUsage]
from evtui.mi.listeners.http_connection import HttpConnection, HttpLimits
from evtui.mi.listeners.http_paths import HttpPaths
from evtui.mi.listeners.refusal_log import RefusalLog
from evtui.mi.listeners.token_check import TokenCheck
from evtui.mi.protocol.fifo_framing import FifoScanner
from tests.fakes.engine_fakes import FakeClock, fake_engine
from tests.fakes.mi_fakes import fake_dispatcher
from tests.hostile.cost.growth import grows_linearly, processor_time
from tests.limits import HANG

PIECE: Final = 1 << 16
"""Bytes that the event loop reads at once."""
SIZE: Final = 4_000
FAST: Final = 0.004
"""Seconds for eight times SIZE below which nothing is measured further."""
TOKEN: Final = "the-token"


class _Client(asyncio.Transport):
    """Takes what the server writes, and notes when it closes."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written = bytearray()
        self.closed = asyncio.Event()

    def write(self, data: Any) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def close(self) -> None:
        self.closed.set()

    abort = close

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


class _Owner:
    def __init__(self) -> None:
        self.paused: set[HttpConnection] = set()

    def may_reply(self) -> bool:
        return True

    def forget(self, connection: HttpConnection) -> None:
        pass


class Http:
    """The HTTP listener without its system socket."""

    def __init__(self) -> None:
        self.dispatcher = fake_dispatcher()
        self.refusals = RefusalLog("http", FakeClock())
        self.runner = asyncio.Runner()

    def serve(self, sent: bytes) -> bytes:
        """Return all that the server answers until it closes the connection."""
        return self.runner.run(self._serve(sent))

    async def _serve(self, sent: bytes) -> bytes:
        clock = FakeClock()
        check = TokenCheck(TOKEN, clock)
        handler = _Handler(self.dispatcher, self.dispatcher.statistics, (), check, self.refusals, 1 << 20, HttpPaths())
        async with _server(handler) as server:
            return await self._exchange(server, sent)

    async def _exchange(self, server: web.Server, sent: bytes) -> bytes:
        statistics = self.dispatcher.statistics
        connection = HttpConnection(server, "127.0.0.1", HttpLimits(), statistics, self.refusals, _Owner())
        client = _Client()
        connection.connection_made(client)
        for start in range(0, len(sent), PIECE):
            connection.data_received(sent[start : start + PIECE])
            await anyio.lowlevel.checkpoint()
        with anyio.fail_after(HANG):
            await client.closed.wait()
        connection.connection_lost(None)
        return bytes(client.written)


def post(
    body: bytes, *, path: str = "/mi", kind: str = "application/json", more: bytes = b"", last: bool = True
) -> bytes:
    """Write a request after whose answer the server closes the connection."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nAuthorization: Bearer {TOKEN}\r\n"
    close = b"Connection: close\r\n" if last else b""
    return head.encode() + close + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


def call(method: str, params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


def xml(param: str) -> bytes:
    inside = f"<params><param><value>{param}</value></param></params>"
    return f"<?xml version='1.0'?><methodCall><methodName>which</methodName>{inside}</methodCall>".encode()


def members(count: int) -> dict[str, int]:
    return {str(number): number for number in range(count)}


PWD: Final = call("pwd", [])
MEMBER: Final = "<member><name>a</name><value>b</value></member>"
HTTP: Final[dict[str, Callable[[int], bytes]]] = {
    "path": lambda n: post(PWD, path="/" + "a" * n),
    "path of dots": lambda n: post(PWD, path="/.." * (n // 3)),
    "path of escapes": lambda n: post(PWD, path="/%41" * (n // 4)),
    "query": lambda n: post(PWD, path="/mi?" + "a=1&" * (n // 4)),
    "query without values": lambda n: post(PWD, path="/mi?" + "&" * n),
    "fragment": lambda n: post(PWD, path="/mi#" + "#" * n),
    "authority": lambda n: post(PWD, path="http://" + "a@" * (n // 2) + "/mi"),
    "many headers": lambda n: post(PWD, more=b"X: y\r\n" * (n // 6)),
    "a long header": lambda n: post(PWD, more=b"X: " + b" a" * (n // 2) + b"\r\n"),
    "a long name": lambda n: post(PWD, more=b"X" * n + b": y\r\n"),
    "folded header": lambda n: post(PWD, more=b"X: y" + b"\r\n z" * (n // 4) + b"\r\n"),
    "cookies": lambda n: post(PWD, more=b"Cookie: " + b"a=b; " * (n // 5) + b"\r\n"),
    "host": lambda n: post(PWD).replace(b"localhost", b"[" + b":" * n),
    "token": lambda n: post(PWD).replace(TOKEN.encode(), b"a" * n),
    "content type": lambda n: post(PWD, kind="application/json" + ";a=b" * (n // 4)),
    "content type of quotes": lambda n: post(PWD, kind='application/json;a="' + '\\"' * (n // 2)),
    "transfer encodings": lambda n: post(PWD, more=b"Transfer-Encoding: " + b"chunked," * (n // 8) + b"\r\n"),
    "requests without waiting": lambda n: post(PWD, last=False) * (n // 200) + post(PWD),
    "garbage": lambda n: b"\0" * n + b"\r\n\r\n",
    "JSON text": lambda n: post(call("which", ["a" * n])),
    "JSON escapes": lambda n: post(call("which", ["AA"]).replace(b"AA", b"\\ud83d\\ude00" * (n // 12))),
    "JSON members": lambda n: post(call("raise_event", {"event": "E_T", "params": members(n // 10)})),
    "JSON text of members": lambda n: post(call("raise_event", ["E_T", json.dumps(members(n // 10))])),
    "JSON depth": lambda n: post(b"[" * n),
    "JSON number": lambda n: post(b'{"jsonrpc":"2.0","id":' + b"9" * n + b',"method":"pwd"}'),
    "JSON batch of nothing": lambda n: post(b"[" + b"1," * (n // 2) + b"1]"),
    "JSON id": lambda n: post(b'{"jsonrpc":"2.0","method":"pwd","id":"' + b"\xff" * n + b'"}'),
    "statistics": lambda n: post(call("get_statistics", [[f"a{i}" for i in range(n // 8)]])),
    "wildcard": lambda n: post(call("event_subscribe", ["E" + "[" * n + "*", "fake:a"])),
    "wildcard of stars": lambda n: post(call("event_subscribe", ["*a" * (n // 2), "fake:a"])),
    "XML text": lambda n: post(xml("a" * n), path="/RPC2", kind="text/xml"),
    "XML entities": lambda n: post(xml("&amp;" * (n // 5)), path="/RPC2", kind="text/xml"),
    "XML depth": lambda n: post(xml("<array><data><value>" * (n // 20)), path="/RPC2", kind="text/xml"),
    "XML attributes": lambda n: post(b"<a" + b" a='b'" * (n // 6) + b"/>", path="/RPC2", kind="text/xml"),
    "XML members": lambda n: post(xml(f"<struct>{MEMBER * (n // 48)}</struct>"), path="/RPC2", kind="text/xml"),
}  # fmt: skip


def _chunks(size: int) -> bytes:
    """Write a body in chunks of one byte."""
    body = b'"' + b"a" * (size // 6)
    chunked = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    return post(b"", more=b"Transfer-Encoding: chunked\r\n").replace(b"Content-Length: 0\r\n", b"") + chunked


HTTP["chunks"] = _chunks


@pytest.mark.parametrize("name", HTTP)
def test_a_request_over_http_takes_time_in_proportion_to_its_size(name: str) -> None:
    http, make = Http(), HTTP[name]

    def work(size: int) -> Callable[[], object]:
        sent = make(size)
        return lambda: http.serve(sent)

    assert http.serve(make(SIZE)).startswith(b"HTTP/1."), "nothing was answered"
    if processor_time(work(8 * SIZE), 1) > FAST:
        assert grows_linearly(work, SIZE)
    http.runner.close()


LINES: Final[dict[str, Callable[[int], bytes]]] = {
    "arguments": lambda n: b":subscribers_list:r\n" + b"a\n" * (n // 2) + b"\n",
    "quotes": lambda n: b":raise_event:r\n" + b'"\\"' * (n // 3) + b"\n\n",
    "names": lambda n: b":event_subscribe:r\n" + b"event::" * (n // 7) + b"\n\n",
    "colons": lambda n: b":" * n,
    "command": lambda n: b":" + b"a" * n + b":r\n\n",
    "JSON behind white space": lambda n: b" " * n + PWD,
    "wildcard": lambda n: b":event_subscribe:r\nE*" + b"?[" * (n // 2) + b"\nfake:a\n\n",
}


@pytest.mark.parametrize("name", LINES)
def test_a_request_on_a_socket_or_fifo_takes_time_in_proportion_to_its_size(name: str) -> None:
    dispatcher, make = fake_dispatcher(), LINES[name]
    with asyncio.Runner() as runner:

        def work(size: int) -> Callable[[], object]:
            return lambda: _serve_lines(runner, dispatcher, make(size))

        if processor_time(work(8 * SIZE), 1) > FAST:
            assert grows_linearly(work, SIZE)


def _serve_lines(runner: asyncio.Runner, dispatcher: Dispatcher, sent: bytes) -> None:
    runner.run(dispatcher.datagram(sent))
    scanner = FifoScanner(1 << 20)
    for start in range(0, len(sent), 500):
        scanner.feed(sent[start : start + 500])
    scanner.give_up()


@pytest.mark.parametrize("unit", ["[", "*a", "?", "[a-z]", "a*?", "[!", "[[]", "\\"])
def test_a_wildcard_is_matched_in_a_bounded_time(unit: str) -> None:
    for size in (200, 250, 100_000):
        pattern = "E" + unit * (size // len(unit)) + "*"
        assert processor_time(lambda pattern=pattern: matches("E" + "a" * 63, pattern), 1) < HANG / 100  # type: ignore[misc]


def test_a_wildcard_that_is_too_long_is_refused_with_the_reason() -> None:
    engine: Engine = fake_engine("E_T")
    http = Http()
    http.dispatcher = fake_dispatcher(engine)
    answer = http.serve(post(call("event_subscribe", ["E*" + "?" * 300, "fake:a"])))
    assert b"a wildcard has at most 256 characters" in answer
    assert len(answer) < 1000
    assert not engine.subscription_states()
    http.runner.close()
