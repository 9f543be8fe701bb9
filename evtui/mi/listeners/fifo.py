"""The FIFO listener: JSON-RPC and the line protocol on one FIFO; each reply goes to the FIFO that its client made."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, assert_never

import anyio
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus
from anyio.lowlevel import checkpoint

from evtui.mi.dispatch import TURN, Dispatcher
from evtui.mi.listeners.client_queues import ClientQueue, ClientQueues
from evtui.mi.listeners.fifo_requests import RequestReader, UnsentReply, Waiting
from evtui.mi.listeners.reply_fifo import ReplyFifos
from evtui.mi.protocol import mi_jsonrpc
from evtui.mi.protocol.fifo_framing import BrokenRequest, FifoScanner, Framed, JsonRequest, UnreadableRequest
from evtui.mi.protocol.line_protocol import FIFO_ERRORS, LineRequest, write_listener_error

MAX_REQUEST: Final = 1 << 20


async def serve_fifo(
    dispatcher: Dispatcher,
    path: str,
    *,
    mode: int = 0o600,
    reply_dir: str = "/tmp",  # noqa: S108 - where clients of OpenSIPS make them
    max_request: int = MAX_REQUEST,
    time_limit: float = 5.0,
    task_status: TaskStatus[str] = TASK_STATUS_IGNORED,
) -> None:
    """Serve a FIFO until cancelled; `task_status` gets `fifo:PATH`.

    A request that is not finished, or a reply that is not read, within `time_limit` seconds is dropped.
    A FIFO that was deleted is made again. raises ListenError: the path cannot be used.
    """
    listener = _FifoListener(dispatcher, ReplyFifos(Path(reply_dir), time_limit))
    requests = RequestReader(Path(path), mode, FifoScanner(max_request), dispatcher, time_limit)
    try:
        async with anyio.create_task_group() as tasks:
            client_queues = ClientQueues(tasks, listener.serve, listener.drop)
            task_status.started(f"fifo:{path}")

            def serve_at_once(request: Framed) -> Waiting | None:
                if isinstance(request, JsonRequest) and client_queues.is_idle(request.reply):
                    return listener.serve_json_at_once(request)
                return request

            while True:
                await _serve_in_turns(listener, client_queues, await requests.next(serve_at_once))
    finally:
        requests.close()


async def _serve_in_turns(
    listener: "_FifoListener", client_queues: ClientQueues[Waiting], requests: Iterable[Waiting]
) -> None:
    """Serve requests, and others after a turn of them."""
    began = anyio.current_time()
    for request in requests:
        client = b"" if isinstance(request, UnreadableRequest) else request.reply
        # What needs no wait needs no queue, nor a task that serves it.
        left = await listener.serve_at_once(request) if client_queues.is_idle(client) else request
        if left is not None:
            await client_queues.put(client, left, _size(left))
        if anyio.current_time() - began > TURN:
            await checkpoint()
            began = anyio.current_time()


class _FifoListener:
    """Runs requests and sends their replies."""

    def __init__(self, dispatcher: Dispatcher, replies: ReplyFifos) -> None:
        self._dispatcher = dispatcher
        self._statistics = dispatcher.statistics
        self._replies = replies

    def drop(self) -> None:
        """Count a request of a client that has too many waiting."""
        self._statistics.requests_dropped += 1

    def serve_json_at_once(self, request: JsonRequest) -> Waiting | None:
        """Serve a request when that needs no wait; returns what is still to be served, None when nothing is."""
        answer = self._dispatcher.at_once(request.body) if self._replies.allows(request.reply) else None
        if answer is None:
            return request
        (reply,) = answer
        is_done = reply is None or self._replies.try_open_and_write(request.reply, reply)
        return None if is_done or reply is None else UnsentReply(request.reply, reply)

    async def serve_at_once(self, request: Waiting) -> Waiting | None:
        """Do that for a request of any kind."""
        if isinstance(request, JsonRequest):
            return self.serve_json_at_once(request)
        if isinstance(request, LineRequest) and self._dispatcher.is_line_quick(request):
            return await self._serve_line_at_once(request)
        return request

    async def _serve_line_at_once(self, request: LineRequest) -> Waiting | None:
        """Run a command when its client has opened its reply FIFO already."""
        fd = self._replies.try_open(request.reply) if self._replies.allows(request.reply) else None
        if fd is None:
            return request
        reply = await self._dispatcher.line(request)
        return None if self._replies.try_write(fd, reply) else UnsentReply(request.reply, reply)

    async def serve(self, request: Waiting, queue: ClientQueue[Waiting]) -> None:
        """Run a request and send its reply, or count what was wrong with it."""
        match request:
            case UnsentReply():
                await self._send(request.reply, request.body, queue)
            case JsonRequest():
                await self._serve_json(request, queue)
            case LineRequest():
                await self._serve_line(request, queue)
            case BrokenRequest():
                await self._refuse_broken(request, queue)
            case UnreadableRequest():
                self._statistics.fifo_unreadable += 1
            case _:
                assert_never(request)

    async def _serve_json(self, request: JsonRequest, queue: ClientQueue[Waiting]) -> None:
        if request.reply and not self._replies.allows(request.reply):
            self._statistics.fifo_replies_lost += 1
            return
        reply = await self._dispatcher.json(request.body)
        if reply is not None and request.reply:
            await self._send(request.reply, reply, queue)

    async def _serve_line(self, request: LineRequest, queue: ClientQueue[Waiting]) -> None:
        """Open the reply FIFO, then run the command: as in OpenSIPS, none is run whose reply has no reader."""
        fd = await self._open(request.reply, queue)
        if fd is not None:
            await self._write(fd, await self._dispatcher.line(request), queue)

    async def _refuse_broken(self, request: BrokenRequest, queue: ClientQueue[Waiting]) -> None:
        why = "the request is too long" if request.too_long else "the request did not end"
        if request.too_long:
            self._statistics.fifo_too_long += 1
        else:
            self._statistics.fifo_unfinished += 1
        if not request.reply:
            return
        if request.command is not None:
            reply = write_listener_error(FIFO_ERRORS.unparsed, request.command)
        elif request.too_long:
            reply = mi_jsonrpc.error_reply(None, mi_jsonrpc.INVALID_REQUEST, "Invalid Request", why)
        else:
            reply = self._dispatcher.parse_error(why)
        await self._send(request.reply, reply, queue)

    async def _send(self, name: bytes, reply: bytes, queue: ClientQueue[Waiting]) -> None:
        fd = await self._open(name, queue)
        if fd is not None:
            await self._write(fd, reply, queue)

    async def _open(self, name: bytes, queue: ClientQueue[Waiting]) -> int | None:
        fd = await self._replies.open(name, queue) if self._replies.allows(name) else None
        if fd is None:
            self._statistics.fifo_replies_lost += 1
        return fd

    async def _write(self, fd: int, reply: bytes, queue: ClientQueue[Waiting]) -> None:
        if not await self._replies.write(fd, reply, queue):
            self._statistics.fifo_replies_lost += 1


def _size(request: Waiting) -> int:
    match request:
        case UnsentReply():
            return len(request.body)
        case JsonRequest():
            return len(request.body)
        case LineRequest():
            return len(request.arguments)
        case _:
            return 0
