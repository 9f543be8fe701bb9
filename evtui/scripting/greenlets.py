"""Runs in greenlets: code that is not async waits for the event loop, and gives others their turn.

A greenlet of its own switches to the task that owns the run whenever it has to wait; the task awaits and switches in
again. Code that was called outside of a run (an event raised from Python) cannot wait and gets a shorter limit.
"""

import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any, Final, Protocol, TypeVar

import anyio
from greenlet import greenlet

from evtui.core.errors import EvtuiError

SLICE: Final = 0.005
"""Seconds of the processor a run has before others get their turn."""

IN_PLACE_LIMIT: Final = 1.0
"""Seconds of the processor for a run that cannot let others run."""

_Value = TypeVar("_Value")


class RunEndedError(EvtuiError):
    """A run was ended from outside: it took too long, or whoever asked for it has gone."""


class CannotWaitError(EvtuiError):
    """A run that stands in the way of everybody else was asked to wait."""

    def __init__(self) -> None:
        super().__init__("cannot wait: the event was raised from outside of the script, which waits for this route")


class Nesting(Protocol):
    """How deep raises are nested at this moment: a run that waits inside one takes its part along."""

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
    """The runs under way, and what they may do."""

    def __init__(self, nesting: Nesting, *, limit: float, clock: Callable[[], float] = time.thread_time) -> None:
        """`limit`: seconds of the processor a run may take, by the clock; waiting does not count."""
        self._nesting = nesting
        self._limit = limit
        self._clock = clock
        self._current: _Run | None = None

    async def run(self, work: Callable[[], _Value]) -> _Value:
        """Do a piece of work that may pause and wait; when cancelled it is ended at its next pause.

        raises what the work raises.
        """
        worker = greenlet(work)
        worker.gr_context = copy_context()  # what it starts in the loop belongs where its owner does
        run = _Run(worker, self._limit)
        asked: Any = self._switch(run, worker.switch)
        while not worker.dead:
            try:
                answer = await asked()
            except EvtuiError as error:
                asked = self._switch(run, partial(worker.throw, error))
            except BaseException:
                self._end(run, RunEndedError("cancelled"))
                raise
            else:
                asked = self._switch(run, partial(worker.switch, answer))
        return asked  # type: ignore[no-any-return]  # what a greenlet that ends gives is what its function returned

    def in_place(self, work: Callable[[], _Value]) -> _Value:
        """Do a piece of work now: within the run under way, or in the way of everybody, so that it cannot wait."""
        if self._current is not None:
            return work()
        self._current = run = _Run(None, min(self._limit, IN_PLACE_LIMIT))
        run.since = self._clock()
        try:
            return work()
        finally:
            self._current = None

    def pause(self, seconds: float = 0.0) -> None:
        """Let others run if it is time for that, or for so many seconds.

        raises RunEndedError: the run has used up its time, or is to end. CannotWaitError.
        """
        run = self._current
        if run is None:
            return
        now = self._clock()
        if run.ending is None and run.used + now - run.since > run.limit:
            run.ending = RunEndedError(f"ended after {run.limit:g} s of processor time")
        self.check()
        if seconds > 0 or (run.worker is not None and now - run.since >= SLICE):
            self.wait(partial(anyio.sleep, max(0.0, seconds)))

    def check(self) -> None:
        """Go on only when the run under way may. raises RunEndedError: it is to end."""
        run = self._current
        if run is not None and run.ending is not None:
            raise run.ending

    def wait(self, ask: Callable[[], Awaitable[_Value]]) -> _Value:
        """Let the event loop await something and return what that gives; raises what it raises.

        raises RunEndedError: the run is to end. CannotWaitError: this is no place to wait.
        """
        run = self._current
        self.check()
        if run is None or run.worker is None or run.worker.parent is None:
            raise CannotWaitError
        answer: _Value = run.worker.parent.switch(ask)
        return answer

    def _switch(self, run: _Run, switch: Callable[[], Any]) -> Any:
        """Run a greenlet until it asks for something or ends."""
        with self._inside(run):
            return switch()

    @contextmanager
    def _inside(self, run: _Run) -> Generator[None]:
        outer, self._nesting.depth = self._nesting.depth, run.depth
        before, self._current = self._current, run
        run.since = self._clock()
        try:
            yield
        finally:
            run.used += self._clock() - run.since
            run.depth, self._nesting.depth = self._nesting.depth, outer
            self._current = before

    def _end(self, run: _Run, error: RunEndedError) -> None:
        """Have a run end: it cannot pause nor wait any more."""
        run.ending = error
        worker = run.worker
        if worker is None:
            return
        try:
            self._switch(run, partial(worker.throw, error))
        except EvtuiError:
            return
        while not worker.dead:  # it had waited inside of something that took the error for its own
            self._switch(run, partial(worker.throw, error))
