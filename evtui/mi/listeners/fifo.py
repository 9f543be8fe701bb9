"""The FIFO listener: JSON-RPC and the line protocol on one FIFO; each reply goes to the FIFO that its client made."""

import logging
from pathlib import Path
from typing import Final, assert_never

import anyio
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus

from evtui.mi.dispatch import Dispatcher
from evtui.mi.listeners.client_queues import ClientQueues
from evtui.mi.listeners.fifo_file import FifoFile
from evtui.mi.listeners.listen_error import ListenError
from evtui.mi.listeners.reply_fifo import ReplyFifos
from evtui.mi.protocol import mi_jsonrpc
from evtui.mi.protocol.fifo_framing import BrokenRequest, FifoScanner, Framed, JsonRequest, UnreadableRequest
from evtui.mi.protocol.line_protocol import FIFO_ERRORS, LineRequest, write_listener_error

MAX_REQUEST: Final = 1 << 20

_READ = 1 << 16
_CHECK_EVERY = 1.0
"""Seconds between two checks whether the FIFO was deleted; the reference checks every 30."""

_log = logging.getLogger(__name__)


async def serve_fifo(
    dispatcher: Dispatcher,
    path: str,
    *,
    mode: int = 0o600,
    reply_dir: str = "/tmp",  # noqa: S108 - where clients of the reference make theirs
    max_request: int = MAX_REQUEST,
    time_limit: float = 5.0,
    task_status: TaskStatus[str] = TASK_STATUS_IGNORED,
) -> None:
    """Serve a FIFO until cancelled; `task_status` gets `fifo:PATH`.

    A request that is unfinished, or a reply that is unread, for `time_limit` seconds is dropped.
    A FIFO that was deleted is made again. raises ListenError: the path cannot be used.
    """
    listener = _FifoListener(dispatcher, ReplyFifos(Path(reply_dir), time_limit))
    requests = _RequestReader(Path(path), mode, FifoScanner(max_request), dispatcher, time_limit)
    try:
        async with anyio.create_task_group() as tasks:
            client_queues = ClientQueues(tasks, listener.serve)
            task_status.started(f"fifo:{path}")
            while True:
                for request in await requests.next():
                    await client_queues.put(b"" if isinstance(request, UnreadableRequest) else request.reply, request)
    finally:
        requests.close()


class _RequestReader:
    """Reads the FIFO and splits what it reads into requests."""

    def __init__(self, path: Path, mode: int, scanner: FifoScanner, dispatcher: Dispatcher, time_limit: float) -> None:
        self._mode = mode
        self._file = FifoFile(path, mode)
        self._scanner = scanner
        self._statistics = dispatcher.statistics
        self._time_limit = time_limit
        self._tick = min(_CHECK_EVERY, time_limit)
        self._idle = 0.0

    async def next(self) -> list[Framed]:
        """Wait for bytes, at most one tick, and return the requests that they complete."""
        with anyio.move_on_after(self._tick):
            await anyio.wait_readable(self._file.fd)
            self._idle = 0.0
            return self._scanner.feed(self._file.read(_READ))
        self._idle += self._tick
        self._make_again()
        return self._scanner.give_up() if self._scanner.unfinished and self._idle >= self._time_limit else []

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


class _FifoListener:
    """Runs requests and sends their replies."""

    def __init__(self, dispatcher: Dispatcher, replies: ReplyFifos) -> None:
        self._dispatcher = dispatcher
        self._statistics = dispatcher.statistics
        self._replies = replies

    async def serve(self, request: Framed) -> None:
        """Run a request and send its reply, or count what was wrong with it."""
        match request:
            case JsonRequest():
                await self._serve_json(request)
            case LineRequest():
                await self._serve_line(request)
            case BrokenRequest():
                await self._refuse_broken(request)
            case UnreadableRequest():
                self._statistics.fifo_unreadable += 1
            case _:
                assert_never(request)

    async def _serve_json(self, request: JsonRequest) -> None:
        if request.reply and not self._replies.allows(request.reply):
            self._statistics.fifo_replies_lost += 1
            return
        reply = await self._dispatcher.json(request.body)
        if reply is not None and request.reply:
            await self._send(request.reply, reply)

    async def _serve_line(self, request: LineRequest) -> None:
        """Open the reply FIFO, then run the command: as in the reference, none is run whose reply has no reader."""
        fd = await self._open(request.reply)
        if fd is not None:
            await self._write(fd, await self._dispatcher.line(request))

    async def _refuse_broken(self, request: BrokenRequest) -> None:
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
        await self._send(request.reply, reply)

    async def _send(self, name: bytes, reply: bytes) -> None:
        fd = await self._open(name)
        if fd is not None:
            await self._write(fd, reply)

    async def _open(self, name: bytes) -> int | None:
        fd = await self._replies.open(name) if self._replies.allows(name) else None
        if fd is None:
            self._statistics.fifo_replies_lost += 1
        return fd

    async def _write(self, fd: int, reply: bytes) -> None:
        if not await self._replies.write(fd, reply):
            self._statistics.fifo_replies_lost += 1
