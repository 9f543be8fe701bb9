"""Raise many times: a template again and again or the rows of a file, at a rate, with counts of what became of it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, TypeAlias

import anyio.lowlevel
from msgspec import Struct

from evtui.core.clocks import Sleep
from evtui.core.errors import AwayError, EvtuiError
from evtui.core.ports import Clock
from evtui.core.records import Raised
from evtui.core.values import Params
from evtui.raising.placeholders import Pick, Sample
from evtui.raising.raise_template import RaiseRequest, RaiseTemplate

MAX_PROBLEMS: Final = 20
"""Problems that are kept; more are only counted."""

MAX_REASON: Final = 300
"""Characters of one problem that are kept."""

_ARREARS: Final = 0.25
"""Seconds of a rate that are made up for when raises took longer than planned."""

RaiseEvent: TypeAlias = Callable[[str, Params], Awaitable[Raised | None]]
"""Raise one event, as `Backend.raise_event`."""


class Step(Struct, frozen=True):
    """One raise of a run."""

    number: int
    """The number of the raise, or of the line of the file, from 1."""
    request: RaiseRequest


class BadStep(Struct, frozen=True):
    """A line of a file, or a filled template, that cannot be raised."""

    number: int
    reason: str


class SkippedStep(Struct, frozen=True):
    """A line of an export or a recording that is not a raise of its own."""

    number: int
    why: str


AnyStep: TypeAlias = Step | BadStep | SkippedStep


class RaiseCounts:
    """What became of the raises of a run so far."""

    def __init__(self, planned: int | None = None) -> None:
        self.planned = planned
        """The number of raises that there will be; None when that is not known."""
        self.raised = 0
        """Raises that were accepted, those without subscribers too."""
        self.no_subscribers = 0
        """Raises without subscribers."""
        self.refused = 0
        self.bad = 0
        """Lines that could not be read."""
        self.skipped = 0
        """Lines of an export or a recording that are not raises of their own: other deliveries of one, changes."""
        self.reached = 0
        """Subscribers that got a notification, or for which it was queued."""
        self.missed = 0
        """Subscribers to which it could not be sent."""
        self.tells_reached = True
        """Whether the backend tells which subscribers were reached."""
        self.stopped = ""
        """Why the run ended before its end; empty when it did not."""
        self.problems: list[str] = []
        """The first problems, a sentence each."""

    @property
    def done(self) -> int:
        """Count the raises and bad lines that were handled."""
        return self.raised + self.refused + self.bad

    @property
    def is_good(self) -> bool:
        """Say whether every raise was accepted and had subscribers."""
        return not (self.refused or self.bad or self.no_subscribers or self.stopped)

    def progress(self) -> str:
        """Say how many were raised, of how many if that is known."""
        return f"raised {self.raised:,}" + ("" if self.planned is None else f" of {self.planned:,}")

    def summary(self, *, was_cancelled: bool = False) -> str:
        """Say in one line what became of the raises."""
        pieces = [self.progress()]
        if self.tells_reached and self.raised:
            plural = "s" * (self.reached != 1)
            pieces.append(f"{self.reached:,} notification{plural} sent or queued, {self.missed:,} failed")
        counted = (
            (self.no_subscribers, "without subscribers"), (self.refused, "refused"), (self.bad, "bad"),
            (self.skipped, "lines skipped, which are not raises of their own"),
        )  # fmt: skip
        pieces += [f"{number:,} {label}" for number, label in counted if number]
        if was_cancelled:
            pieces.append("cancelled")
        if self.stopped:
            pieces.append(self.stopped)
        return "; ".join(pieces)

    def add(self, record: Raised | None) -> None:
        """Count a raise that was accepted."""
        self.raised += 1
        if record is None:
            self.tells_reached = False
            return
        self.no_subscribers += not record.plan.size
        self.missed += len(record.failures)
        self.reached += record.plan.size - len(record.failures)

    def note(self, problem: str) -> None:
        """Keep a problem, if there is room."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem[:MAX_REASON])


class Pace:
    """Holds a run to a rate: so many raises a second; None is as fast as they are accepted."""

    def __init__(self, rate: float | None, clock: Clock, sleep: Sleep) -> None:
        self._step = None if rate is None else 1 / rate
        self._clock = clock
        self._sleep = sleep
        self._next = clock()

    async def wait(self) -> None:
        """Return when the next raise is due; other tasks run meanwhile."""
        if self._step is None:
            await anyio.lowlevel.checkpoint()
            return
        now = self._clock()
        if now < self._next:
            await self._sleep(self._next - now)
        else:
            await anyio.lowlevel.checkpoint()
        self._next = max(self._next, now - _ARREARS) + self._step


async def repeated(template: RaiseTemplate, times: int, wall: Clock, pick: Pick) -> AsyncGenerator[AnyStep]:
    """Fill a template `times` times, numbered from 1; `wall` tells wall seconds."""
    for number in range(1, times + 1):
        try:
            yield Step(number, template.request(Sample(number, wall(), pick)))
        except EvtuiError as error:
            yield BadStep(number, str(error))


async def run_raises(
    steps: AsyncGenerator[AnyStep],
    raise_event: RaiseEvent,
    counts: RaiseCounts,
    pace: Pace,
    tell: Callable[[int, str], None] = lambda _number, _why: None,
) -> None:
    """Raise one step after the other and count what becomes of each, until there are no more or the server is away.

    `counts` is right at any time, also when the run is cancelled. `tell` is told the number and the reason of each step
    that was not raised.
    """

    def refuse(number: int, why: str) -> None:
        counts.note(f"{number:,}: {why}")
        tell(number, why)

    async with aclosing(steps):
        async for step in steps:
            if isinstance(step, SkippedStep):
                counts.skipped += 1
                continue
            if isinstance(step, BadStep):
                counts.bad += 1
                refuse(step.number, step.reason)
                await anyio.lowlevel.checkpoint()
                continue
            await pace.wait()
            try:
                counts.add(await raise_event(step.request.event, step.request.params))
            except AwayError as error:
                counts.stopped = str(error)
                return
            except EvtuiError as error:
                counts.refused += 1
                refuse(step.number, str(error))
