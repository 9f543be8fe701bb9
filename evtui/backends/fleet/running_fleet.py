"""A fleet of servers as they are given: how each is opened by its address, with its share of what is kept."""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

import anyio
from msgspec import Struct

from evtui.backends.amqp.address import AmqpAddress, is_amqp, parse_amqp_address
from evtui.backends.fleet.backend import FleetBackend, open_fleet
from evtui.backends.fleet.fleet_server import OpenedServer, OpenServer
from evtui.backends.fleet.given_servers import GivenServer, is_list_file
from evtui.backends.fleet.list_file import follow_lists
from evtui.backends.kafka.backend import open_kafka
from evtui.backends.kafka.kafka_address import is_kafka, parse_kafka_address
from evtui.backends.remote.mi_client import MiClient
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.clocks import Clocks
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds

BACK: Final = 1000
"""Records before now that are shown of all servers together."""

_LEAST_RECORDS: Final = 5_000
"""Records of one server that are kept until they are taken."""
_LEAST_BYTES: Final = 4 << 20

_VERSION: Final = re.compile(r"(?<![A-Za-z])([A-Za-z]{1,64})\s?\(?\s?v?([0-9][^\s()]*)")


class Attached(Protocol):
    """A server that is attached to."""

    @property
    def client(self) -> MiClient:
        """Return the client for single requests."""
        ...

    @property
    def backend(self) -> Backend:
        """Return its backend."""
        ...


class Connections(Struct, frozen=True):
    """What opens servers and sources, each with bounds of what is kept of it."""

    attach: Callable[[GivenServer, int, JournalBounds], AbstractAsyncContextManager[Attached]]
    """Attach to a server; a watch begins with so many older records."""
    consume: Callable[[AmqpAddress, JournalBounds], AbstractAsyncContextManager[Backend]]


@asynccontextmanager
async def running_fleet(
    texts: Sequence[str], read: Callable[[Sequence[str]], Sequence[GivenServer]], connections: Connections,
    clocks: Clocks, *, back: int = BACK,
) -> AsyncGenerator[FleetBackend]:  # fmt: skip
    """Open the fleet of some servers until the block ends, with `back` older records; lists in files are followed.

    `read` reads the texts. raises BadServerError.
    """
    given = read(texts)
    opener = fleet_opener(connections, clocks, len(given), back)
    with unwrap_lone_error():
        async with open_fleet(given, opener, clocks) as fleet, anyio.create_task_group() as tasks:
            files = [Path(text[1:]) for text in texts if is_list_file(text)]
            if files:
                tasks.start_soon(follow_lists, fleet, files, lambda: read(texts), clocks.sleep)
            try:
                yield fleet
            finally:
                tasks.cancel_scope.cancel()


def fleet_opener(connections: Connections, clocks: Clocks, number: int, back: int) -> OpenServer:
    """Return what opens a server of a fleet of so many; each has its share of what is kept."""
    share = max(1, number)
    bounds = JournalBounds(
        max(_LEAST_RECORDS, WHOLE_JOURNAL.records // share), max(_LEAST_BYTES, WHOLE_JOURNAL.bytes // share)
    )

    @asynccontextmanager
    async def opened(given: GivenServer) -> AsyncGenerator[OpenedServer]:
        if is_kafka(given.address):
            async with open_kafka(parse_kafka_address(given.address), clocks, bounds) as topic:
                yield OpenedServer(topic, _cluster)
            return
        if is_amqp(given.address):
            async with connections.consume(parse_amqp_address(given.address), bounds) as source:
                yield OpenedServer(source, _source)
            return
        async with connections.attach(given, back // share, bounds) as server:
            yield OpenedServer(server.backend, lambda: ask_version(server.client))

    return opened


async def ask_version(client: MiClient) -> str:
    """Return what a server says that it is, such as `OpenSIPS 3.6.1`; empty when it does not say."""
    try:
        return _version(await client.call("version"))
    except EvtuiError:
        return ""


def _version(reply: Json) -> str:
    texts = [value for _, value in reply] if isinstance(reply, Members) else [reply]
    said = next((text for text in texts if isinstance(text, str)), "")
    found = _VERSION.search(said)
    return f"{found[1]} {found[2]}" if found else said[:40]


async def _source() -> str:
    return "RabbitMQ"


async def _cluster() -> str:
    return "Kafka"
