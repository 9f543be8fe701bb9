"""A door with TLS and a login before each broker of the mock cluster, which has neither.

The brokers tell 127.0.0.1 as their address. The doors listen at 127.0.0.2 at the same ports, and write that instead:
it is as long.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from ssl import SSLContext

from aiokafka.protocol import admin

BROKER, DOOR = b"127.0.0.1", b"127.0.0.2"

_VERSIONS, _HANDSHAKE, _LOGIN = 18, 17, 36


class _Door:
    """One connection of a client."""

    def __init__(self, login: bytes) -> None:
        self._login = login
        self._let_in = False
        self._versions: set[bytes] = set()
        """The correlation ids of questions for versions."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        inner_reader, inner_writer = await asyncio.open_connection(BROKER.decode(), port)
        back = asyncio.ensure_future(self._back(inner_reader, writer))
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    frame = await _frame(reader)
                    if (answer := self._answer(frame)) is None:
                        inner_writer.write(struct.pack(">i", len(frame)) + frame)
                    else:
                        writer.write(struct.pack(">i", len(answer)) + answer)
        finally:
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)
            for each in (inner_writer, writer):
                each.close()

    def _answer(self, frame: bytes) -> bytes | None:
        """Answer what belongs to the login; everything else is for the broker, once someone is let in."""
        (key, version), correlation = struct.unpack(">hh", frame[:4]), frame[4:8]
        (client,) = struct.unpack(">h", frame[8:10])
        body = frame[10 + max(0, client) :]
        if key == _VERSIONS:
            self._versions.add(correlation)
            return None
        if key == _HANDSHAKE:
            return correlation + bytes(admin.SaslHandShakeResponse_v1(0, ["PLAIN"]).encode())
        if key == _LOGIN:
            self._let_in = body[4:].split(b"\0")[1:] == self._login.split(b"\0")[1:]
            told = admin.SaslAuthenticateResponse_v0(*((0, None, b"") if self._let_in else (58, "wrong", b"")))
            return correlation + bytes(told.encode())
        if not self._let_in:
            raise ConnectionResetError(f"request {key}.{version} before the login")
        return None

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                frame = (await _frame(reader)).replace(BROKER, DOOR)
                if frame[:4] in self._versions:
                    self._versions.remove(frame[:4])
                    (number,) = struct.unpack(">i", frame[6:10])
                    more = struct.pack(">hhhhhh", _HANDSHAKE, 0, 1, _LOGIN, 0, 0)
                    frame = frame[:6] + struct.pack(">i", number + 2) + more + frame[10:]
                writer.write(struct.pack(">i", len(frame)) + frame)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(size)


@asynccontextmanager
async def guarded(servers: str, tls: SSLContext, user: str, password: str) -> AsyncGenerator[Sequence[str]]:
    """Guard brokers, given as `HOST:PORT,…`; returns the places of the doors."""
    login = f"\0{user}\0{password}".encode()
    ports = [int(each.rpartition(":")[2]) for each in servers.split(",")]
    async with AsyncExitStack() as stack:
        for port in ports:
            door = await asyncio.start_server(lambda r, w: _Door(login).serve(r, w), DOOR.decode(), port, ssl=tls)
            stack.push_async_callback(door.wait_closed)
            stack.callback(door.close)
        yield [f"{DOOR.decode()}:{port}" for port in ports]
