"""A slow peer of the demo: takes JSON-RPC requests over TCP, answers each after a moment, and is away now and then."""

import socket
from typing import Final

import anyio
from anyio.abc import SocketAttribute, SocketStream, TaskStatus

from evtui.codecs.json_stream import JsonStream
from evtui.codecs.jsonrpc_reply import read_reply
from evtui.codecs.jsonvalue import Members, dump_bytes
from evtui.core.errors import BadMessageError

THINKS: Final = 0.25
"""Seconds it takes over each notification."""

THERE: Final = 20.0
"""Seconds until it goes away."""

AWAY: Final = 7.0
"""Seconds until it is back."""


async def run_archive(
    *, there: float = THERE, away: float = AWAY, task_status: TaskStatus[str] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Tell the socket to subscribe, then come and go until cancelled."""
    port = 0
    while True:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port, family=socket.AF_INET)
        async with listener:
            if not port:
                port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - not the one of Django
                task_status.started(f"tcp:127.0.0.1:{port}/archive?reliable=true")
            with anyio.move_on_after(there):
                await listener.serve(_answer)
        await anyio.sleep(away)


async def _answer(stream: SocketStream) -> None:
    requests = JsonStream()
    async with stream:
        try:
            async for piece in stream:
                for request in requests.feed(piece):
                    await anyio.sleep(THINKS)
                    reply = (("jsonrpc", "2.0"), ("result", "archived"), ("id", read_reply(request).id))
                    await stream.send(dump_bytes(Members(reply)))
        except (BadMessageError, anyio.BrokenResourceError):
            return
