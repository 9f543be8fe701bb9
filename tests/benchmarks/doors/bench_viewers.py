"""What 50 viewers cost a server at 20 events a second: memory, processor time, the slowest reply to another client.

First over SSH, then as pages of the browser door, each with a server of its own. The viewers are real clients in a
process of their own, of asyncssh or of WebSockets. They read what is painted and drop it; pages say that they painted.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import asyncssh

from evtui.serve.web.page_messages import PROTOCOL
from tests.functional.doors.ssh_door_world import SshDoorWorld, ssh_door
from tests.functional.processes.evtui_process import Evtui, free_port

VIEWERS = 50
RATE = 20.0
SECONDS = 20.0
SIZE = (120, 40)
TOKEN = "for-benchmarks"

_TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure, and print a line for each figure."""
    limits = {"EVTUI_VIEWERS_SESSIONS_PER_ADDRESS": "100", "EVTUI_SSH_CONNECTIONS_PER_ADDRESS": "100"}
    for door in ("ssh", "web"):
        with TemporaryDirectory(prefix="evtui-bench-") as folder:
            port = free_port()
            options = ("--subscribe", "E_MINE udp:127.0.0.1:9", "--web", f"127.0.0.1:{port}")
            with ssh_door(Evtui(Path(folder)), *options, EVTUI_WEB_TOKEN=TOKEN, EVTUI_WEB_GRACE="0", **limits) as world:
                place = (
                    (str(world.port), str(world.evtui.directory / "viewer")) if door == "ssh" else (str(port), TOKEN)
                )
                print(f"-- {door}", flush=True)
                _measure(world, (door, *place))


def _measure(world: SshDoorWorld, door: Sequence[str]) -> None:
    """Measure viewers at a door: its name, its port, and the file of a key or a token."""
    with _raising(world):
        _one_viewer_first(world, door)
        alone, alone_time = _resident(world), _processor(world, SECONDS)
        began = time.monotonic()
        viewers = _clients(door, VIEWERS)
        try:
            world.waits_for_sessions(VIEWERS)
            print(f"{VIEWERS} consoles are there after {time.monotonic() - began:.1f} s")
            time.sleep(5)
            spent = _processor(world, SECONDS)
            each = (_resident(world) - alone) / VIEWERS / 1e6
            share = (spent - alone_time) / SECONDS / VIEWERS
            print(f"each viewer: {each:.2f} MB, {share:.2%} of a core, at {RATE:g} events/s (goal: 3 MB, 2 %)")
            print(f"slowest of many replies to another client: {1000 * world.slowest_ping(10.0):.0f} ms (goal: 250 ms)")
        finally:
            viewers.terminate()
            viewers.wait()
        began = time.monotonic()
        world.waits_for_sessions(0)
        print(f"no session {time.monotonic() - began:.1f} s after all were cut")
        time.sleep(5)
        print(f"memory kept by each viewer that has gone: {(_resident(world) - alone) / VIEWERS / 1e6:.2f} MB")


def _one_viewer_first(world: SshDoorWorld, door: Sequence[str]) -> None:
    """Let the server load and make what it needs once, for the first viewer."""
    first = _clients(door, 1)
    world.waits_for_sessions(1)
    time.sleep(3)
    first.terminate()
    first.wait()
    world.waits_for_sessions(0)


def _clients(door: Sequence[str], number: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", __name__, *door, str(number)])


@contextmanager
def _raising(world: SshDoorWorld) -> Generator[None]:
    """Raise events at the rate, in a process of its own."""
    words = ["raise", "E_MINE", "count:=3", "--repeat", "1000000", "--rate", f"{RATE:g}"]
    process = world.evtui.start(*words, stdout=subprocess.DEVNULL)
    try:
        yield
        assert process.poll() is None, "the raises have ended"
    finally:
        process.terminate()
        process.communicate()


def _resident(world: SshDoorWorld) -> float:
    lines = Path(f"/proc/{world.server.pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def _processor(world: SshDoorWorld, seconds: float) -> float:
    before = _spent(world)
    time.sleep(seconds)
    return _spent(world) - before


def _spent(world: SshDoorWorld) -> float:
    fields = Path(f"/proc/{world.server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


async def _watch_over_ssh(port: int, key: str) -> None:
    async with asyncssh.connect(
        "127.0.0.1", port, client_keys=[key], known_hosts=None, config=[], agent_path=None
    ) as client:
        process = await client.create_process(term_type="xterm-256color", term_size=SIZE, encoding=None)
        while await process.stdout.read(65536):
            pass


async def _watch_as_page(port: int, token: str) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"http://127.0.0.1:{port}/terminal", protocols=(PROTOCOL,), max_msg_size=0) as page,
    ):
        await page.send_json({"is": "hello", "token": token, "columns": SIZE[0], "lines": SIZE[1]})
        painted = 0
        async for message in page:
            if message.type is aiohttp.WSMsgType.BINARY:
                painted += len(message.data)
                await page.send_json({"is": "ack", "bytes": painted})


async def _watch_all(door: str, port: int, secret: str, number: int) -> None:
    watch = _watch_over_ssh if door == "ssh" else _watch_as_page
    async with asyncio.TaskGroup() as tasks:
        for _ in range(number):
            tasks.create_task(watch(port, secret))
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(_watch_all(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
