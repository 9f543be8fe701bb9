"""Waits of a client that the whole process waits for: no event loop is loaded.

The clock gives monotonic seconds. A wait ends at the next of the limits that bound it. Descriptors are watched by the
selector that an event loop takes too, so that a FIFO without a writer is one and the same to both on every system.
"""

import math
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, DefaultSelector
from typing import Any, Generic, TypeVar

from evtui.core.ports import Clock

_Result = TypeVar("_Result")


class TimeIsOver(BaseException):
    """Ends a wait whose limit has passed. The block that the limit bounds raises TimeoutError instead."""

    def __init__(self, limit: "_Limit") -> None:
        self.limit = limit


class _Limit:
    """The end of a block, in seconds of the clock."""

    def __init__(self, end: float) -> None:
        self.end = end


class BlockingFlag:
    """A flag of a client that nothing runs beside: what is not set when it is waited for would never be."""

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        """Let go on what waits."""
        self._is_set = True

    async def wait(self) -> None:
        """Return at once. raises RuntimeError: it is not set."""
        if not self._is_set:
            raise RuntimeError("a client without an event loop runs one call at a time")


class BlockingWaits:
    """Waits for one client, and lets the process wait; `run` runs what waits so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limits: list[_Limit] = []
        """The limits of the blocks that are entered, the outermost first."""
        self._is_waiting = False
        self._is_interrupted = False

    @property
    def cut_short(self) -> type[BaseException]:
        """Tell which exception ends a wait early."""
        return TimeIsOver

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine that waits for nothing else, and return its result.

        ctrl+c ends it where it waits next, so that it closes what it has opened; the second time anywhere.
        raises KeyboardInterrupt, and what the coroutine raises. RuntimeError: it waits for an event loop.
        """
        with self._interrupted_in_waits():
            try:
                work.send(None)
            except StopIteration as end:
                result: _Result = end.value
                return result
            finally:
                work.close()
        raise RuntimeError("it waits for an event loop")

    @contextmanager
    def within(self, seconds: float) -> Generator[None]:
        """Bound what waits in the block. raises TimeoutError: the time is over."""
        limit = _Limit(self._clock() + seconds)
        self._limits.append(limit)
        try:
            yield
        except TimeIsOver as over:
            if over.limit is not limit:
                raise
            raise TimeoutError from None
        finally:
            self._limits.remove(limit)

    async def readable(self, *fds: int) -> int:
        """Wait until one of the descriptors can be read, and return it."""
        return self._ready(EVENT_READ, fds)

    async def writable(self, fd: int) -> None:
        """Wait until a descriptor can be written."""
        self._ready(EVENT_WRITE, (fd,))

    async def sleep(self, seconds: float) -> None:
        """Wait so long."""
        with suppress(TimeoutError), self.within(seconds):
            self._ready(EVENT_READ, ())

    async def in_thread(self, work: Callable[[], _Result]) -> _Result:
        """Run in a thread what blocks; when the wait is cut short, the thread goes on and its result is dropped."""
        ended, end = os.pipe()
        done = _Done(work, end)
        try:
            threading.Thread(target=done.run, daemon=True).start()
            await self.readable(ended)
        finally:
            os.close(ended)
        return done.result()

    def flag(self) -> BlockingFlag:
        """Make a flag that is not set."""
        return BlockingFlag()

    def _ready(self, events: int, fds: tuple[int, ...]) -> int:
        with DefaultSelector() as selector:
            for fd in fds:
                selector.register(fd, events)
            while True:
                if ready := self._select(selector):
                    return ready[0]
                now = self._clock()
                for limit in self._limits:
                    if limit.end <= now:
                        raise TimeIsOver(limit)

    def _select(self, selector: BaseSelector) -> list[int]:
        """Wait until the next limit, or without end. raises KeyboardInterrupt: ctrl+c was pressed."""
        left = min((limit.end for limit in self._limits), default=math.inf) - self._clock()
        self._is_waiting = True
        try:
            if self._is_interrupted:
                raise KeyboardInterrupt
            return [key.fd for key, _ in selector.select(None if left == math.inf else max(0.0, left))]
        finally:
            self._is_waiting = False

    @contextmanager
    def _interrupted_in_waits(self) -> Generator[None]:
        if (
            threading.current_thread() is not threading.main_thread()
            or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        ):
            yield
            return
        signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._is_interrupted:
            raise KeyboardInterrupt

    def _interrupt(self, _number: int, _frame: object) -> None:
        if self._is_waiting or self._is_interrupted:
            raise KeyboardInterrupt
        self._is_interrupted = True


class _Done(Generic[_Result]):
    """What a thread does, and what became of it: the end of it closes a descriptor."""

    def __init__(self, work: Callable[[], _Result], end: int) -> None:
        self._work = work
        self._end = end
        self._result: list[_Result] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do it."""
        try:
            self._result.append(self._work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is taken
            self._error = error
        finally:
            os.close(self._end)

    def result(self) -> _Result:
        """Return its result, or raise its error."""
        if self._error is not None:
            raise self._error
        return self._result[0]
