"""A Kafka broker that speaks the wire: aiokafka's protocol classes, turned round. No broker can be installed here.

One node, some topics; it keeps the records it took, and answers, refuses, hangs or hangs up as it is told.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from ssl import SSLContext
from typing import Any

from aiokafka.protocol import admin, metadata, produce, transaction
from aiokafka.protocol.api import RequestHeader_v1
from aiokafka.record.memory_records import MemoryRecords
from msgspec import Struct

NODE = 1
_VERSIONS = [(0, 3, 7), (3, 0, 5), (17, 1, 1), (18, 0, 0), (36, 0, 0)]
"""Produce, Metadata, SaslHandshake, ApiVersions, SaslAuthenticate: key, oldest, newest."""


class Taken(Struct, frozen=True):
    """One record a partition holds."""

    partition: int
    key: bytes | None
    value: bytes
    timestamp: int
    headers: dict[str, bytes]


class FakeKafka:
    """The broker's state, which outlives its listening socket."""

    def __init__(self, partitions: int = 1) -> None:
        self.partitions = partitions
        self.taken: list[Taken] = []
        self.requests = 0
        self.acks: list[int] = []
        self.connections = 0
        self.port = 0
        self.advertised: tuple[str, int] | None = None
        """Where it says it is; None: where it is."""
        self.topics = {"events"}
        self.errors: list[int] = []
        """Codes for the next produce requests, instead of taking them."""
        self.max_batch = 1 << 30
        self.poison = b"\0\0"
        """A batch that holds these bytes is refused as too large."""
        self.hangs = False
        self.hang_up_after: int | None = None
        """Produce requests until it closes the connection, the last one taken but not answered."""
        self.producers = 0
        """Producer ids that it gave."""
        self.gives_ids = True
        self._next: dict[tuple[int, int, int], int] = {}
        """The next number of each partition, producer and epoch."""
        self._last: dict[tuple[int, int, int], int] = {}
        self.tls: SSLContext | None = None
        self.password: tuple[str, str] | None = None
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}/events"

    def values(self) -> list[bytes]:
        return [record.value for record in self.taken]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            await self._server.wait_closed()
            while self._writers:  # noqa: ASYNC110 - a fake may be plain
                await asyncio.sleep(0)
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._converse(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            (size,) = struct.unpack(">i", await reader.readexactly(4))
            answer = self._answer(BytesIO(await reader.readexactly(size)))
            if answer is None:
                return
            writer.write(struct.pack(">i", len(answer)) + answer if answer else b"")
            await writer.drain()

    def _answer(self, raw: BytesIO) -> bytes | None:
        fields: list[Any] = [field.decode(raw) for field in RequestHeader_v1.SCHEMA.fields]
        kind, version, correlation, _ = fields
        match kind:
            case 18:
                response: Any = admin.ApiVersionResponse_v0(
                    0, [*_VERSIONS, (22, 0, 0)] if self.gives_ids else _VERSIONS
                )
            case 3:
                response = self._metadata(version, raw)
            case 17:
                response = admin.SaslHandShakeResponse_v1(0, ["PLAIN"])
            case 36:
                response = self._login(raw)
            case 22:
                self.producers += 1
                response = transaction.InitProducerIdResponse_v0(0, 0, 1000 + self.producers, 0)
            case 0:
                return self._produce(correlation, version, raw)
            case key:
                raise AssertionError(f"request {key} is not known")
        encoded: bytes = response.encode()
        return struct.pack(">i", correlation) + encoded

    def _metadata(self, version: int, raw: BytesIO) -> Any:
        request: Any = getattr(metadata, f"MetadataRequest_v{version}").decode(raw)
        host, port = self.advertised or ("127.0.0.1", self.port)
        asked = sorted(self.topics) if request.topics is None else request.topics
        topics: list[object] = []
        for topic in asked:
            known = topic in self.topics
            none: list[int] = []
            parts = [(0, number, NODE, [NODE], [NODE], none) for number in range(self.partitions if known else 0)]
            topics.append((0 if known else 3, topic, False, parts))
        return metadata.MetadataResponse_v5(0, [(NODE, host, port, None)], "cluster", NODE, topics)

    def _login(self, raw: BytesIO) -> Any:
        request: Any = admin.SaslAuthenticateRequest_v0.decode(raw)
        _, user, password = bytes(request.sasl_auth_bytes).split(b"\0")
        right = self.password == (user.decode(), password.decode())
        return admin.SaslAuthenticateResponse_v0(0 if right else 58, None if right else "wrong", b"")

    def _produce(self, correlation: int, version: int, raw: BytesIO) -> bytes | None:
        request: Any = getattr(produce, f"ProduceRequest_v{version}").decode(raw)
        self.requests += 1
        self.acks.append(request.required_acks)
        ((topic, ((partition, batch),)),) = request.topics
        code = self._take(partition, bytes(batch))
        if self.hang_up_after is not None:
            self.hang_up_after -= 1
            if self.hang_up_after <= 0:
                self.hang_up_after = None
                return None
        if self.hangs or not request.required_acks:
            return b""
        answer = getattr(produce, f"ProduceResponse_v{version}")([(topic, [(partition, code, 0, -1, 0)])], 0)
        encoded: bytes = answer.encode()
        return struct.pack(">i", correlation) + encoded

    def _take(self, partition: int, batch: bytes) -> int:
        if self.hangs:
            return 0
        if self.errors:
            return self.errors.pop(0)
        if len(batch) > self.max_batch or self.poison in _values(batch):
            return 10
        if (refusal := self._sequence_error(partition, batch)) is not None:
            return refusal
        self.taken += _records(partition, batch)
        return 0

    def _sequence_error(self, partition: int, raw: bytes) -> int | None:
        """Take the batches of a producer in sequence; 46: it has this one, 45: another one should come first."""
        batch: Any = MemoryRecords(raw).next_batch()
        if batch.producer_id < 0:
            return None
        key = partition, batch.producer_id, batch.producer_epoch
        due, first = self._next.get(key, 0), batch.base_sequence
        if first == due:
            self._last[key], self._next[key] = first, first + len(list(batch))
            return None
        return 46 if first == self._last.get(key) and first + len(list(batch)) == due else 45


def _values(batch: bytes) -> Sequence[bytes]:
    return [record.value for record in _records(0, batch)]


def _records(partition: int, raw: bytes) -> list[Taken]:
    records, found = MemoryRecords(raw), list[Taken]()
    while (batch := records.next_batch()) is not None:
        assert batch.validate_crc()
        found += [
            Taken(
                partition, _bytes(one.key), one.value or b"", one.timestamp or 0, {k: v or b"" for k, v in one.headers}
            )
            for one in batch
        ]
    return found


def _bytes(key: bytes | None) -> bytes | None:
    return None if key is None else bytes(key)


@asynccontextmanager
async def kafka(partitions: int = 1) -> AsyncGenerator[FakeKafka]:
    broker = FakeKafka(partitions)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()
