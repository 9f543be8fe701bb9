"""What `opensipsctl fifo …` of 2.4 writes and reads, by a shell client of the tests; the tool is not part of evtui."""

import json
import subprocess
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread

from tests.functional.mi.mi_recorded import CAPTURES
from tests.functional.mi.mi_world import World, fifo_server
from tests.limits import HANG

RECORDED: list[dict[str, Any]] = json.loads((CAPTURES / "classic" / "opensipsctl.json").read_text("utf-8"))
SCRIPT = Path(__file__).with_name("ctl_client.sh")

WRITTEN = sorted({str(case["written_to_fifo"]) for case in RECORDED if case["written_to_fifo"]})
"""All requests that the tool was recorded to write."""

EVENTS = ["E_CORE_THRESHOLD", "E_CORE_SHM_THRESHOLD", "E_CORE_PKG_THRESHOLD", "E_PIKE_BLOCKED", "E_X"]


@pytest.fixture
def world() -> Generator[World]:
    world = World(EVENTS, ["E_PIKE_BLOCKED"])
    world.engine.subscribe("E_PIKE_BLOCKED", "udp:127.0.0.1:7930")
    world.engine.subscribe("E_PIKE_BLOCKED", "udp:127.0.0.1:7931", 1200)
    yield world
    world.close()


async def _ctl(directory: Path, request: str) -> tuple[int, str]:
    text = request.replace("osips_rply_XXXXXXXX", "REPLY").replace("\\", "\\\\").replace("%", "%%").replace("\n", "\\n")
    command = ["/bin/sh", str(SCRIPT), str(directory / "fifo"), str(directory), text]
    done = await to_thread.run_sync(partial(subprocess.run, command, capture_output=True, text=True, timeout=HANG))
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize("request_text", WRITTEN)
async def test_whatever_the_tool_writes_is_answered(request_text: str, world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        status, shown = await _ctl(tmp_path, request_text)
    assert status == 0
    first = shown.partition("\n")[0]
    assert world.dispatcher.statistics.requests == 1
    assert world.dispatcher.statistics.refused == int(first.startswith("400 "))
    assert list(tmp_path.iterdir()) == []


async def test_the_tutorial_subscribes_lists_and_unsubscribes(world: World, tmp_path: Path) -> None:
    recorded = {case["case"]: case for case in RECORDED}
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        subscribed = await _ctl(tmp_path, recorded["tutorial subscribe"]["written_to_fifo"])
        listed = await _ctl(tmp_path, ":subscribers_list:REPLY\nE_PIKE_BLOCKED\n\n")
        unsubscribed = await _ctl(tmp_path, recorded["tutorial unsubscribe"]["written_to_fifo"])
        after = await _ctl(tmp_path, ":subscribers_list:REPLY\nE_PIKE_BLOCKED\n\n")
    assert subscribed == (0, recorded["real: tutorial subscribe"]["stdout"])
    assert listed == (0, recorded["real: list"]["stdout"])
    assert unsubscribed == (0, "")
    assert "8888" not in after[1]


async def test_an_unknown_command_is_refused_as_by_the_reference(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        answered = await _ctl(tmp_path, ":nosuch:REPLY\n\n")
    assert answered == (0, next(case["stdout"] for case in RECORDED if case["case"] == "real: unknown"))


async def test_events_are_raised_by_shell_too(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        answered = await _ctl(tmp_path, ":raise_event:REPLY\nE_PIKE_BLOCKED\nip::192.0.2.1\n\n")
        mixed = await _ctl(tmp_path, ":raise_event:REPLY\nE_PIKE_BLOCKED\nip::192.0.2.1\nplain\n\n")
    assert answered == (0, "")
    assert mixed == (0, "400 Bad Params\n")
    params = next(state.last_params for state in world.engine.event_states() if state.event.name == "E_PIKE_BLOCKED")
    assert params is not None
    assert list(params.pairs()) == [("ip", "192.0.2.1")]


async def test_an_ipv6_socket_is_no_named_argument(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        await _ctl(tmp_path, ":event_subscribe:REPLY\nE_X\nudp:[::1]:9000\n\n")
        listed = await _ctl(tmp_path, ":subscribers_list:REPLY\nE_X\n\n")
    assert listed == (0, "Event:: E_X id=4\n\tSubscriber::  socket=udp:[::1]:9000 expire=3600\n")
