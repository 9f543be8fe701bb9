"""`evtui --demo`: a small traffic generator over real loopback sockets, marked as such by its names.

Receivers of our own (UDP and UNIX) really receive and count. One subscriber fails, one is slow and away now and then,
some subscriptions are renewed and some run out. Addresses and numbers are from the ranges kept for documentation.
"""

import random
import socket
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Final

import anyio
from anyio.abc import TaskStatus
from msgspec import Struct

from evtui.demo.slow_peer import run_archive
from evtui.demo.traffic import DYNAMIC, KINDS
from evtui.engine.engine import Engine

_PAUSE: Final = 0.35
_BURST_PAUSE: Final = 0.02


class Receiver:
    """A socket that takes notifications and counts them."""

    def __init__(self, sock: socket.socket, address: str) -> None:
        self._sock = sock
        self.address = address
        """The socket as it is subscribed."""
        self.received = 0

        sock.setblocking(False)

    async def run(self) -> None:
        """Receive until cancelled."""
        while True:
            await anyio.wait_readable(self._sock)
            self._sock.recv(1 << 16)
            self.received += 1


class _Subscriber(Struct, frozen=True):
    event: str
    socket: str
    expire: int | None
    renewed: bool = True
    again_after: float = 0.0
    """Seconds after which one that ran out comes back."""


async def run_demo(
    engine: Engine, chance: random.Random | None = None, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Publish, subscribe, then raise a few events a second with bursts until cancelled."""
    chance = chance or random.Random()  # noqa: S311 - believable traffic, no secret
    for name in DYNAMIC:
        engine.publish(name)
    async with _receivers() as (receivers, directory), anyio.create_task_group() as tasks:
        for receiver in receivers:
            tasks.start_soon(receiver.run)
        archive = await tasks.start(run_archive)
        for subscriber in _subscribers(receivers, directory, archive):
            engine.subscribe(subscriber.event, subscriber.socket, subscriber.expire)
            if subscriber.expire is not None:
                tasks.start_soon(_keep, engine, subscriber)
        task_status.started()
        await _raise_for_ever(engine, chance)


async def _raise_for_ever(engine: Engine, chance: random.Random) -> None:
    weights = [kind.weight for kind in KINDS]
    while True:
        burst = chance.random() < 0.04
        for _ in range(chance.randint(8, 25) if burst else 1):
            (kind,) = chance.choices(KINDS, weights)
            engine.raise_event(kind.event, kind.params(chance))
            await anyio.sleep(_BURST_PAUSE)
        await anyio.sleep(chance.expovariate(1 / _PAUSE))


async def _keep(engine: Engine, subscriber: _Subscriber) -> None:
    """Renew a subscription at two thirds of its time, or let it run out and come back later."""
    expire = subscriber.expire or 0
    while True:
        await anyio.sleep(expire * 2 / 3 if subscriber.renewed else expire + subscriber.again_after)
        engine.subscribe(subscriber.event, subscriber.socket, expire)


@asynccontextmanager
async def _receivers() -> AsyncGenerator[tuple[list[Receiver], Path]]:
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evtui-demo-")))
        receivers: list[Receiver] = []
        for _ in range(3):
            sock = stack.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
            sock.bind(("127.0.0.1", 0))
            receivers.append(Receiver(sock, f"udp:127.0.0.1:{sock.getsockname()[1]}"))
        path = directory / "billing.sock"
        sock = stack.enter_context(closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)))
        sock.bind(str(path))
        receivers.append(Receiver(sock, f"unix:{path}"))
        yield receivers, directory


def _subscribers(receivers: list[Receiver], directory: Path, archive: str) -> list[_Subscriber]:
    monitor, firewall, wallboard, billing = (receiver.address for receiver in receivers)
    return [
        _Subscriber("E_DEMO_CALL_START", monitor, 3600),
        _Subscriber("E_DEMO_CALL_START", wallboard, 90),
        _Subscriber("E_DEMO_CALL_END", billing, None),
        _Subscriber("E_DEMO_CALL_END", archive, None),
        _Subscriber("E_DEMO_CALL_END", wallboard, 45, renewed=False, again_after=20),
        _Subscriber("E_DEMO_LOAD", f"{wallboard}?payload=text", 20, renewed=False, again_after=10),
        _Subscriber("E_PIKE_BLOCKED", firewall, 120),
        # Nobody ever binds this one: a subscriber that fails.
        _Subscriber("E_PIKE_BLOCKED", f"unix:{directory / 'missing.sock'}", 600),
        _Subscriber("E_UL_CONTACT_INSERT", monitor, 3600),
        _Subscriber("E_UL_CONTACT_DELETE", monitor, 3600),
    ]
