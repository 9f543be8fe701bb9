"""Runs in greenlets: code that is not async waits for the event loop and lets other tasks run.

A run is a plain function, such as a route of a script. Each run has a greenlet for itself and a task that owns it.
When the run has to wait, its greenlet switches to the task and hands it a function that makes an awaitable. The task
awaits that, then switches into the greenlet again with the result. A greenlet whose run has ended waits for the next
run: to make one takes longer than most runs. A function that was called outside of a run (an
event was raised from Python) cannot wait, and has a shorter limit.

A run has a slice of time before it pauses. Many runs would still make a round of the event loop as long as all their
slices together, so all runs together have a bound for a round, too (`RunTurns`).
"""

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final, NoReturn, Protocol, TypeVar

import anyio
from anyio.lowlevel import checkpoint
from greenlet import getcurrent, greenlet

from evtui.core.clocks import Clocks
from evtui.core.errors import EvtuiError

SLICE: Final = 0.005
"""Seconds that a run has before other tasks get their turn: of processor time, and what it waits in place."""

ROUND: Final = 0.01
"""The same of all runs, after which no more go on in a round of the event loop."""

LOOK: Final = 0.001
"""Seconds between two looks at the processor clock while a run goes on: to read it takes longer than a short route."""

AT_ONCE: Final = 16
"""Runs that waited and are woken up in one round of the event loop; those that find no time left wait again."""

IN_PLACE_LIMIT: Final = 1.0
"""Seconds of processor time for a run during which nothing else can run."""

_MOST_IDLE: Final = 16
"""Greenlets that wait for a run."""

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


class Slices(Protocol):
    """What holds something for the length of a slice: from where a run goes on to where it stops."""

    def begin(self) -> None:
        """Begin a slice."""
        ...

    @property
    def waited(self) -> float:
        """Say how many seconds all runs have waited in place, without the processor."""
        ...

    def flush(self) -> None:
        """Let go of all that is held: a part of the work is done, or the run may take long until the next call."""
        ...

    def end(self) -> None:
        """End the slice, with nothing held."""
        ...


class _Run:
    __slots__ = (
        "before_wait", "depth", "ending", "is_cancelled", "limit", "looked_at", "since", "used", "waited", "worker",
    )  # fmt: skip

    def __init__(self, worker: greenlet | None, limit: float, before_wait: Callable[[], None] | None = None) -> None:
        self.worker = worker
        """None: it runs in the greenlet of the event loop."""
        self.limit = limit
        self.before_wait = before_wait
        self.used = 0.0
        self.since: float | None = None
        """The processor clock when it went on last; None: it was not read yet."""
        self.looked_at = 0.0
        """When the processor clock was read last, or would have been, in monotonic seconds."""
        self.waited = 0.0
        """What `Slices.waited` was when it went on last."""
        self.depth = 0
        self.ending: RunEndedError | None = None
        self.is_cancelled = False


class _Result:
    """What a greenlet switches to its task with when the function has returned."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value: Any = value


class RunTurns:
    """The turns of all runs of a script: in order, few enough in a round. `give` gives them out when runs wait."""

    def __init__(self) -> None:
        self.latest = 0.0
        """What all had used, and waited in place, when one went on last: to read the clock again would cost more."""
        self._began = 0.0
        """The same when `give` gave out turns last."""
        self._waiting: list[tuple[int, anyio.Event]] = []
        self._tickets = count()
        self._wanted: anyio.Event | None = None
        """Wakes `give` up; None when it is not running, and then no run waits."""

    async def wait(self) -> None:
        """Return when a run may go on: at once, or behind those that wait already."""
        if self.latest - self._began < ROUND and not self._waiting:
            return
        ticket = next(self._tickets)
        while self._wanted is not None:
            turn = anyio.Event()
            heappush(self._waiting, (ticket, turn))
            self._wanted.set()
            await turn.wait()
            if self.latest - self._began < ROUND:
                return

    async def give(self) -> NoReturn:
        """Give out turns until cancelled."""
        try:
            while True:
                if not self._waiting:
                    self._wanted = anyio.Event()
                    await self._wanted.wait()
                await checkpoint()
                self._give(AT_ONCE)
        finally:
            self._wanted = None
            self._give(len(self._waiting))

    def _give(self, most: int) -> None:
        self._began = self.latest
        for _ in range(min(most, len(self._waiting))):
            heappop(self._waiting)[1].set()


class GreenletRunner:
    """Starts runs, lets them pause and wait, and ends those that exceed their limit."""

    def __init__(self, nesting: Nesting, slices: Slices, clocks: Clocks, limit: float) -> None:
        """`limit`: seconds of processor time that a run may take; waiting does not count."""
        self._nesting = nesting
        self._slices = slices
        self._limit = limit
        self._processor = clocks.processor
        self._monotonic = clocks.monotonic  # quicker to read, and never slower than the other
        self._sleep = clocks.sleep
        self._current: _Run | None = None
        self._idle: list[greenlet] = []
        self.turns = RunTurns()

    async def run(self, work: Callable[[], _Value], before_wait: Callable[[], None] | None = None) -> _Value:
        """Run a function that may pause and wait. When this call is cancelled, the run ends at its next pause.

        `before_wait` is called each time before others go on. raises what the function raises.
        """
        await self.turns.wait()
        worker = self._idle.pop() if self._idle else _make_worker()
        worker.gr_context = copy_context()  # tasks that the run starts inherit the context variables of its task
        run = _Run(worker, self._limit, before_wait)
        answer = self._switch(run, worker.switch, work)
        while type(answer) is not _Result:
            try:
                result = await answer()
                await self.turns.wait()
            except EvtuiError as error:
                answer = self._switch(run, worker.throw, error)
            except BaseException:
                self._end(run, RunEndedError("cancelled"))
                raise
            else:
                answer = self._switch(run, worker.switch, result)
        value, answer.value = answer.value, None  # the greenlet keeps the answer
        self._put_back(worker)
        return value  # type: ignore[no-any-return]  # what its function returned

    def in_place(self, work: Callable[..., _Value], *given: object) -> _Value:
        """Run a function at once: as a part of the current run, or, outside of one, while nothing else can run."""
        if self._current is not None:
            return work(*given)
        self._current = run = _Run(None, min(self._limit, IN_PLACE_LIMIT))
        run.looked_at = self._monotonic()
        try:
            return work(*given)
        finally:
            self._current = None

    def pause(self, seconds: float = 0.0) -> None:
        """Let other tasks run: for so many seconds, or once when the current run has used up its slice.

        raises RunEndedError: the run has reached its limit, or must end. CannotWaitError.
        """
        run = self._current
        if run is None:
            return
        self._slices.flush()
        if seconds <= 0 and run.ending is None and self._monotonic() - run.looked_at < LOOK:
            return
        slice_used = self._slice_used(run)
        if run.ending is None and run.used + slice_used > run.limit:
            run.ending = RunEndedError(f"ended after {run.limit:g} s of processor time")
        self.check()
        if seconds > 0 or (run.worker is not None and slice_used + self._slices.waited - run.waited >= SLICE):
            self.wait(partial(self._sleep, max(0.0, seconds)))

    def give_way(self, seconds: float = 0.0) -> None:
        """Let others go on for a round, or for so many seconds, where the current run can wait."""
        run = self._current
        if run is not None and run.worker is not None and run.ending is None:
            self.wait(partial(self._sleep, seconds))

    def begin_anew(self) -> None:
        """Give the current run its whole limit again: it has done a piece of its work, and another one follows.

        raises RunEndedError: its task was cancelled.
        """
        run = self._current
        if run is None:
            return
        if run.is_cancelled:
            self.check()
        if run.ending is not None:
            run.ending, run.since, run.looked_at = None, self._processor(), self._monotonic()
        run.used = 0.0  # what it has used since it was last switched to still counts: a few slices at most

    def flush(self) -> None:
        """Let go of what the slice of the current run holds: what is done next comes after it."""
        self._slices.flush()

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
        if run.before_wait is not None:
            run.before_wait()
        result: _Value = run.worker.parent.switch(request)
        return result

    def _slice_used(self, run: _Run) -> float:
        """Return the processor seconds since a run went on last."""
        now, run.looked_at = self._processor(), self._monotonic()
        if run.since is None:
            run.since = now - LOOK  # it may have used so much before this first look
        return now - run.since

    def _switch(self, run: _Run, switch: Callable[[Any], Any], given: object) -> Any:
        """Let a greenlet go on until it has to wait or its function has returned."""
        nesting, slices = self._nesting, self._slices
        outer, nesting.depth = nesting.depth, run.depth
        before, self._current = self._current, run
        run.since, run.waited = self._processor(), slices.waited
        self.turns.latest = run.since + run.waited
        run.looked_at = self._monotonic()
        slices.begin()
        try:
            answer = switch(given)
        finally:
            slices.end()
            run.depth, nesting.depth = nesting.depth, outer
            self._current = before
        if type(answer) is not _Result:
            run.used += self._processor() - run.since
        return answer

    def _put_back(self, worker: greenlet) -> None:
        """Keep a greenlet for another run."""
        if len(self._idle) < _MOST_IDLE:
            worker.gr_context = None
            self._idle.append(worker)

    def _end(self, run: _Run, error: RunEndedError) -> None:
        """End a run: from now on it can neither pause nor wait."""
        run.ending, run.is_cancelled = error, True
        worker = run.worker
        if worker is None:
            return
        try:
            while type(self._switch(run, worker.throw, error)) is not _Result:
                pass  # the run caught the error and tried to wait again
        except EvtuiError:
            return
        self._put_back(worker)


def _make_worker() -> greenlet:
    """Make a greenlet that waits for its first function."""
    worker = greenlet(_serve)
    worker.switch()  # with its first function it would keep that until it ends
    return worker


def _serve() -> None:
    """Call one function after the other, in a greenlet; what one raises ends the greenlet."""
    parent = getcurrent().parent
    assert parent is not None
    work: Callable[[], object] = parent.switch()
    while True:
        answer = _Result(work())
        del work  # nothing of a run stays until the next one
        work = parent.switch(answer)
