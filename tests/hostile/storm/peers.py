"""TCP peers that do a consumer's work badly, each in its own way."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from typing import Final, TypeAlias

Serve: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_LINGER_NONE: Final = struct.pack("ii", 1, 0)
"""Closing resets the connection."""


async def _silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def _slow(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(10):  # noqa: ASYNC110 - slow on purpose
        await asyncio.sleep(1)


async def _resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)


async def _wrong(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(1 << 16):
        writer.write(b'{"jsonrpc":"2.0","result":[[[[' + b"\xff" * 100 + b'{"id":-1}')


async def _endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b'{"a":"' + b"x" * 65_536)
        await writer.drain()
        await asyncio.sleep(0.05)


PEERS: Final[dict[str, Serve]] = {
    "silent": _silent, "slow": _slow, "resetting": _resetting, "wrong": _wrong, "endless": _endless,
}  # fmt: skip


@asynccontextmanager
async def hostile_peers() -> AsyncGenerator[dict[str, int]]:
    """Listen with every kind of peer; gives the port of each, and one where nothing listens."""
    ports: dict[str, int] = {}
    async with AsyncExitStack() as stack:
        for name, serve in PEERS.items():
            server = await asyncio.start_server(_served(serve), "127.0.0.1", 0)
            stack.push_async_callback(_end, server)
            ports[name] = server.sockets[0].getsockname()[1]
        nothing = stack.enter_context(closing(socket.socket()))
        nothing.bind(("127.0.0.1", 0))  # bound, and never listening: a connection is refused
        ports["refusing"] = nothing.getsockname()[1]
        yield ports


def _served(serve: Serve) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError), closing(writer):
            await serve(reader, writer)

    return run


async def _end(server: asyncio.Server) -> None:
    server.close()
