"""Runs in greenlets: code that is not async waits for the event loop and lets other tasks run.

A run is a plain function, such as a route of a script. Each run has a greenlet of its own and a task that owns it.
When the run has to wait, its greenlet switches to the task and hands it a function that makes an awaitable. The task
awaits that, then switches into the greenlet again with the result. A function that was called outside of a run (an
event was raised from Python) cannot wait, and has a shorter limit.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from greenlet import greenlet

from evtui.core.clocks import Sleep
from evtui.core.errors import EvtuiError
from evtui.core.ports import Clock

SLICE: Final = 0.005
"""Seconds of processor time that a run has before other tasks get their turn."""

IN_PLACE_LIMIT: Final = 1.0
"""Seconds of processor time for a run during which nothing else can run."""

_Value = TypeVar("_Value")


class RunEndedError(EvtuiError):
    """A run was ended from outside: it took too long, or its task was cancelled."""


class CannotWaitError(EvtuiError):
    """A run that was started in place had to wait: the event loop stands still until the run returns."""

    def __init__(self) -> None:
        super().__init__("cannot wait: the event was raised from outside of the script, which waits for this route")


class Nesting(Protocol):
    """How deep raises are nested at this moment. A run that waits keeps its own depth and restores it afterwards."""

    depth: int


class _Run:
    __slots__ = ("depth", "ending", "limit", "since", "used", "worker")

    def __init__(self, worker: greenlet | None, limit: float) -> None:
        self.worker = worker
        """None: it runs in the greenlet of the event loop."""
        self.limit = limit
        self.used = 0.0
        self.since = 0.0
        self.depth = 0
        self.ending: RunEndedError | None = None


class GreenletRunner:
    """Starts runs, lets them pause and wait, and ends those that exceed their limit."""

    def __init__(self, nesting: Nesting, *, limit: float, processor: Clock, sleep: Sleep) -> None:
        """`limit`: seconds of processor time that a run may take, by the clock `processor`; waiting does not count."""
        self._nesting = nesting
        self._limit = limit
        self._processor = processor
        self._sleep = sleep
        self._current: _Run | None = None

    async def run(self, work: Callable[[], _Value]) -> _Value:
        """Run a function that may pause and wait. When this call is cancelled, the run ends at its next pause.

        raises what the function raises.
        """
        worker = greenlet(work)
        worker.gr_context = copy_context()  # tasks that the run starts inherit the context variables of its task
        run = _Run(worker, self._limit)
        request: Any = self._switch(run, worker.switch)
        while not worker.dead:
            try:
                result = await request()
            except EvtuiError as error:
                request = self._switch(run, partial(worker.throw, error))
            except BaseException:
                self._end(run, RunEndedError("cancelled"))
                raise
            else:
                request = self._switch(run, partial(worker.switch, result))
        return request  # type: ignore[no-any-return]  # a greenlet that ends gives what its function returned

    def in_place(self, work: Callable[[], _Value]) -> _Value:
        """Run a function at once: as a part of the current run, or, outside of one, while nothing else can run."""
        if self._current is not None:
            return work()
        self._current = run = _Run(None, min(self._limit, IN_PLACE_LIMIT))
        run.since = self._processor()
        try:
            return work()
        finally:
            self._current = None

    def pause(self, seconds: float = 0.0) -> None:
        """Let other tasks run: for so many seconds, or once when the current run has used up its slice.

        raises RunEndedError: the run has reached its limit, or must end. CannotWaitError.
        """
        run = self._current
        if run is None:
            return
        now = self._processor()
        if run.ending is None and run.used + now - run.since > run.limit:
            run.ending = RunEndedError(f"ended after {run.limit:g} s of processor time")
        self.check()
        if seconds > 0 or (run.worker is not None and now - run.since >= SLICE):
            self.wait(partial(self._sleep, max(0.0, seconds)))

    def check(self) -> None:
        """Return when the current run may go on. raises RunEndedError: it must end."""
        run = self._current
        if run is not None and run.ending is not None:
            raise run.ending

    def wait(self, request: Callable[[], Awaitable[_Value]]) -> _Value:
        """Let the event loop await what `request` makes; return its result or raise its error.

        raises RunEndedError: the run must end. CannotWaitError: the current code is not in a run that can wait.
        """
        run = self._current
        self.check()
        if run is None or run.worker is None or run.worker.parent is None:
            raise CannotWaitError
        result: _Value = run.worker.parent.switch(request)
        return result

    def _switch(self, run: _Run, switch: Callable[[], Any]) -> Any:
        """Let a greenlet go on until it has to wait or ends."""
        with self._inside(run):
            return switch()

    @contextmanager
    def _inside(self, run: _Run) -> Generator[None]:
        outer, self._nesting.depth = self._nesting.depth, run.depth
        before, self._current = self._current, run
        run.since = self._processor()
        try:
            yield
        finally:
            run.used += self._processor() - run.since
            run.depth, self._nesting.depth = self._nesting.depth, outer
            self._current = before

    def _end(self, run: _Run, error: RunEndedError) -> None:
        """End a run: from now on it can neither pause nor wait."""
        run.ending = error
        worker = run.worker
        if worker is None:
            return
        try:
            self._switch(run, partial(worker.throw, error))
        except EvtuiError:
            return
        while not worker.dead:  # the run caught the error and tried to wait again
            self._switch(run, partial(worker.throw, error))
