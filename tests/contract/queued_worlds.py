"""The queued transports, each with a real peer that can go away and come back."""

import json
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import ClassVar, Protocol
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

from aio_pika.abc import AbstractIncomingMessage
from anyio.from_thread import start_blocking_portal

from tests.contract.proxy import Proxy
from tests.functional.transports.fake_kafka import FakeKafka
from tests.functional.transports.kafka_cluster import KafkaCluster, Reader, value_of
from tests.functional.transports.rabbit_client import client
from tests.functional.transports.rabbit_node import RabbitNode
from tests.functional.transports.stream_peers import split
from tests.limits import HANG

Settings = Mapping[str, Mapping[str, object]]


class World(Protocol):
    """One transport with its peer."""

    socket: str
    """What is subscribed."""
    spellings: tuple[tuple[str, str], ...]
    """(what is written, what is printed)"""
    wrong: tuple[tuple[str, str], ...]
    """(socket, part that is wrong)"""
    settings: ClassVar[Settings]
    """Of `[transports]`."""

    def got(self) -> list[int]:
        """Return the numbers that arrived, in order."""
        ...

    def down(self) -> None:
        """Go away."""
        ...

    def up(self) -> None:
        """Come back at the same address."""
        ...


class _Behind:
    """A world whose peer stands behind a proxy."""

    def __init__(self, port: int) -> None:
        self._proxy = Proxy(port)
        self.port = self._proxy.port

    def down(self) -> None:
        self._proxy.down()

    def up(self) -> None:
        self._proxy.up()


class _JsonPeer(BaseRequestHandler):
    """Reads JSON objects, notes their first parameter, answers those that ask."""

    def handle(self) -> None:
        server, text = self.server, ""
        assert isinstance(server, _JsonServer)
        while piece := self.request.recv(1 << 16):
            objects, text = split(text + piece.decode())
            for value in objects:
                server.got.append(value["params"][0])
                if value.get("id") is not None:
                    self.request.sendall(json.dumps({"jsonrpc": "2.0", "result": 1, "id": value["id"]}).encode())


class _JsonServer(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _JsonPeer)
        self.got: list[int] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that were cut."""


class Tcp(_Behind):
    """`tcp:` with requests that are answered: only then nothing can be lost unnoticed."""

    scheme: ClassVar = "tcp"
    settings: ClassVar[Settings] = {"tcp": {"reliable_mode": True}}
    spellings: tuple[tuple[str, str], ...] = (
        ("tcp:127.0.0.1:9000", "tcp:127.0.0.1:9000"),
        ("tcp:127.0.0.1:09000/m", "tcp:127.0.0.1:9000/m"),
        ("tcp:[::1]:9000", "tcp:[::1]:9000"),
    )
    wrong: tuple[tuple[str, str], ...] = (
        ("tcp:", "host"),
        ("tcp:127.0.0.1", "port"),
        ("tcp:127.0.0.1:0", "port"),
        ("tcp:127.0.0.1:70000/m", "port"),
        ("tcp:169.254.169.254:80", "host"),
    )

    def __init__(self, _folder: Path, owner: ExitStack) -> None:
        self._server = _JsonServer()
        owner.enter_context(closing(_Serving(self._server)))
        super().__init__(self._server.server_address[1])
        owner.callback(self.down)
        self.socket = f"{self.scheme}:127.0.0.1:{self.port}"

    def got(self) -> list[int]:
        return list(self._server.got)


class Jsonrpc(Tcp):
    """`jsonrpc:`, answered too."""

    scheme: ClassVar = "jsonrpc"
    settings: ClassVar[Settings] = {"jsonrpc": {"sync_mode": True}}
    spellings: tuple[tuple[str, str], ...] = (("jsonrpc:127.0.0.1:9000/m", "jsonrpc:127.0.0.1:9000/m"),)
    wrong: tuple[tuple[str, str], ...] = (("jsonrpc:127.0.0.1:port", "port"), ("jsonrpc::9000", "host"))


class _XmlHandler(SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""


class Xmlrpc(_Behind):
    """`xmlrpc:` against the standard library's server."""

    settings: ClassVar[Settings] = {}
    spellings: tuple[tuple[str, str], ...] = (
        ("xmlrpc:127.0.0.1:9000:notify", "xmlrpc:127.0.0.1:9000:notify"),
        ("xmlrpc:127.0.0.1:9000/p:notify", "xmlrpc:127.0.0.1:9000/p:notify"),
    )
    wrong: tuple[tuple[str, str], ...] = (
        ("xmlrpc:127.0.0.1:9000", "method"),
        ("xmlrpc:127.0.0.1:x:notify", "port"),
        ("xmlrpc:", "host"),
    )

    def __init__(self, _folder: Path, owner: ExitStack) -> None:
        self._got: list[int] = []
        server = SimpleXMLRPCServer(("127.0.0.1", 0), _XmlHandler, logRequests=False, allow_none=True)
        server.register_function(self._take, "notify")
        owner.enter_context(closing(_Serving(server)))
        super().__init__(server.server_address[1])
        owner.callback(self.down)
        self.socket = f"xmlrpc:127.0.0.1:{self.port}:notify"

    def got(self) -> list[int]:
        return list(self._got)

    def _take(self, _event: object, number: object) -> int:
        assert isinstance(number, int)
        self._got.append(number)
        return 1


class Flatstore:
    """`flatstore:`: the peer is a directory, which can be moved away."""

    settings: ClassVar[Settings] = {"flatstore": {"fsync": "batch"}}
    spellings: tuple[tuple[str, str], ...] = (("flatstore:/tmp/x.txt", "flatstore:/tmp/x.txt"),)
    wrong: tuple[tuple[str, str], ...] = (
        ("flatstore:", "path"),
        ("flatstore:x.txt", "path"),
        ("flatstore:/tmp", "path"),
    )

    def __init__(self, folder: Path, _owner: ExitStack) -> None:
        self._folder = folder / "flat"
        self._away = folder / "away"
        self._folder.mkdir()
        self.socket = f"flatstore:{self._folder}/events.txt"

    def got(self) -> list[int]:
        file = next((place / "events.txt" for place in (self._folder, self._away) if place.exists()), None)
        if file is None or not file.exists():
            return []
        return [int(line.partition(",")[2]) for line in file.read_text().splitlines()]

    def down(self) -> None:
        self._folder.rename(self._away)

    def up(self) -> None:
        self._away.rename(self._folder)


class Failover(Tcp):
    """`virtual:FAILOVER` of a member that never was there and one that comes and goes."""

    settings: ClassVar[Settings] = {"tcp": {"reliable_mode": True}, "virtual": {"failover_timeout": 1}}
    spellings: tuple[tuple[str, str], ...] = (
        ("virtual:FAILOVER  tcp:127.0.0.1:1\tudp:127.0.0.1:2", "virtual:FAILOVER tcp:127.0.0.1:1 udp:127.0.0.1:2"),
    )
    wrong: tuple[tuple[str, str], ...] = (
        ("virtual:SOMETIMES udp:127.0.0.1:1", "policy"),
        ("virtual:FAILOVER", "members"),
        ("virtual:FAILOVER udp:127.0.0.1:0", "member 1"),
    )

    def __init__(self, folder: Path, owner: ExitStack) -> None:
        super().__init__(folder, owner)
        self.socket = f"virtual:FAILOVER tcp:127.0.0.1:1 {self.socket}"


class Kafka(_Behind):
    """`kafka:`: a broker of the library's own protocol classes, in a thread; it says that it is where the proxy is."""

    settings: ClassVar[Settings] = {}
    spellings: tuple[tuple[str, str], ...] = (
        ("kafka:127.0.0.1/t", "kafka:127.0.0.1:9092/t"),
        ("kafka:127.0.0.1:1,[::1]:2/t?key=k&t.acks=-1", "kafka:127.0.0.1:1,[::1]:2/t?key=k&t.acks=all"),
    )
    wrong: tuple[tuple[str, str], ...] = (
        ("kafka:127.0.0.1:9092", "topic"),
        ("kafka:127.0.0.1:x/t", "port"),
        ("kafka:127.0.0.1:1/t?t.acks=2", "t.acks"),
        ("kafka:169.254.169.254:9092/t", "host"),
    )

    def __init__(self, _folder: Path, owner: ExitStack) -> None:
        portal = owner.enter_context(start_blocking_portal())
        self._broker = FakeKafka()
        portal.call(self._broker.start)
        owner.callback(portal.call, self._broker.stop)
        super().__init__(self._broker.port)
        owner.callback(self.down)
        self._broker.advertised = "127.0.0.1", self.port
        self.socket = f"kafka:127.0.0.1:{self.port}/events"

    def got(self) -> list[int]:
        return [json.loads(value)["params"][0] for value in self._broker.values()]


class NumberedKafka(Kafka):
    """`kafka:` with producer ids: the broker leaves out what it has."""

    def __init__(self, folder: Path, owner: ExitStack) -> None:
        super().__init__(folder, owner)
        self.socket += "?g.enable.idempotence=true"


class MockKafka:
    """`kafka:` to three brokers of librdkafka's mock cluster, which all go away, and a consumer of librdkafka."""

    settings: ClassVar[Settings] = {"kafka": {"timeout": 2000}}
    spellings: tuple[tuple[str, str], ...] = (
        ("kafka:127.0.0.1:1,127.0.0.1:2/t?t.acks=-1", "kafka:127.0.0.1:1,127.0.0.1:2/t?t.acks=all"),
    )
    wrong: tuple[tuple[str, str], ...] = (("kafka:127.0.0.1:1,/t", "host"), ("kafka:127.0.0.1:1,h:0/t", "port"))

    def __init__(self, _folder: Path, owner: ExitStack) -> None:
        self._cluster = owner.enter_context(closing(KafkaCluster()))
        self._reader = owner.enter_context(closing(Reader(self._cluster, "events")))
        self._got: list[int] = []
        self.socket = f"kafka:{self._cluster.servers}/events?g.enable.idempotence=true"

    def got(self) -> list[int]:
        self._got += [value_of(message)[0] for message in self._reader.read_now()]
        return list(self._got)

    def down(self) -> None:
        self._cluster.down()

    def up(self) -> None:
        self._cluster.up()


class Rabbitmq(_Behind):
    """`rabbitmq:` on a real broker, into a queue of its own, which a consumer reads."""

    settings: ClassVar[Settings] = {"rabbitmq": {"connect_timeout": 2000}}
    spellings: tuple[tuple[str, str], ...] = (
        ("rabbitmq:guest:guest@127.0.0.1/q", "rabbitmq:guest@127.0.0.1:5672/q"),
        ("rabbitmq:127.0.0.1/ex?rk", "rabbitmq:guest@127.0.0.1:5672/exchange=ex?rk"),
        ("rabbitmq:u:p%40@[0::1]:1/persistent;exchange=e?k", "rabbitmq:u@[::1]:1/exchange=e;persistent?k"),
    )
    wrong: tuple[tuple[str, str], ...] = (
        ("rabbitmq:127.0.0.1", "routing key"),
        ("rabbitmq:127.0.0.1:0/q", "port"),
        ("rabbitmq:/q", "host"),
        ("rabbitmq:127.0.0.1/foo=1?q", "foo"),
        ("rabbitmq:169.254.169.254/q", "host"),
    )

    def __init__(self, node: RabbitNode, queue: str, owner: ExitStack) -> None:
        super().__init__(node.port)
        owner.callback(self.down)
        self._got: list[int] = []
        portal = owner.enter_context(start_blocking_portal())
        owner.enter_context(portal.wrap_async_context_manager(self._reading(node, queue)))
        self.socket = f"rabbitmq:guest:guest@127.0.0.1:{self.port}/{queue}"

    def got(self) -> list[int]:
        return list(self._got)

    @asynccontextmanager
    async def _reading(self, node: RabbitNode, queue: str) -> AsyncGenerator[None]:
        async with client(node) as channel:
            declared = await channel.declare_queue(queue, exclusive=True)
            await declared.consume(self._take, no_ack=True)
            yield

    async def _take(self, message: AbstractIncomingMessage) -> None:
        self._got.append(json.loads(message.body)["params"][0])


class _Serving:
    """A server that serves in a thread until it is closed."""

    def __init__(self, server: "_JsonServer | SimpleXMLRPCServer") -> None:
        self.server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(HANG)


WORLDS: dict[str, Callable[[Path, ExitStack], World]] = {
    "tcp": Tcp,
    "jsonrpc": Jsonrpc,
    "xmlrpc": Xmlrpc,
    "flatstore": Flatstore,
    "failover": Failover,
    "kafka": Kafka,
    "kafka-numbered": NumberedKafka,
    "kafka-mock": MockKafka,
}
"""A new queued transport joins with one line here; rabbitmq, which needs a broker, by the fixture."""
