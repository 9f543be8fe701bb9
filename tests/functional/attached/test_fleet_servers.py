"""A fleet of real servers: processes that hang and are killed, OpenSIPS 3 and 2.4, sources, a list in a file.

One that hangs delays nobody: what is asked of the others is answered within a second, whatever one does.
"""

import json
import signal
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path

import aio_pika
import anyio
import pytest

from evtui.backends.fleet.backend import FleetBackend
from evtui.backends.fleet.server_answers import REQUEST_SECONDS, PartlyDoneError
from evtui.bootstrap.fleet_setup import run_fleet
from evtui.config.schema import Config
from evtui.core.errors import UnknownEventError, UnknownServerError
from evtui.core.fleet_port import Light, ServerState
from evtui.core.ports import Watch
from evtui.core.records import Raised, Record, Restarted, Settled, server_of
from evtui.core.values import NO_PARAMS, Params
from tests.functional.attached.classic_server import classic_over_udp
from tests.functional.attached.opensips_like import opensips_like
from tests.functional.processes.evtui_process import Evtui, Server
from tests.functional.transports.kafka_cluster import KafkaCluster
from tests.functional.transports.rabbit_client import client
from tests.functional.transports.rabbit_node import RabbitNode
from tests.limits import HANG

SOCKET = "udp:127.0.0.1:9"

SOON = 1.0
"""Seconds in which the servers that live answer, though one hangs."""


class Fleet:
    """A fleet that is watched, and what it has told."""

    def __init__(self, backend: FleetBackend, watch: Watch) -> None:
        self.backend = backend
        self.watch = watch
        self.records: list[Record] = []

    async def light(self, name: str) -> ServerState:
        """Ask how a server stands."""
        servers = (await self.backend.status()).servers
        return next(server for server in servers if server.name == name)

    async def comes(self, condition: Callable[[], object]) -> None:
        """Read and ask until something holds."""
        with anyio.fail_after(HANG):
            while True:
                self.records += self.watch.read()
                if condition():
                    return
                await self.backend.status()
                await anyio.sleep(0.02)

    async def shows(self, **lights: Light) -> None:
        """Wait until servers stand so."""

        def all_stand() -> bool:
            states = {server.name: server.light for server in self.backend.servers}
            return all(states[name] == light for name, light in lights.items())

        await self.comes(all_stand)

    def numbers(self, server: str) -> list[object]:
        """Return the first value of each raise of a server."""
        raises = (record for record in self.records if isinstance(record, Raised))
        return [record.params.values[0] for record in raises if record.server == server]


@asynccontextmanager
async def watched(*servers: str, config: Config | None = None) -> AsyncGenerator[Fleet]:
    async with run_fleet(servers, config or Config(), {}) as backend:
        watch = await backend.watch()
        yield Fleet(backend, watch)
        await watch.aclose()


@contextmanager
def serving(directory: Path, *names: str) -> Generator[dict[str, Server]]:
    """Run an evtui for each name, with E_CALL, and an event of its own that only it has."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(served(directory, name)) for name in names}


@contextmanager
def served(directory: Path, name: str) -> Generator[Server]:
    home = directory / name
    home.mkdir(exist_ok=True)
    runtime = home / "run"
    if runtime.exists():
        runtime.rename(home / f"run-{time.monotonic_ns()}")
    own = ("--event", "E_CALL", "--event", f"E_{name.upper()}", "--datagram", f"unix:{home}/mi.sock")
    with Evtui(home).serving(*own, EVTUI_TRANSPORTS_FLATSTORE_ROOTS=str(directory)) as server:
        yield server


def places(directory: Path, *names: str) -> list[str]:
    return [f"{name}=unix:{directory}/{name}/mi.sock" for name in names]


@pytest.fixture
def directory(evtui: Evtui) -> Path:
    """A directory with a short path."""
    return evtui.directory


async def raise_at(fleet: Fleet, numbers: Sequence[int], *names: str) -> None:
    for number in numbers:
        for name in names:
            await fleet.backend.at(name).raise_event("E_CALL", Params((number,), ("n",)))


async def test_all_servers_are_one_stream_and_a_request_to_one_is_for_it_alone(directory: Path) -> None:
    with serving(directory, "a", "b"):
        async with watched(*places(directory, "a", "b")) as fleet:
            await fleet.shows(a="live", b="live")
            await fleet.backend.at("b").subscribe("E_CALL", SOCKET, 60)
            await raise_at(fleet, [1, 2], "a", "b")
            await fleet.comes(lambda: fleet.numbers("a") == fleet.numbers("b") == [1, 2])
            assert [(s.subscription.server, s.ttl is not None) for s in await fleet.backend.subscriptions()] == [
                ("b", True)
            ]
            sent = {record.server: record.subscribers for record in fleet.records if isinstance(record, Raised)}
            assert sent == {"a": 0, "b": 1}
            assert {server.version[:5] for server in (await fleet.backend.status()).servers} == {"evtui"}
            with pytest.raises(UnknownServerError, match="'c': the fleet has a, b"):
                fleet.backend.at("c")


async def test_what_all_are_asked_is_done_at_all_that_know_the_event(directory: Path) -> None:
    with serving(directory, "a", "b"):
        async with watched(*places(directory, "a", "b")) as fleet:
            await fleet.shows(a="live", b="live")
            made = await fleet.backend.subscribe("E_CALL", SOCKET, 60)
            assert [subscription.server for subscription in made] == ["a", "b"]
            assert [each.server for each in await fleet.backend.subscribe("E_B", SOCKET, 60)] == ["b"]
            raised = await fleet.backend.raise_event("E_CALL", NO_PARAMS)
            assert raised is not None
            assert [each.socket.server for each in raised.deliveries()] == ["a", "b"]
            with pytest.raises(UnknownEventError):
                await fleet.backend.raise_event("E_NOPE", NO_PARAMS)


async def test_one_that_hangs_delays_nobody(directory: Path) -> None:
    with serving(directory, "a", "b", "c") as servers:
        async with watched(*places(directory, "a", "b", "c")) as fleet:
            await fleet.shows(a="live", b="live", c="live")
            servers["b"].process.send_signal(signal.SIGSTOP)
            try:
                await fleet.shows(a="live", b="silent", c="live")
                assert "it has said nothing for" in (await fleet.light("b")).detail
                start = time.monotonic()
                for _ in range(3):
                    await fleet.backend.status()
                    await fleet.backend.events()
                    await fleet.backend.subscriptions()
                await raise_at(fleet, range(20), "a", "c")
                await fleet.comes(lambda: fleet.numbers("a") == fleet.numbers("c") == list(range(20)))
                assert time.monotonic() - start < SOON * 5  # 9 questions and 40 raises, on a busy machine
                with pytest.raises(PartlyDoneError, match="raised at a, c, not at b: no answer within 2 s"):
                    with anyio.fail_after(REQUEST_SECONDS + HANG / 2):
                        await fleet.backend.raise_event("E_CALL", Params((99,)))
            finally:
                servers["b"].process.send_signal(signal.SIGCONT)
            await fleet.shows(b="live")
            await raise_at(fleet, [100], "b")
            await fleet.comes(lambda: 100 in fleet.numbers("b"))
            assert fleet.watch.lost == 0


async def test_one_that_is_killed_is_tried_again_and_comes_back_alone(directory: Path) -> None:
    with serving(directory, "a", "b") as servers:
        async with watched(*places(directory, "a", "b")) as fleet:
            await fleet.shows(a="live", b="live")
            servers["b"].stop(signal.SIGKILL)
            await fleet.shows(a="live", b="retry")
            assert "next attempt in" in (await fleet.light("b")).detail
            status = await fleet.backend.status()
            assert (status.connected, status.gaps) == (True, "b is away")
            await raise_at(fleet, [1], "a")
            await fleet.comes(lambda: fleet.numbers("a") == [1])
            with served(directory, "b"):
                await fleet.shows(b="live")
                await raise_at(fleet, [2], "b")
                await fleet.comes(lambda: fleet.numbers("b") == [2])
            restarts = [record for record in fleet.records if isinstance(record, Restarted)]
            assert [server_of(record) for record in restarts] == ["b"]


async def test_the_ends_of_queued_deliveries_belong_to_the_raises_of_their_server(directory: Path) -> None:
    with serving(directory, "a", "b"):
        async with watched(*places(directory, "a", "b")) as fleet:
            await fleet.shows(a="live", b="live")
            await fleet.backend.subscribe("E_CALL", f"flatstore:{directory}/calls.log", 60)
            await raise_at(fleet, [1, 2], "a", "b")
            await fleet.comes(lambda: sum(isinstance(record, Settled) for record in fleet.records) == 4)
            settled = {(r.socket.server, r.serial) for r in fleet.records if isinstance(r, Settled)}
            raised = {(r.server, r.serial) for r in fleet.records if isinstance(r, Raised)}
            assert settled == raised


async def test_servers_of_all_kinds_are_one_fleet(directory: Path, rabbit: RabbitNode) -> None:
    source = f"bus=amqp://guest:guest@127.0.0.1:{rabbit.port}/?exchange=evtui-mixed"
    with (
        closing(KafkaCluster()) as cluster,
        serving(directory, "a"),
        opensips_like(directory / "o.sock") as opensips,
        classic_over_udp() as (_, classic),
    ):
        three, two = f"three=unix:{directory}/o.sock", f"two={classic}"
        async with client(rabbit) as channel:
            exchange = await channel.declare_exchange("evtui-mixed", aio_pika.ExchangeType.TOPIC, durable=True)
            cluster.leaders("mixed")
            topic = f"topic=kafka://{cluster.servers}/mixed"
            async with watched(*places(directory, "a"), three, two, source, topic) as fleet:
                await fleet.shows(a="live", three="live", two="live", bus="live", topic="live")
                await fleet.comes(lambda: [key for key, end in opensips.subscribed.items() if end])
                await raise_at(fleet, [1], "a")
                opensips.notify("E_ONE")
                body = json.dumps({"jsonrpc": "2.0", "method": "E_BUS", "params": {"n": 4}}).encode()
                await exchange.publish(aio_pika.Message(body), "E_BUS")

                def all_came() -> bool:
                    cluster.publish("mixed", body)  # until one comes: a source without a group begins with the next
                    raised = {server_of(record) for record in fleet.records if isinstance(record, Raised)}
                    return raised == {"a", "three", "bus", "topic"}

                await fleet.comes(all_came)
                states = {server.name: server for server in (await fleet.backend.status()).servers}
                assert (states["bus"].version, states["bus"].read_only) == ("RabbitMQ", True)
                assert (states["topic"].version, states["topic"].read_only) == ("Kafka", True)
                assert not states["two"].can_raise
                assert {state.event.name for state in await fleet.backend.events()} >= {"E_CALL", "E_ONE", "E_BUS"}
                (made,) = await fleet.backend.subscribe("E_CALL", SOCKET, 60)
                assert made.server == "a"


async def test_a_list_in_a_file_is_followed(directory: Path) -> None:
    listed = directory / "servers"
    with serving(directory, "a", "b", "c"):
        one, two, three = places(directory, "a", "b", "c")
        listed.write_text(f"{one} blue\n{two}\n")
        async with watched(f"@{listed}") as fleet:
            await fleet.shows(a="live", b="live")
            await raise_at(fleet, [1], "a", "b")
            listed.write_text(f"{one} blue\n{three}\n")
            await fleet.comes(lambda: [server.name for server in fleet.backend.servers] == ["a", "c"])
            await fleet.shows(a="live", c="live")
            await raise_at(fleet, [2], "a", "c")
            await fleet.comes(lambda: fleet.numbers("c") == [2] and fleet.numbers("a") == [1, 2])
            listed.write_text("nonsense\n")
            await fleet.comes(lambda: fleet.backend.list_trouble)
            status = await fleet.backend.status()
            assert [server.name for server in status.servers] == ["a", "c"]
            assert status.list_trouble.startswith(f"{listed}: line 1: ")
            assert status.gaps == ""
            listed.write_text("# being written\n")
            await fleet.comes(lambda: fleet.backend.list_trouble == f"{listed}: it names no server")
            assert [server.name for server in fleet.backend.servers] == ["a", "c"]
            listed.write_text(f"{one} blue\n")
            await fleet.comes(lambda: len(fleet.backend.servers) == 1 and not fleet.backend.list_trouble)
            assert fleet.backend.servers[0].received > 1  # it was not opened anew


async def test_an_evtui_sends_only_what_is_wanted(directory: Path) -> None:
    with serving(directory, "a", "b"):
        named = places(directory, "a", "b")
        async with run_fleet(named, Config(), {}, wanted="n>7") as backend, run_fleet(named, Config(), {}) as other:
            fleet, raising = Fleet(backend, await backend.watch()), Fleet(other, await other.watch())
            await fleet.shows(a="live", b="live")
            await raising.shows(a="live", b="live")
            await raise_at(raising, range(10), "a", "b")
            await fleet.comes(lambda: fleet.numbers("a") == fleet.numbers("b") == [8, 9])
            assert [server.received for server in backend.servers] == [2, 2]
            await fleet.watch.aclose()
            await raising.watch.aclose()
