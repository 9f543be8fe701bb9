"""`evtui tail amqp://…` as a process, and the console on what is published to RabbitMQ."""

import json
import re
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import anyio
import pytest
from aio_pika.abc import AbstractChannel, AbstractExchange

from evtui.backends.amqp.address import parse_amqp_address
from evtui.bootstrap.amqp_source import consume
from evtui.core.records import Raised
from evtui.transports.rabbitmq.settings import RabbitmqSettings
from evtui.ui.app import EvtuiApp
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.painted_screen import text_of
from tests.functional.cli.test_cli_tail import Tail, tailing
from tests.functional.console.console_scene import STYLES
from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.tmux_window import needs_tmux, tmux_window
from tests.functional.processes.waiting import until
from tests.functional.transports.rabbit_client import client
from tests.functional.transports.rabbit_node import RabbitNode
from tests.limits import HANG
from tests.processes import read_line

EXCHANGE = "evtui-tail"
BODY = b'{"jsonrpc":"2.0","method":"E_TEST","params":{"n":%d}}'


@pytest.fixture
async def exchange(rabbit: RabbitNode) -> AsyncGenerator[tuple[AbstractChannel, AbstractExchange]]:
    async with client(rabbit) as channel:
        yield channel, await channel.declare_exchange(EXCHANGE, "topic", durable=True)


@asynccontextmanager
async def tail_of(evtui: Evtui, node: RabbitNode, query: str, *arguments: str) -> AsyncGenerator[Tail]:
    """Run `evtui tail amqp://…` from the moment it consumes."""
    address = f"amqp://guest:guest@127.0.0.1:{node.port}/?{query}"
    starting = tailing(evtui, address, *arguments)
    tail = await anyio.to_thread.run_sync(starting.__enter__)
    try:
        yield tail
    finally:
        starting.__exit__(None, None, None)


async def line(tail: Tail) -> Any:
    return json.loads(await anyio.to_thread.run_sync(tail.line))


async def send(exchange: AbstractExchange, body: bytes, key: str, name: str | None = None) -> None:
    await exchange.publish(aio_pika.Message(body, message_id=name), key)


async def test_it_prints_the_fields_of_tail_and_those_of_the_message(
    evtui: Evtui, rabbit: RabbitNode, exchange: tuple[AbstractChannel, AbstractExchange]
) -> None:
    async with tail_of(evtui, rabbit, f"exchange={EXCHANGE}&key=E.%23", "--json") as tail:
        assert tail.said == f"all events of amqp://guest@127.0.0.1:{rabbit.port}?exchange={EXCHANGE}&key=E.#\n"
        await send(exchange[1], BODY % 1, "E.x", "run-1")
        told = await line(tail)
        assert told.pop("time") > 1e9
        assert told == {
            "event": "E_TEST", "params": {"n": 1}, "source": f"amqp:{EXCHANGE}/E.x", "bytes": len(BODY % 1),
            "exchange": EXCHANGE, "routing_key": "E.x", "message_id": "run-1", "redelivered": False, "timestamp": None,
        }  # fmt: skip
        assert tail.stop(signal.SIGTERM) == (0, "")


async def test_only_the_named_events_are_printed_in_the_text_form_of_tail(
    evtui: Evtui, rabbit: RabbitNode, exchange: tuple[AbstractChannel, AbstractExchange]
) -> None:
    async with tail_of(evtui, rabbit, f"exchange={EXCHANGE}", "E_T*") as tail:
        await send(exchange[1], b"E_OTHER\na::1", "k")
        await send(exchange[1], BODY % 2, "k")
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}  E_TEST  n:=2\n", await anyio.to_thread.run_sync(tail.line))


async def test_a_filter_knows_parameters_and_where_a_message_came_from(
    evtui: Evtui, rabbit: RabbitNode, exchange: tuple[AbstractChannel, AbstractExchange]
) -> None:
    wanted = f"n>=2 and to=amqp:{EXCHANGE}/k*"
    async with tail_of(evtui, rabbit, f"exchange={EXCHANGE}", "--filter", wanted, "--json") as tail:
        for number, key in ((1, "k1"), (2, "k2"), (3, "other"), (4, "k4")):
            await send(exchange[1], BODY % number, key)
        assert [(await line(tail))["params"]["n"] for _ in range(2)] == [2, 4]


async def test_duplicates_and_messages_that_are_no_notifications_are_counted_and_reported(
    evtui: Evtui, rabbit: RabbitNode, exchange: tuple[AbstractChannel, AbstractExchange]
) -> None:
    async with tail_of(evtui, rabbit, f"exchange={EXCHANGE}", "--json") as tail:
        for body, name in ((BODY % 1, "a"), (BODY % 1, "a"), (b"\x00", "b"), (BODY % 2, "c")):
            await send(exchange[1], body, "k", name)
        assert [(await line(tail))["params"]["n"] for _ in range(2)] == [1, 2]
        status, err = tail.stop(signal.SIGINT)
        assert status == 0
        assert f"1 bytes by amqp:{EXCHANGE}/k are not a notification" in err
        assert "1 duplicates left out, 1 were not notifications" in err


async def test_printed_messages_are_acknowledged_and_the_others_stay_in_the_queue(
    evtui: Evtui, rabbit: RabbitNode, exchange: tuple[AbstractChannel, AbstractExchange]
) -> None:
    query = f"exchange={EXCHANGE}&queue=evtui-tail-kept"
    async with tail_of(evtui, rabbit, query, "--json") as tail:
        await send(exchange[1], BODY % 1, "k")
        assert (await line(tail))["params"] == {"n": 1}
        tail.stop(signal.SIGTERM)
    await send(exchange[1], BODY % 2, "k")
    async with tail_of(evtui, rabbit, query, "--json") as tail:
        told = await line(tail)
        assert (told["params"], told["redelivered"]) == ({"n": 2}, False)
        assert tail.process.stdout is not None
        tail.process.stdout.close()
        await send(exchange[1], BODY % 3, "k")
        assert await anyio.to_thread.run_sync(tail.process.wait, HANG) == 0
    async with tail_of(evtui, rabbit, query, "--json") as tail:
        told = await line(tail)
        assert (told["params"], told["redelivered"]) == ({"n": 3}, True)


async def test_a_reader_that_does_not_read_stops_the_printing_and_not_the_heartbeats(
    evtui: Evtui, rabbit: RabbitNode, exchange: tuple[AbstractChannel, AbstractExchange]
) -> None:
    query = f"exchange={EXCHANGE}&queue=evtui-tail-slow&prefetch=10&heartbeat=1"
    long = BODY.replace(b"%d", b'"' + b"x" * 30_000 + b'"')
    async with tail_of(evtui, rabbit, query, "--json") as tail:
        for _ in range(20):
            await send(exchange[1], long, "k")
        await anyio.sleep(3.5)  # longer than the broker waits for heartbeats, which must be sent meanwhile
        lines = [await line(tail) for _ in range(20)]
        assert {told["redelivered"] for told in lines} == {False}
        assert tail.stop(signal.SIGTERM) == (0, "")


async def test_the_connection_is_tried_again_and_no_password_is_shown(evtui: Evtui, rabbit: RabbitNode) -> None:
    process = evtui.start("tail", f"amqp://guest:s3cret@127.0.0.1:{rabbit.port}/?exchange=x", "--json")
    try:
        said = [await anyio.to_thread.run_sync(read_line, process, process.stderr) for _ in range(2)]
    finally:
        process.kill()
        process.communicate(timeout=HANG)
    place = f"evtui: amqp://guest@127.0.0.1:{rabbit.port}: ACCESS_REFUSED: wrong password for 'guest', or no such user"
    assert said == [f"{place}; again in 1 s\n", f"{place}; again in 2 s\n"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("tail", "amqp://me:s3cret@h"), "exchange: missing"),
        (("tail", "amqp://me:s3cret@h?exchange=x", ""), "bad event name ''"),
        (("tail", "amqp://me:s3cret@h?exchange=x", "--socket", "udp:127.0.0.1:9"), "--socket is for servers"),
        (("events", "--mi", "amqp://me:s3cret@h?exchange=x"), "only the console and tail read from a broker"),
        (("--mi", "amqp://me:s3cret@h?exchange=x&frob"), "frob: there is no such option"),
        (("tail", "amqps://me:s3cret@h?exchange=x&ca_file=/no/such"), "cannot be used: No such file"),
    ],
)
def test_a_usage_error_does_not_show_the_password(evtui: Evtui, arguments: tuple[str, ...], complaint: str) -> None:
    ran = evtui.run(*arguments)
    assert ran.status == (1 if "/no/such" in arguments[-1] else 2)
    assert complaint in ran.err
    assert "s3cret" not in ran.err


async def test_the_console_shows_the_messages_and_the_status_of_the_source(
    rabbit: RabbitNode, exchange: tuple[AbstractChannel, AbstractExchange]
) -> None:
    address = parse_amqp_address(f"amqp://guest:guest@127.0.0.1:{rabbit.port}/?exchange={EXCHANGE}")
    clock = FakeClock()
    async with consume(address, RabbitmqSettings()) as backend:
        app = EvtuiApp(backend, wall=FakeClock(1_790_000_000.0), monotonic=clock, styles=STYLES)
        async with app.run_test(size=(160, 40)) as pilot:
            screen = app.get_default_screen()
            await until(backend._consumer.begun.is_set)  # pyright: ignore[reportPrivateUsage]
            await send(exchange[1], BODY % 1, "E.x", "a")
            await send(exchange[1], BODY % 1, "E.x", "a")
            await send(exchange[1], b"\x00", "E.y", "b")
            with anyio.fail_after(HANG):
                while screen.state.status is None or not screen.state.status.dropped:
                    clock.pass_by(1.1)
                    screen.look()
                    await pilot.pause()
            clock.pass_by(1.1)
            screen.look()
            await pilot.pause()
            assert [type(row.record) for row in screen.state.stream.view][:1] == [Raised]
            shown = text_of(app.screen)
            assert f"amqp://guest@127.0.0.1:{rabbit.port}" in shown
            assert "READ-ONLY" in shown
            assert re.search(r"duplicates\s+1", shown)
            assert re.search(r"lost\s+1", shown)
            assert "n=1" in shown
            assert "refused: not a no" in shown
            assert screen.is_read_only


@needs_tmux
async def test_the_console_in_a_terminal_of_80_by_24(
    evtui: Evtui, rabbit: RabbitNode, exchange: tuple[AbstractChannel, AbstractExchange]
) -> None:
    queue = await exchange[0].declare_queue("evtui-tail-console", durable=True)
    await queue.bind(exchange[1], "#")
    address = f"amqp://guest:guest@127.0.0.1:{rabbit.port}/?queue=evtui-tail-console"
    environ = {**evtui.environ, "TERM": "tmux-256color", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "evtui", "--mi", address]
    opening = tmux_window(evtui.directory, 80, 24, command, environ)
    window = await anyio.to_thread.run_sync(opening.__enter__)
    try:
        await anyio.to_thread.run_sync(window.wait_for, "READ-ONLY")
        window.keys("1")
        await send(exchange[1], BODY % 7, "E.x")
        text = await anyio.to_thread.run_sync(window.wait_for, "n=7")
        assert "E_TEST" in text
        assert "LIVE" in text
        window.keys("q")
        await anyio.to_thread.run_sync(window.wait_for, "ended 0")
    finally:
        opening.__exit__(None, None, None)
