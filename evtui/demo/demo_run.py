"""`evtui --demo`: a small traffic generator over real loopback sockets.

Its UDP and UNIX receivers really receive. One subscriber fails, one is slow and sometimes away, some subscriptions are
refreshed and some expire. The names of its own events begin with `E_DEMO_`; addresses and numbers are from the ranges
reserved for documentation.
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

from evtui.core.clocks import Sleep
from evtui.demo.slow_peer import run_archive
from evtui.demo.traffic import DYNAMIC, KINDS
from evtui.engine.engine import Engine

_PAUSE: Final = 0.35
_BURST_PAUSE: Final = 0.02


class Receiver:
    """A system socket that receives notifications and counts them."""

    def __init__(self, sock: socket.socket, address: str) -> None:
        self._sock = sock
        self.address = address
        """The socket to subscribe."""
        self.received = 0

        sock.setblocking(False)

    async def run(self) -> None:
        """Receive until cancelled."""
        while True:
            await anyio.wait_readable(self._sock)
            self._sock.recv(1 << 16)
            self.received += 1


class _DemoSubscription(Struct, frozen=True):
    event: str
    socket: str
    expire: int | None
    refreshed: bool = True
    """False: it expires and is made again later."""
    again_after: float = 0.0
    """Seconds from the expiry until it is made again."""


async def run_demo(
    engine: Engine,
    sleep: Sleep,
    chance: random.Random | None = None,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Publish events, subscribe sockets, then raise a few events a second, sometimes in bursts, until cancelled."""
    chance = chance or random.Random()  # noqa: S311 - values to look at, no secrets
    for name in DYNAMIC:
        engine.publish(name)
    async with _receivers() as (receivers, directory), anyio.create_task_group() as tasks:
        for receiver in receivers:
            tasks.start_soon(receiver.run)
        archive = await tasks.start(run_archive, sleep)
        for subscription in _subscriptions(receivers, directory, archive):
            engine.subscribe(subscription.event, subscription.socket, subscription.expire)
            if subscription.expire is not None:
                tasks.start_soon(_resubscribe, engine, sleep, subscription)
        task_status.started()
        await _raise_events(engine, sleep, chance)


async def _raise_events(engine: Engine, sleep: Sleep, chance: random.Random) -> None:
    weights = [kind.weight for kind in KINDS]
    while True:
        burst = chance.random() < 0.04
        for _ in range(chance.randint(8, 25) if burst else 1):
            (kind,) = chance.choices(KINDS, weights)
            engine.raise_event(kind.event, kind.params(chance))
            await sleep(_BURST_PAUSE)
        await sleep(chance.expovariate(1 / _PAUSE))


async def _resubscribe(engine: Engine, sleep: Sleep, subscription: _DemoSubscription) -> None:
    """Refresh a subscription at two thirds of its time, or make it again some time after it has expired."""
    expire = subscription.expire or 0
    while True:
        await sleep(expire * 2 / 3 if subscription.refreshed else expire + subscription.again_after)
        engine.subscribe(subscription.event, subscription.socket, expire)


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


def _subscriptions(receivers: list[Receiver], directory: Path, archive: str) -> list[_DemoSubscription]:
    monitor, firewall, wallboard, billing = (receiver.address for receiver in receivers)
    return [
        _DemoSubscription("E_DEMO_CALL_START", monitor, 3600),
        _DemoSubscription("E_DEMO_CALL_START", wallboard, 90),
        _DemoSubscription("E_DEMO_CALL_END", billing, None),
        _DemoSubscription("E_DEMO_CALL_END", archive, None),
        _DemoSubscription("E_DEMO_CALL_END", wallboard, 45, refreshed=False, again_after=20),
        _DemoSubscription("E_DEMO_LOAD", f"{wallboard}?payload=text", 20, refreshed=False, again_after=10),
        _DemoSubscription("E_PIKE_BLOCKED", firewall, 120),
        # No receiver has this socket: its notifications fail.
        _DemoSubscription("E_PIKE_BLOCKED", f"unix:{directory / 'missing.sock'}", 600),
        _DemoSubscription("E_UL_CONTACT_INSERT", monitor, 3600),
        _DemoSubscription("E_UL_CONTACT_DELETE", monitor, 3600),
    ]
