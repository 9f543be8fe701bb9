"""The FIFO listener: JSON-RPC and the line protocol on one FIFO; each reply goes to the FIFO that its client made."""

import logging
import math
from pathlib import Path
from typing import Final, TypeAlias, assert_never

import anyio
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus
from anyio.lowlevel import checkpoint
from msgspec import Struct

from evtui.mi.dispatch import TURN, Dispatcher
from evtui.mi.listeners.client_queues import ClientQueue, ClientQueues
from evtui.mi.listeners.fifo_file import FifoFile
from evtui.mi.listeners.listen_error import ListenError
from evtui.mi.listeners.reply_fifo import ReplyFifos
from evtui.mi.protocol import mi_jsonrpc
from evtui.mi.protocol.fifo_framing import BrokenRequest, FifoScanner, Framed, JsonRequest, UnreadableRequest
from evtui.mi.protocol.line_protocol import FIFO_ERRORS, LineRequest, write_listener_error

MAX_REQUEST: Final = 1 << 20

_READ = 1 << 16
_CHECK_EVERY = 1.0
"""Seconds between two checks whether the FIFO was deleted; OpenSIPS checks every 30."""

_SHORT_TIME = 0.25
"""Seconds for a request that began within one that was given up: its client writes it at once."""

_MOST_GIVEN_UP = 16
"""Requests inside each other that are given up one by one; then everything that was read is dropped."""

_log = logging.getLogger(__name__)


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
    requests = _RequestReader(Path(path), mode, FifoScanner(max_request), dispatcher, time_limit)
    try:
        async with anyio.create_task_group() as tasks:
            client_queues = ClientQueues(tasks, listener.serve, listener.drop)
            task_status.started(f"fifo:{path}")
            while True:
                found = await requests.next()
                began = anyio.current_time()
                for request in found:
                    client = b"" if isinstance(request, UnreadableRequest) else request.reply
                    # What needs no wait needs no queue, nor a task that serves it.
                    left = await listener.serve_at_once(request) if client_queues.is_idle(client) else request
                    if left is not None:
                        await client_queues.put(client, left, _size(left))
                    if anyio.current_time() - began > TURN:
                        await checkpoint()
                        began = anyio.current_time()
    finally:
        requests.close()


class _RequestReader:
    """Reads the FIFO and splits what it reads into requests.

    All clients write into one stream, so a request that does not end keeps all others waiting. Its age is bounded, not
    only its silence: a client that writes a byte now and then wins no time.
    """

    def __init__(self, path: Path, mode: int, scanner: FifoScanner, dispatcher: Dispatcher, time_limit: float) -> None:
        self._mode = mode
        self._file = FifoFile(path, mode)
        self._scanner = scanner
        self._statistics = dispatcher.statistics
        self._time_limit = time_limit
        self._ends_at = math.inf
        """When the request that is not finished is given up, in seconds of the event loop's clock."""
        self._check_at = 0.0
        """When to look whether the FIFO is in place, though bytes come all the time."""
        self._given_up = 0
        """Requests that were given up one after the other: each was read inside the one before."""

    async def next(self) -> list[Framed]:
        """Wait for bytes, a while at most, and return the requests that they complete."""
        found: list[Framed] = []
        pause = min(_CHECK_EVERY, max(0.0, self._ends_at - anyio.current_time()))
        with anyio.move_on_after(pause) as silence:
            await anyio.wait_readable(self._file.fd)
            found = self._scanner.feed(self._file.read(_READ))
        now = anyio.current_time()
        if silence.cancelled_caught or now >= self._check_at:
            self._check_at = now + _CHECK_EVERY
            self._make_again()
        if not self._scanner.unfinished:
            self._ends_at, self._given_up = math.inf, 0
        elif found or self._ends_at == math.inf:
            self._ends_at, self._given_up = now + self._time_limit, 0
        elif now >= self._ends_at:
            found = self._give_up(now)
        return found

    def _give_up(self, now: float) -> list[Framed]:
        """Give up the request that is not finished. Another may begin in its bytes: that one gets a short time."""
        self._given_up += 1
        found = self._scanner.give_up()
        if self._given_up > _MOST_GIVEN_UP:
            self._scanner.forget()
        self._ends_at = now + min(_SHORT_TIME, self._time_limit) if self._scanner.unfinished else math.inf
        return found

    def close(self) -> None:
        """Remove the FIFO."""
        self._file.close()

    def _make_again(self) -> None:
        if self._file.is_in_place():
            return
        try:
            made = FifoFile(self._file.path, self._mode)
        except ListenError as error:
            _log.warning("the FIFO was deleted and cannot be made again: %s", error)
            return
        self._file.close()
        self._file = made
        self._statistics.fifo_recreated += 1


class _UnsentReply(Struct, frozen=True):
    """The reply of a request that was served at once, when its client did not take it at once."""

    reply: bytes
    """The name of the reply FIFO."""
    body: bytes


_Waiting: TypeAlias = Framed | _UnsentReply


class _FifoListener:
    """Runs requests and sends their replies."""

    def __init__(self, dispatcher: Dispatcher, replies: ReplyFifos) -> None:
        self._dispatcher = dispatcher
        self._statistics = dispatcher.statistics
        self._replies = replies

    def drop(self) -> None:
        """Count a request of a client that has too many waiting."""
        self._statistics.requests_dropped += 1

    async def serve_at_once(self, request: Framed) -> _Waiting | None:
        """Serve a request when that needs no wait; returns what is still to be served, None when nothing is."""
        if isinstance(request, JsonRequest) and self._replies.allows(request.reply):
            answer = self._dispatcher.at_once(request.body)
            if answer is None:
                return request
            (reply,) = answer
            is_done = reply is None or self._replies.try_open_and_write(request.reply, reply)
            return None if is_done or reply is None else _UnsentReply(request.reply, reply)
        if isinstance(request, LineRequest) and self._dispatcher.is_line_quick(request):
            return await self._serve_line_at_once(request)
        return request

    async def _serve_line_at_once(self, request: LineRequest) -> _Waiting | None:
        """Run a command when its client has opened its reply FIFO already."""
        fd = self._replies.try_open(request.reply) if self._replies.allows(request.reply) else None
        if fd is None:
            return request
        reply = await self._dispatcher.line(request)
        return None if self._replies.try_write(fd, reply) else _UnsentReply(request.reply, reply)

    async def serve(self, request: _Waiting, queue: ClientQueue[_Waiting]) -> None:
        """Run a request and send its reply, or count what was wrong with it."""
        match request:
            case _UnsentReply():
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

    async def _serve_json(self, request: JsonRequest, queue: ClientQueue[_Waiting]) -> None:
        if request.reply and not self._replies.allows(request.reply):
            self._statistics.fifo_replies_lost += 1
            return
        reply = await self._dispatcher.json(request.body)
        if reply is not None and request.reply:
            await self._send(request.reply, reply, queue)

    async def _serve_line(self, request: LineRequest, queue: ClientQueue[_Waiting]) -> None:
        """Open the reply FIFO, then run the command: as in OpenSIPS, none is run whose reply has no reader."""
        fd = await self._open(request.reply, queue)
        if fd is not None:
            await self._write(fd, await self._dispatcher.line(request), queue)

    async def _refuse_broken(self, request: BrokenRequest, queue: ClientQueue[_Waiting]) -> None:
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

    async def _send(self, name: bytes, reply: bytes, queue: ClientQueue[_Waiting]) -> None:
        fd = await self._open(name, queue)
        if fd is not None:
            await self._write(fd, reply, queue)

    async def _open(self, name: bytes, queue: ClientQueue[_Waiting]) -> int | None:
        fd = await self._replies.open(name, queue) if self._replies.allows(name) else None
        if fd is None:
            self._statistics.fifo_replies_lost += 1
        return fd

    async def _write(self, fd: int, reply: bytes, queue: ClientQueue[_Waiting]) -> None:
        if not await self._replies.write(fd, reply, queue):
            self._statistics.fifo_replies_lost += 1


def _size(request: _Waiting) -> int:
    match request:
        case _UnsentReply():
            return len(request.body)
        case JsonRequest():
            return len(request.body)
        case LineRequest():
            return len(request.arguments)
        case _:
            return 0
