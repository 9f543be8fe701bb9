"""The same requests get the same answers over each listener: FIFO, UDP, UNIX datagrams and HTTP."""

import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Final, TypeAlias

import anyio
import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.config.setting_sources import from_tree
from evtui.mi.dispatch import Dispatcher
from evtui.scripting.program_config import combine_with_script
from tests.fakes.mi_fakes import fake_about
from tests.functional.mi.mi_world import ask_fifo, ask_http, datagram_server, fifo_server, free_port, http_server
from tests.functional.mi.test_mi_more import CASES, SCRIPT
from tests.limits import HANG

Ask: TypeAlias = Callable[[bytes], Awaitable[bytes]]

_ON_ONE_LINE: Final = (b"{", b"[")
"""How a request begins that a FIFO takes: its head and its first sign stand in one line."""

_NOT_JSON: Final = b'{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}'


async def _ask_datagram(family: int, server: str | tuple[str, int], own: str | None, request: bytes) -> bytes:
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as sock:
        if own is not None:
            sock.bind(own)
        sock.setblocking(False)
        sock.connect(server)
        sock.send(request)
        with anyio.fail_after(HANG):
            await anyio.wait_readable(sock)
        return sock.recv(1 << 17).replace(b"400 Parse_error", _NOT_JSON)


@asynccontextmanager
async def listener(name: str, dispatcher: Dispatcher, directory: Path) -> AsyncGenerator[Ask]:
    """Run one listener, and yield what asks it."""
    async with AsyncExitStack() as stack:
        match name:
            case "fifo":
                await stack.enter_async_context(fifo_server(dispatcher, directory / "fifo", directory))
                yield lambda body: ask_fifo(directory / "fifo", directory, b":REPLY:" + body)
            case "udp":
                port = free_port(socket.SOCK_DGRAM)
                await stack.enter_async_context(datagram_server(dispatcher, f"udp:127.0.0.1:{port}"))
                yield lambda body: _ask_datagram(socket.AF_INET, ("127.0.0.1", port), None, body)
            case "unix":
                path, own = str(directory / "s"), directory / "own"
                await stack.enter_async_context(datagram_server(dispatcher, f"unix:{path}"))

                async def ask(body: bytes) -> bytes:
                    own.unlink(missing_ok=True)
                    return await _ask_datagram(socket.AF_UNIX, path, str(own), body)

                yield ask
            case _:
                port = free_port()
                await stack.enter_async_context(http_server(dispatcher, port))
                yield lambda body: _post(port, body)


async def _post(port: int, body: bytes) -> bytes:
    head = f"POST /mi HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    reply = await ask_http(port, f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
    return reply.partition(b"\r\n\r\n")[2]


async def _ask_all(name: str, directory: Path) -> dict[str, bytes]:
    """Ask a fresh server all that it answers, in order; without a listener it is asked in this process."""
    loaded = combine_with_script(list(from_tree({"script": {"files": [str(SCRIPT)]}}, "keyword")))
    answers: dict[str, bytes] = {}
    async with running_engine(loaded, ListenAddresses(), implied=False) as running:
        for event in ("E_A", "E_B"):
            running.engine.publish(event)
        backend = EmbeddedBackend(running.engine, trusted=False)
        dispatcher = Dispatcher(backend, fake_about(), script=running.script)
        if name == "in-process":
            for case in CASES:
                if (reply := await dispatcher.datagram(case.request)) is not None:
                    answers[case.key] = reply.replace(b"400 Parse_error", _NOT_JSON)
            return answers
        async with listener(name, dispatcher, directory) as ask:
            for case in CASES:
                if b'"id"' in case.request and (name != "fifo" or case.request.startswith(_ON_ONE_LINE)):
                    answers[case.key] = await ask(case.request)
    return answers


@pytest.mark.parametrize("name", ["fifo", "udp", "unix", "http"])
async def test_a_listener_answers_as_the_others(name: str, tmp_path: Path) -> None:
    expected = await _ask_all("in-process", tmp_path)
    answers = await _ask_all(name, tmp_path)
    assert len(answers) > 100
    assert [(key, reply, expected.get(key)) for key, reply in answers.items() if reply != expected.get(key)] == []
