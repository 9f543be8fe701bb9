"""The slow subscriber of the demo: it answers JSON-RPC requests over TCP after a moment, and is sometimes away."""

import socket
from functools import partial
from typing import Final

import anyio
from anyio.abc import SocketAttribute, SocketStream, TaskStatus

from evtui.codecs.json_stream import JsonStream
from evtui.codecs.jsonrpc_reply import read_reply
from evtui.codecs.jsonvalue import Members, dump_bytes
from evtui.core.clocks import Sleep
from evtui.core.errors import BadMessageError

ANSWER_PAUSE: Final = 0.25
"""Seconds until it acknowledges a notification."""

PRESENT: Final = 20.0
"""Seconds in which it listens."""

ABSENT: Final = 7.0
"""Seconds in which it does not."""


async def run_archive(
    sleep: Sleep,
    *,
    present: float = PRESENT,
    absent: float = ABSENT,
    task_status: TaskStatus[str] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Tell `task_status` the socket to subscribe, then listen and be away by turns until cancelled."""
    port = 0
    while True:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port, family=socket.AF_INET)
        async with listener:
            if not port:
                port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - not the method of Django
                task_status.started(f"tcp:127.0.0.1:{port}/archive?reliable=true")
            with anyio.move_on_after(present):
                await listener.serve(partial(_answer, sleep))
        await sleep(absent)


async def _answer(sleep: Sleep, stream: SocketStream) -> None:
    requests = JsonStream()
    async with stream:
        try:
            async for piece in stream:
                for request in requests.feed(piece):
                    await sleep(ANSWER_PAUSE)
                    reply = (("jsonrpc", "2.0"), ("result", "archived"), ("id", read_reply(request).id))
                    await stream.send(dump_bytes(Members(reply)))
        except (BadMessageError, anyio.BrokenResourceError):
            return
