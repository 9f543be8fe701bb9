"""Peers in a process of their own: `python -m tests.benchmarks.peers.tcp_peers`, prints their ports as JSON.

`quick` answers requests at once, `slow` 100 times slower, `silent` reads and never answers, `refusing` is closed.
"""

import asyncio
import json
import logging
import re
import socket
import sys
from contextlib import suppress
from functools import partial

_ID = re.compile(rb'\{"id":(\d+),')
SLOW = 0.02


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pause: float | None) -> None:
    with suppress(OSError):  # gone in the middle
        await _answer_all(reader, writer, pause)
    writer.close()


async def _answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pause: float | None) -> None:
    rest = b""
    while piece := await reader.read(1 << 16):
        if pause is None:
            continue
        rest += piece
        found = list(_ID.finditer(rest))
        for match in found:
            if pause:
                await asyncio.sleep(pause)
            writer.write(b'{"jsonrpc":"2.0","result":"ok","id":%s}' % match.group(1))
        await writer.drain()
        rest = rest[found[-1].end() :] if found else rest


async def main() -> None:
    """Serve until standard input ends."""
    logging.disable()  # of writes to those who are gone
    ports: dict[str, int] = {}
    servers: list[asyncio.Server] = []
    pauses: dict[str, float | None] = {
        "quick": 0.0,
        "quick2": 0.0,
        "quick3": 0.0,
        "quick4": 0.0,
        "slow": SLOW,
        "silent": None,
    }
    for name, pause in pauses.items():
        server = await asyncio.start_server(partial(_answer, pause=pause), "127.0.0.1", 0)
        servers.append(server)
        ports[name] = int(server.sockets[0].getsockname()[1])
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ports["refusing"] = int(closed.getsockname()[1])
        print(json.dumps(ports), flush=True)
        await asyncio.to_thread(sys.stdin.read)
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(main())
