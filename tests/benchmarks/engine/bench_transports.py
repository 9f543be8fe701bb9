"""Raises to 1, 10, 100 and 1,000 subscribers over UNIX datagrams, TCP and flat files, in processor time.

Each beside the plainest Python that sends the same bytes to the same peers: a loop of `sendto` that waits where there
is no room, asyncio streams that are drained, files that are written a line at a time. The peers are in a process of
their own and read at once. A round ends when nothing waits any more; what was lost is told.
"""

import asyncio
import contextlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path
from typing import Final, TypeAlias

import anyio

from evtui.bootstrap.engine_setup import open_engine
from evtui.core.ports import Totals
from evtui.engine.engine import Engine
from tests.benchmarks.engine.bench_raise import PARAMS
from tests.benchmarks.pairs import pairs_of, say

SUBSCRIBERS: Final = 1, 10, 100, 1_000
NOTIFICATIONS: Final = 20_000
AT_ONCE: Final = 20
"""Notifications, about, before the event loop has its turn, as a busy client sends them."""
ROUNDS: Final = 5
PATIENCE: Final = 60.0

Send: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Sends one payload to all peers."""


def main() -> None:
    """Print the ratios."""
    for scheme in ("unix", "tcp", "flatstore"):
        for subscribers in SUBSCRIBERS:
            with tempfile.TemporaryDirectory(prefix="evtui-b-") as folder, _peers(folder, subscribers) as port:
                asyncio.run(_bench(scheme, subscribers, Path(folder), port))


@contextlib.contextmanager
def _peers(folder: str, subscribers: int) -> Generator[int]:
    """Run the peers meanwhile; gives the port of the TCP listener."""
    command = [sys.executable, "-m", "tests.benchmarks.peers.sinks", folder, str(subscribers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peers:
        assert peers.stdout is not None
        try:
            yield int(peers.stdout.readline())
        finally:
            peers.kill()


async def _bench(scheme: str, subscribers: int, folder: Path, port: int) -> None:
    """Compare one transport with the plainest way."""
    async with contextlib.AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_engine(events=["E_T"], journal={"records": 5_000}))
        for number in range(subscribers):
            engine.subscribe("E_T", f"{scheme}:{_address(scheme, number, folder, port)}")
        send = await stack.enter_async_context(_PLAIN[scheme](folder, port, subscribers))
        payload = engine.raise_event("E_T", PARAMS).payloads[0]
        await _delivered(engine)
        rounds: list[tuple[float, float]] = []
        before = engine.totals()
        for _ in range(ROUNDS + 1):
            ours = await _raise(engine, subscribers)
            rounds.append((await _send(send, payload, subscribers), ours))
        _say(scheme, subscribers, rounds[1:], before, engine.totals())


def _say(scheme: str, subscribers: int, rounds: list[tuple[float, float]], before: Totals, after: Totals) -> None:
    pairs = pairs_of(rounds)
    sent = (ROUNDS + 1) * max(1, NOTIFICATIONS // subscribers) * subscribers
    lost = sent - (after.sent - before.sent)
    ours, plain = NOTIFICATIONS / pairs.theirs, NOTIFICATIONS / pairs.ours
    more = f"{ours:,.0f} notifications/s of processor time, plain {plain:,.0f}; lost {lost:,}"
    say(f"{scheme} to {subscribers:,} subscribers / {_NAMES[scheme]}", pairs.ratios, "no limit set", more)


def _address(scheme: str, number: int, folder: Path, port: int) -> str:
    match scheme:
        case "unix":
            return str(folder / str(number))
        case "tcp":
            return f"127.0.0.1:{port}/m{number}"
        case _:
            return str(folder / f"ours-{number}")


async def _raise(engine: Engine, subscribers: int) -> float:
    """Raise, and wait until nothing is left; returns the processor seconds."""
    began = time.process_time()
    for number in range(max(1, NOTIFICATIONS // subscribers)):
        engine.raise_event("E_T", PARAMS)
        if number % max(1, AT_ONCE // subscribers) == 0:
            await anyio.lowlevel.checkpoint()
    await _delivered(engine)
    return time.process_time() - began


async def _delivered(engine: Engine) -> None:
    with anyio.fail_after(PATIENCE):
        while engine.totals().queued:  # noqa: ASYNC110 - a watch would be part of what is timed
            await anyio.sleep(0.002)


async def _send(send: Send, payload: bytes, subscribers: int) -> float:
    began = time.process_time()
    for _ in range(max(1, NOTIFICATIONS // subscribers)):
        await send(payload)
    return time.process_time() - began


@contextlib.asynccontextmanager
async def _unix(folder: Path, port: int, subscribers: int) -> AsyncGenerator[Send]:
    paths = [str(folder / str(number)) for number in range(subscribers)]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)

        async def send(payload: bytes) -> None:
            for path in paths:
                while True:
                    try:
                        sender.sendto(payload, path)
                        break
                    except BlockingIOError:
                        select.select((), (), (), 0.0002)

        yield send


@contextlib.asynccontextmanager
async def _tcp(folder: Path, port: int, subscribers: int) -> AsyncGenerator[Send]:
    writers = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(subscribers)]

    async def send(payload: bytes) -> None:
        for writer in writers:
            writer.write(payload)
        for writer in writers:
            await writer.drain()

    yield send
    for writer in writers:
        writer.close()


@contextlib.asynccontextmanager
async def _flatstore(folder: Path, port: int, subscribers: int) -> AsyncGenerator[Send]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    files = [os.open(folder / f"plain-{number}", flags, 0o600) for number in range(subscribers)]

    async def send(payload: bytes) -> None:
        for file in files:
            os.write(file, payload)

    yield send
    for file in files:
        os.close(file)


_PLAIN: Final = {"unix": _unix, "tcp": _tcp, "flatstore": _flatstore}
_NAMES: Final = {
    "unix": "a plain `sendto` loop", "tcp": "asyncio streams", "flatstore": "a `write` a line",
}  # fmt: skip
