"""Many runs at once: a round of the event loop stays short, and each run gets its turn in order."""

from collections.abc import Callable
from functools import partial
from math import inf

import anyio
import pytest
from anyio.lowlevel import checkpoint

from evtui.core.clocks import Clocks
from evtui.scripting.greenlet_runner import ROUND, SLICE, GreenletRunner
from tests.fakes.engine_fakes import FakeClock
from tests.unit.scripting.test_greenlet_runner import Depth, Slices, greenlets

STEP = SLICE / 5


class Rounds:
    """Measures, by the processor clock of the runs, how long each round of the event loop is."""

    def __init__(self, clock: FakeClock) -> None:
        self.longest = 0.0
        self._clock = clock

    async def watch(self) -> None:
        """Go round until cancelled."""
        while True:
            began = self._clock.now
            await checkpoint()
            self.longest = max(self.longest, self._clock.now - began)


def long_run(
    runs: GreenletRunner, clock: FakeClock, steps: int, then: Callable[[], None], waits: Slices | None = None
) -> Callable[[], None]:
    """Make a run that takes its time from the processor, or waits in place."""

    def work() -> None:
        for _ in range(steps):
            clock.pass_by(STEP)
            if waits is not None:
                waits.waited += STEP
            runs.pause()
        then()

    return work


async def start_all(runs: GreenletRunner, clock: FakeClock, works: list[Callable[[], None]]) -> Rounds:
    """Run all at once, and `give` beside them; returns how long the rounds were."""
    rounds = Rounds(clock)
    async with anyio.create_task_group() as around:
        around.start_soon(runs.turns.give)
        await checkpoint()
        around.start_soon(rounds.watch)
        async with anyio.create_task_group() as tasks:
            for work in works:
                tasks.start_soon(runs.run, work)
        around.cancel_scope.cancel()
    return rounds


@pytest.mark.parametrize("steps", [1, 3, 40])
async def test_a_round_is_short_also_when_runs_wait_in_place(steps: int) -> None:
    clock, ended, slices = FakeClock(), list[int](), Slices()

    async def sleep(_: float) -> None:
        await checkpoint()

    runs = GreenletRunner(Depth(), slices, Clocks(clock, clock, FakeClock(), sleep), 10.0)
    works = [long_run(runs, clock, steps, partial(ended.append, number), slices) for number in range(300)]
    rounds = await start_all(runs, clock, works)
    assert sorted(ended) == list(range(300))
    assert STEP <= rounds.longest <= 2 * (ROUND + SLICE + STEP)


@pytest.mark.parametrize("steps", [1, 3, 40])
async def test_a_round_is_short_however_many_runs_there_are(steps: int) -> None:
    clock, ended = FakeClock(), list[int]()

    async def sleep(_: float) -> None:
        await checkpoint()

    runs = greenlets(clock=clock, sleep=sleep)
    works = [long_run(runs, clock, steps, partial(ended.append, number)) for number in range(300)]
    rounds = await start_all(runs, clock, works)
    assert sorted(ended) == list(range(300))
    assert STEP <= rounds.longest <= 2 * (ROUND + SLICE + STEP) < 0.05


async def test_runs_that_need_one_slice_end_in_the_order_they_came_in() -> None:
    clock, ended = FakeClock(), list[int]()
    runs = greenlets(clock=clock)
    works = [long_run(runs, clock, 4, partial(ended.append, number)) for number in range(100)]
    await start_all(runs, clock, works)
    assert ended == list(range(100))


async def test_a_cancelled_run_that_waits_for_its_turn_keeps_no_other_waiting() -> None:
    clock, ended = FakeClock(), list[int]()
    runs = greenlets(clock=clock)
    scope = anyio.CancelScope(deadline=-inf)
    async with anyio.create_task_group() as around:
        around.start_soon(runs.turns.give)
        await checkpoint()
        long = long_run(runs, clock, 4, lambda: None)
        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(runs.run, long)
            with scope:
                await checkpoint()
                await runs.run(lambda: ended.append(0))
            tasks.start_soon(runs.run, lambda: ended.append(1))
        around.cancel_scope.cancel()
    assert scope.cancelled_caught
    assert ended == [1]


async def test_runs_that_wait_go_on_when_nothing_gives_turns_any_more() -> None:
    clock, ended = FakeClock(), list[int]()
    runs = greenlets(clock=clock)
    works = [long_run(runs, clock, 4, partial(ended.append, number)) for number in range(50)]
    scope = anyio.CancelScope()

    async def give() -> None:
        with scope:
            await runs.turns.give()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(give)
        await checkpoint()
        for work in works:
            tasks.start_soon(runs.run, work)
        await checkpoint()
        scope.cancel()
    assert sorted(ended) == list(range(50))
