"""The requests of the FIFO: read and split, and served where they are read if that needs no wait."""

import asyncio
import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

import anyio
from msgspec import Struct

from evtui.mi.dispatch import TURN, Dispatcher
from evtui.mi.listeners.fifo_file import FifoFile
from evtui.mi.listeners.listen_error import ListenError
from evtui.mi.protocol.fifo_framing import FifoScanner, Framed

_READ: Final = 1 << 16
_CHECK_EVERY = 1.0
"""Seconds between two checks whether the FIFO was deleted; OpenSIPS checks every 30."""

_SHORT_TIME = 0.25
"""Seconds for a request that began within one that was given up: its client writes it at once."""

_MOST_GIVEN_UP = 16
"""Requests inside each other that are given up one by one; then everything that was read is dropped."""

_log = logging.getLogger(__name__)


class UnsentReply(Struct, frozen=True):
    """The reply of a request that was served at once, when its client did not take it at once."""

    reply: bytes
    """The name of the reply FIFO."""
    body: bytes


Waiting: TypeAlias = Framed | UnsentReply
"""What is still to be served or sent."""

Serve: TypeAlias = Callable[[Framed], Waiting | None]
"""Serve a request if that needs no wait; returns what is still to be served, None when nothing is."""


class RequestReader:
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
        self._has_ended = False
        """Whether a request has ended in what was read since the time was looked at."""
        self._given_up = 0
        """Requests that were given up one after the other: each was read inside the one before."""

    async def next(self, serve: Serve) -> list[Waiting]:
        """Wait for bytes, a while at most, and return what they complete and `serve` leaves.

        `serve` is called in callbacks of the event loop, which wake up no task; it returns what is still to be served.
        """
        pause = min(_CHECK_EVERY, max(0.0, self._ends_at - anyio.current_time()))
        loop, fd = asyncio.get_running_loop(), self._file.fd
        waiting: asyncio.Future[list[Waiting]] = loop.create_future()
        self._has_ended = False
        loop.add_reader(fd, self._on_readable, waiting, serve)
        try:
            with anyio.move_on_after(pause) as silence:
                await waiting
        finally:
            loop.remove_reader(fd)
        left = [] if waiting.cancelled() or not waiting.done() else waiting.result()
        now = anyio.current_time()
        if silence.cancelled_caught or now >= self._check_at:
            self._check_at = now + _CHECK_EVERY
            self._make_again()
        if not self._scanner.unfinished:
            self._ends_at, self._given_up = math.inf, 0
        elif self._has_ended or self._ends_at == math.inf:
            self._ends_at, self._given_up = now + self._time_limit, 0
        elif now >= self._ends_at:
            left.extend(self._give_up(now))
        return left

    def _on_readable(self, waiting: "asyncio.Future[list[Waiting]]", serve: Serve) -> None:
        """Read, and serve what needs no wait for a turn at most. The task gets the rest, or must watch the time."""
        if waiting.done():
            return
        found = iter(self._scanner.feed(self._file.read(_READ)))
        now = asyncio.get_running_loop().time
        ends = now() + TURN
        left: list[Waiting] = []
        for request in found:
            self._has_ended = True
            if (rest := serve(request)) is not None:
                left.append(rest)
            if left or now() > ends:
                break
        left.extend(found)
        if self._scanner.unfinished:
            waiting.set_result(left)
            return
        self._ends_at, self._given_up = math.inf, 0
        if left:
            waiting.set_result(left)

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
