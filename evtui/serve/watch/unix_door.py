"""The watch feed on a UNIX stream socket: a reader sends one line, its request, and is sent lines until it goes."""

import logging
import socket
from contextlib import aclosing, closing, suppress
from pathlib import Path
from typing import Final

import anyio
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskGroup, TaskStatus

from evtui.codecs.jsonvalue import Members, dump_bytes
from evtui.core.errors import BadMessageError, EvtuiError
from evtui.mi.listeners.unix_socket import LockedUnixSocket
from evtui.serve.watch.feed_options import MAX_REQUEST, FeedOptions, parse_request
from evtui.serve.watch.watch_feed import WatchFeed

REQUEST_TIME: Final = 10.0
"""Seconds in which a reader must send its request."""

STALL_TIME: Final = 30.0
"""Seconds after which a reader is given up that takes nothing."""

_BACKLOG: Final = 128
_ACCEPT_PAUSE: Final = 0.5
"""Seconds until the next connection is accepted after one that failed, for example for want of a file descriptor."""

_log = logging.getLogger(__name__)


async def serve_unix_feed(feed: WatchFeed, path: str, *, task_status: TaskStatus[str] = TASK_STATUS_IGNORED) -> None:
    """Serve readers at a path until cancelled; `task_status` gets its address.

    raises ListenError: the path cannot be bound.
    """
    with closing(LockedUnixSocket(Path(path), socket.SOCK_STREAM)) as unix:
        unix.socket.listen(_BACKLOG)
        unix.socket.setblocking(False)
        async with anyio.create_task_group() as tasks:
            task_status.started(f"watch:{path}")
            while True:
                await _accept(feed, unix.socket, tasks)


async def _accept(feed: WatchFeed, listening: socket.socket, tasks: TaskGroup) -> None:
    await anyio.wait_readable(listening)
    try:
        connection, _ = listening.accept()
    except BlockingIOError:
        return
    except OSError as error:
        _log.warning("the watch feed takes no reader: %s", error.strerror)
        await anyio.sleep(_ACCEPT_PAUSE)
        return
    connection.setblocking(False)
    tasks.start_soon(_serve, feed, connection)


async def _serve(feed: WatchFeed, connection: socket.socket) -> None:
    with closing(connection):
        try:
            with feed.seat():
                with anyio.fail_after(REQUEST_TIME):
                    options = await _read_request(connection)
                await _send_feed(feed, connection, options)
        except EvtuiError as error:
            _refuse(connection, error)
        except TimeoutError:
            feed.statistics.given_up += 1
        except OSError:
            pass  # the reader has gone


def _refuse(connection: socket.socket, error: EvtuiError) -> None:
    """Tell why there are no lines. A system buffer that is empty takes the line at once."""
    with suppress(OSError):
        connection.send(dump_bytes(Members((("error", str(error)),))) + b"\n")
        connection.recv(MAX_REQUEST)  # what is left unread would be a reset for the reader


async def _send_feed(feed: WatchFeed, connection: socket.socket, options: FeedOptions) -> None:
    await feed.turn()  # a filter is parsed
    with feed.reader(options) as reader:
        async with aclosing(reader.lines()) as parts:
            async for lines in parts:
                await _send(connection, lines.data)


async def _read_request(connection: socket.socket) -> FeedOptions:
    """Read the line of the request; one that ends without a line end is a request too.

    raises BadMessageError, OSError.
    """
    request = bytearray()
    while True:
        await anyio.wait_readable(connection)
        try:
            piece = connection.recv(MAX_REQUEST)
        except BlockingIOError:
            continue
        if not piece:
            break
        line, end, _ = piece.partition(b"\n")
        request += line
        if len(request) > MAX_REQUEST:
            raise BadMessageError(f"the request of a watch feed: it has more than {MAX_REQUEST:,} bytes")
        if end:
            break
    return parse_request(bytes(request))


async def _send(connection: socket.socket, data: bytes) -> None:
    """Send all. raises OSError; TimeoutError: nothing was taken for `STALL_TIME`."""
    left = memoryview(data)
    while left:
        try:
            sent = connection.send(left)
        except BlockingIOError:
            with anyio.fail_after(STALL_TIME):
                await anyio.wait_writable(connection)
        else:
            left = left[sent:]
