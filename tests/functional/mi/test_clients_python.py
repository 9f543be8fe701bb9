"""The PyPI package `opensips`, unchanged, against evtui: OpenSIPSMI by each transport and OpenSIPSEventHandler."""

import json
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from anyio import to_thread
from opensips.event import OpenSIPSEventHandler
from opensips.mi import OpenSIPSMI, OpenSIPSMIException

from tests.functional.mi.mi_recorded import CAPTURES
from tests.functional.mi.mi_world import World, datagram_server, fifo_server, free_port, http_server
from tests.limits import HANG

RECORDED: dict[str, Any] = json.loads((CAPTURES / "client_python_opensips.json").read_text("utf-8"))


@pytest.fixture
def world() -> Generator[World]:
    world = World(["E_CORE_THRESHOLD", "E_T"], server="OpenSIPS (3.6.8 (x86_64/linux))")
    yield world
    world.close()


@asynccontextmanager
async def _connected(transport: str, world: World, directory: Path) -> AsyncGenerator[Any]:
    match transport:
        case "fifo":
            async with fifo_server(world.dispatcher, directory / "fifo", directory):
                yield OpenSIPSMI(
                    "fifo",
                    fifo_file=str(directory / "fifo"),
                    fifo_file_fallback=str(directory / "fifo"),
                    fifo_reply_dir=str(directory),
                )
        case "http":
            port = free_port()
            async with http_server(world.dispatcher, port):
                yield OpenSIPSMI("http", url=f"http://127.0.0.1:{port}/mi")
        case "unix":
            async with datagram_server(world.dispatcher, f"unix:{directory}/mi.sock"):
                yield OpenSIPSMI("datagram", datagram_unix_socket=f"{directory}/mi.sock", datagram_timeout=HANG)
        case _:
            port = free_port(socket.SOCK_DGRAM)
            async with datagram_server(world.dispatcher, f"udp:127.0.0.1:{port}"):
                yield OpenSIPSMI("datagram", datagram_ip="127.0.0.1", datagram_port=port, datagram_timeout=HANG)


TRANSPORTS = pytest.mark.parametrize("transport", ["fifo", "http", "datagram", "unix"])


@TRANSPORTS
async def test_open_sips_mi_runs_commands(transport: str, world: World, tmp_path: Path) -> None:
    recorded = "datagram" if transport == "unix" else transport
    async with _connected(transport, world, tmp_path) as client:
        assert await _call(client.valid) == tuple(RECORDED[f"{recorded} valid"])
        assert await _call(client.execute, "version") == RECORDED[f"{recorded} version"]
        subscribed = await _call(client.execute, "event_subscribe", ["E_T", "udp:127.0.0.1:7480", 30])
        assert subscribed == RECORDED[f"{recorded} sub"]
        listed = await _call(client.execute, "subscribers_list", {"event": "E_T"})
    assert listed["Event"]["Subscribers"] == [{"socket": "udp:127.0.0.1:7480", "expire": 30, "ttl": 30}]


@TRANSPORTS
async def test_open_sips_mi_raises_what_the_server_refuses(transport: str, world: World, tmp_path: Path) -> None:
    recorded = "datagram" if transport == "unix" else transport
    async with _connected(transport, world, tmp_path) as client:
        with pytest.raises(OpenSIPSMIException) as unknown:
            await _call(client.execute, "nosuch")
        with pytest.raises(OpenSIPSMIException) as refused:
            await _call(client.execute, "event_subscribe", ["E_NOPE", "udp:127.0.0.1:7480"])
    assert repr(unknown.value) == RECORDED[f"{recorded} err"]
    words = RECORDED[f"{recorded} err2"].removeprefix("OpenSIPSMIException('").removesuffix("')")
    # OpenSIPS's words, and after them which part was wrong.
    assert str(refused.value).startswith(words)
    assert "E_NOPE" in str(refused.value)


@TRANSPORTS
async def test_the_event_handler_subscribes_receives_and_unsubscribes(
    transport: str, world: World, tmp_path: Path
) -> None:
    got: Queue[Any] = Queue()
    async with _connected(transport, world, tmp_path) as client:
        handler: Any = OpenSIPSEventHandler(client, "datagram", ip="127.0.0.1")
        event = await _call(handler.subscribe, "E_T", got.put, 30)
        subscribed = [str(state.subscription.socket) for state in world.engine.subscription_states("E_T")]
        raised = await _call(client.execute, "raise_event", {"event": "E_T", "params": {"ip": "192.0.2.1", "n": 3}})
        notification = await to_thread.run_sync(lambda: got.get(timeout=HANG))
        await _call(handler.unsubscribe, "E_T")
    assert subscribed == [event.socket.sock_name]
    assert raised == "OK"
    assert notification["params"] == {"ip": "192.0.2.1", "n": 3}
    assert world.engine.subscription_states("E_T") == ()


async def _call(function: Callable[..., Any], *arguments: object) -> Any:
    return await to_thread.run_sync(function, *arguments)
