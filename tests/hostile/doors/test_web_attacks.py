"""Hostile pages at the browser door: silent, babbling, huge, out of order, greedy, deaf, and very many."""

import json
import random
import socket
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Final

import aiohttp
import anyio
import pytest
from anyio.abc import TaskStatus

from evtui.serve.web.page_messages import MOST_MESSAGE, PROTOCOL
from tests.functional.processes.evtui_process import Evtui, Server, free_port
from tests.hostile.pinger import Pinger, assert_nobody_waited
from tests.limits import HANG

TOKEN: Final = "quiet"
MANY: Final = 2000
"""Connections that a hostile process opens."""

_TOO_LARGE: Final = 1009
_REFUSED: Final = 1008
_GONE: Final = {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


class ServedDoor:
    """A server in a process of its own, with its browser door."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.port = port

    @asynccontextmanager
    async def socket(self, *, answers_pings: bool = True) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
        url = f"http://127.0.0.1:{self.port}/terminal"
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(url, protocols=(PROTOCOL,), autoping=answers_pings, max_msg_size=0) as opened,
        ):
            yield opened

    async def hello(self, opened: aiohttp.ClientWebSocketResponse, columns: int = 80, lines: int = 24) -> None:
        hello = {"is": "hello", "token": TOKEN, "columns": columns, "lines": lines}
        await opened.send_str(json.dumps(hello))
        assert json.loads(await opened.receive_str(timeout=HANG))["is"] == "welcome"

    async def lets_in(self) -> None:
        """Check that a page with the token gets a console."""
        with anyio.fail_after(HANG):
            async with self.socket() as opened:
                await self.hello(opened)
                assert (await opened.receive()).type is aiohttp.WSMsgType.BINARY

    @property
    def resident(self) -> int:
        return int(Path(f"/proc/{self.server.pid}/statm").read_text().split()[1]) * 4096

    @property
    def descriptors(self) -> int:
        return len([*Path(f"/proc/{self.server.pid}/fd").iterdir()])


@pytest.fixture
def door(evtui: Evtui) -> Generator[ServedDoor]:
    port = free_port()
    options = ("--event", "E_A", "--web", f"127.0.0.1:{port}")
    with evtui.serving(*options, EVTUI_WEB_TOKEN=TOKEN, EVTUI_WEB_GRACE="1") as server:
        yield ServedDoor(server, port)


async def _until_closed(opened: aiohttp.ClientWebSocketResponse) -> int | None:
    with anyio.fail_after(HANG):
        while (await opened.receive()).type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
            pass
    return opened.close_code


@pytest.mark.parametrize(
    "first",
    [
        "", "{}", "hello", b"\x00\xff" * 100, '{"is": "ack", "bytes": 1}', '{"is": "size", "columns": 80, "lines": 24}',
        "[" * 20_000, '{"is": "hello", "token": 5}', '{"is": "hello", "columns": 99999999999999999999}',
        '{"is": "hello", "token": "\\ud800"}',
    ],
)  # fmt: skip
async def test_a_first_message_that_is_none_is_refused(door: ServedDoor, first: str | bytes) -> None:
    async with door.socket() as opened:
        await (opened.send_str(first) if isinstance(first, str) else opened.send_bytes(first))
        assert await _until_closed(opened) == _REFUSED
    await door.lets_in()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('{"is": "hello", "token": "quiet"}', _REFUSED),
        ('{"is": "ack", "bytes": 9000000000}', _REFUSED),
        ('{"is": "end", "why": ""}', _REFUSED),
        ("x" * (MOST_MESSAGE + 1), _TOO_LARGE),
        (b"x" * (16 << 20), _TOO_LARGE),
    ],
)
async def test_a_message_out_of_order_or_too_long_ends_only_its_page(
    door: ServedDoor, message: str | bytes, code: int
) -> None:
    async with door.socket() as opened:
        await door.hello(opened)
        with suppress(ConnectionError):
            await (opened.send_str(message) if isinstance(message, str) else opened.send_bytes(message))
        assert await _until_closed(opened) in {code, 1006}  # the latter when it hung up before all was sent
    await door.lets_in()


def test_bytes_that_are_no_websocket_end_only_their_connection(evtui: Evtui, door: ServedDoor) -> None:
    chance = random.Random(5)
    upgrade = (
        f"GET /terminal HTTP/1.1\r\nHost: 127.0.0.1:{door.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n"
        f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n"
    ).encode()
    with Pinger(evtui.mi_sock) as pinger:
        quiet = pinger.watch(1.0)
        for _ in range(300):
            with closing(socket.create_connection(("127.0.0.1", door.port), HANG)) as sock, suppress(OSError):
                sock.send(upgrade[: chance.choice([len(upgrade), chance.randrange(len(upgrade))])])
                sock.send(chance.randbytes(chance.randrange(2000)))
                if chance.random() < 0.3:
                    sock.settimeout(0.01)
                    sock.recv(4096)
        assert_nobody_waited(pinger.waits(), quiet)
    anyio.run(door.lets_in)
    ended = door.server.stop()
    assert ended.status == 0
    assert "Traceback" not in ended.err


def test_very_many_silent_connections_leave_room_for_a_page(evtui: Evtui, door: ServedDoor) -> None:
    with Pinger(evtui.mi_sock) as pinger, ExitStack() as opened:
        quiet = pinger.watch(1.0)
        for number in range(MANY):
            sock = opened.enter_context(closing(socket.socket()))
            sock.setblocking(False)
            with suppress(BlockingIOError):
                sock.connect(("127.0.0.1", door.port))
            if number % 50 == 0:
                time.sleep(0.01)
        anyio.run(door.lets_in)
        assert_nobody_waited(pinger.waits(), quiet)
        assert door.descriptors < 300


async def test_many_sessions_of_one_address_are_refused_above_the_limit(door: ServedDoor) -> None:
    answers: list[str] = []

    async def come() -> None:
        async with door.socket() as opened:
            await opened.send_str(json.dumps({"is": "hello", "token": TOKEN}))
            answers.append(json.loads(await opened.receive_str(timeout=HANG))["is"])
            if answers[-1] == "welcome":
                await all_answered.wait()

    all_answered = anyio.Event()
    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as tasks:
            for _ in range(40):
                tasks.start_soon(come)
            while len(answers) < 40:  # noqa: ASYNC110 - answers tell of no change
                await anyio.sleep(0.05)
            all_answered.set()
    assert answers.count("welcome") == 10
    assert answers.count("refused") == 30


async def test_floods_of_small_messages_delay_nobody(evtui: Evtui, door: ServedDoor) -> None:
    flood = [
        *(
            json.dumps({"is": "size", "columns": 60 + number % 300, "lines": 20 + number % 100})
            for number in range(5000)
        ),
        *(json.dumps({"is": "ack", "bytes": 0}) for _ in range(5000)),
    ]
    with Pinger(evtui.mi_sock) as pinger:
        async with door.socket() as opened:
            await door.hello(opened)
            quiet = await anyio.to_thread.run_sync(pinger.watch, 1.0)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_read_all, opened)
                for message in flood:
                    await opened.send_str(message)
                for _ in range(5000):
                    await opened.send_bytes(b"\x1b[<35;10;10M")
                await anyio.sleep(1.0)
                tasks.cancel_scope.cancel()
            assert_nobody_waited(await anyio.to_thread.run_sync(pinger.waits), quiet)
    await door.lets_in()


async def _read_all(opened: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in opened:
        pass


async def test_pages_that_read_nothing_cost_bounded_memory_and_delay_no_raise(evtui: Evtui, door: ServedDoor) -> None:
    rows = "\n".join(['{"event":"E_A","params":{"x":"' + "y" * 200 + '"}}'] * 50)

    def raise_all() -> int:
        return evtui.run("raise", "--stdin-jsonl", stdin=rows).status

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            await tasks.start(_deaf_page, door)
        before = door.resident
        for _ in range(6):
            assert await anyio.to_thread.run_sync(raise_all) in {0, 1}
        assert door.resident - before < 100 << 20
        await door.lets_in()
        tasks.cancel_scope.cancel()


async def _deaf_page(door: ServedDoor, *, task_status: TaskStatus[None]) -> None:
    """Log in with a large screen, move in it on and on, and read nothing of what is painted."""
    async with door.socket() as opened:
        await door.hello(opened, 200, 60)
        task_status.started()
        while True:
            await opened.send_bytes(b"\x1b[B\x1b[A")
            await anyio.sleep(0.5)


async def test_a_page_that_is_silent_or_answers_no_ping_is_gone_in_time(evtui: Evtui) -> None:
    port, brief = free_port(), {"EVTUI_VIEWERS_KEEPALIVE": "1.5", "EVTUI_VIEWERS_LOGIN_TIMEOUT": "1.5"}
    with evtui.serving("--web", f"127.0.0.1:{port}", EVTUI_WEB_TOKEN=TOKEN, **brief) as server:
        door = ServedDoor(server, port)
        async with door.socket() as silent, door.socket(answers_pings=False) as opened:
            await door.hello(opened)
            for each in (silent, opened):
                with anyio.fail_after(HANG):
                    while (await each.receive()).type not in _GONE:
                        pass
        assert json.loads(evtui.run("mi", "get_statistics", "viewers:opened", "--json").out) == {"viewers:opened": 1}
