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
from tests.benchmarks.pairs import say
from tests.functional.doors.ssh_door_world import SshDoorWorld, ssh_door
from tests.functional.processes.evtui_process import Evtui, free_port

VIEWERS = 50
RATE = 20.0
SECONDS = 10.0
ROUNDS = 5
WINDOW = 4.0
PINGS = 2.0
NAMES = {"ssh": "SSH", "web": "browser"}
SIZE = (120, 40)
TOKEN = "for-benchmarks"

_TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure each door."""
    limits = {"EVTUI_VIEWERS_SESSIONS_PER_ADDRESS": "100", "EVTUI_SSH_CONNECTIONS_PER_ADDRESS": "100"}
    for door in ("ssh", "web"):
        with TemporaryDirectory(prefix="evtui-bench-") as folder:
            port = free_port()
            options = ("--subscribe", "E_MINE udp:127.0.0.1:9", "--web", f"127.0.0.1:{port}")
            with ssh_door(Evtui(Path(folder)), *options, EVTUI_WEB_TOKEN=TOKEN, EVTUI_WEB_GRACE="0", **limits) as world:
                place = (
                    (str(world.port), str(world.evtui.directory / "viewer")) if door == "ssh" else (str(port), TOKEN)
                )
                _measure(world, (door, *place))


def _measure(world: SshDoorWorld, door: Sequence[str]) -> None:
    """Measure viewers at a door: its name, its port, and the file of a key or a token."""
    with _raising(world):
        _one_viewer_first(world, door)
        alone, alone_part = _resident(world), _processor(world, SECONDS) / SECONDS
        began = time.monotonic()
        viewers = _clients(door, VIEWERS)
        try:
            world.waits_for_sessions(VIEWERS)
            opened = f"{VIEWERS} were there after {time.monotonic() - began:.1f} s"
            time.sleep(5)
            parts = [100 * (_processor(world, WINDOW) / WINDOW - alone_part) / VIEWERS for _ in range(ROUNDS)]
            label = f"{VIEWERS} viewers, {NAMES[door[0]]}, {RATE:g} events/s"
            memory = (_resident(world) - alone) / VIEWERS / 1e6
            say(f"{label}: memory of each", [memory], "at most 3 MB", opened, unit="MB")
            say(f"{label}: part of a core of each", parts, "at most 2 %", unit="%")
            slowest = [1000 * world.slowest_ping(PINGS) for _ in range(ROUNDS)]
            say(f"{label}: slowest reply to another client", slowest, "at most 250 ms", unit="ms")
        finally:
            viewers.terminate()
            viewers.wait()
        began = time.monotonic()
        world.waits_for_sessions(0)
        gone = f"no session {time.monotonic() - began:.1f} s after all were cut"
        time.sleep(5)
        kept = (_resident(world) - alone) / VIEWERS / 1e6
        say(f"{label}: kept of each that has gone, used again", [kept], "at most 3 MB", gone, unit="MB")


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
