"""Runs in greenlets: they wait and pause, end at their limit, and end when they are cancelled."""

import contextlib
import weakref
from functools import partial

import anyio
import pytest
from greenlet import getcurrent

from evtui.core.clocks import Clocks, Sleep
from evtui.core.errors import BackendError
from evtui.scripting.greenlet_runner import CannotWaitError, GreenletRunner, RunEndedError
from tests.fakes.engine_fakes import FakeClock


class Depth:
    depth = 0


class Slices:
    """Tells what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.waited = 0.0

    def begin(self) -> None:
        self.told.append("begin")

    def flush(self) -> None:
        self.told.append("flush")

    def end(self) -> None:
        self.told.append("end")


def greenlets(
    *, limit: float = 10.0, clock: FakeClock | None = None, sleep: Sleep | None = None, depth: Depth | None = None,
    slices: Slices | None = None,
) -> GreenletRunner:  # fmt: skip
    shown = clock or FakeClock()
    clocks = Clocks(shown, shown, shown, sleep or FakeClock().sleep)
    return GreenletRunner(depth or Depth(), slices or Slices(), clocks, limit)


async def test_what_a_run_returns_and_raises_comes_out() -> None:
    runs = greenlets()
    assert await runs.run(lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        await runs.run(lambda: 1 // 0)


async def test_other_runs_go_on_while_one_waits() -> None:
    runs, order = greenlets(), list[str]()

    def work(name: str) -> None:
        order.append(f"{name} begins")
        runs.pause(1)
        order.append(f"{name} ends")

    async with anyio.create_task_group() as tasks:
        for name in ("a", "b"):
            tasks.start_soon(runs.run, lambda name=name: work(name))
    assert order[:2] == ["a begins", "b begins"]
    assert set(order[2:]) == {"a ends", "b ends"}


async def test_results_and_errors_of_what_a_run_waits_for_reach_the_run() -> None:
    runs = greenlets()

    async def answer() -> str:
        await anyio.lowlevel.checkpoint()
        return "yes"

    async def fail() -> str:
        raise BackendError("no")

    def work() -> str:
        try:
            runs.wait(fail)
        except BackendError:
            return runs.wait(answer)
        return "nothing failed"

    assert await runs.run(work) == "yes"


async def test_a_run_that_uses_too_much_processor_time_is_ended_and_stays_ended() -> None:
    clock, refused = FakeClock(), list[str]()
    runs = greenlets(limit=2.0, clock=clock)

    def work() -> None:
        for _ in range(5):
            clock.pass_by(1.0)
            try:
                runs.pause()
            except RunEndedError as error:
                refused.append(str(error))

    await runs.run(work)
    assert refused == ["ended after 2 s of processor time"] * 3


async def test_waiting_does_not_count_as_running() -> None:
    clock = FakeClock()
    runs = greenlets(limit=2.0, clock=clock)

    async def long() -> None:
        clock.pass_by(100.0)

    def work() -> None:
        runs.wait(long)
        runs.pause()

    await runs.run(work)


async def test_a_cancelled_run_ends_where_it_waits_and_cannot_wait_again() -> None:
    seen = list[str]()
    scope = anyio.CancelScope()

    async def cancelled_sleep(_seconds: float) -> None:
        scope.cancel()
        await anyio.sleep_forever()

    runs = greenlets(sleep=cancelled_sleep)

    def work() -> None:
        for _ in range(3):
            try:
                runs.pause(60)
            except RunEndedError as error:
                seen.append(str(error))
        seen.append("over")

    with scope:
        await runs.run(work)
    assert scope.cancelled_caught
    assert seen == ["cancelled", "cancelled", "cancelled", "over"]


async def test_runs_that_follow_each_other_share_a_greenlet_but_not_what_they_hold() -> None:
    runs, ran_in = greenlets(), list[object]()

    class Held:
        """Something that a run holds."""

    async def once() -> "weakref.ref[Held]":
        held = Held()

        def work(held: Held = held) -> Held:
            ran_in.append(getcurrent())
            runs.pause(1)
            return held

        return weakref.ref(await runs.run(work))

    assert (await once())() is None
    assert (await once())() is None
    assert ran_in[0] is ran_in[1]


async def test_a_run_that_raised_does_not_disturb_the_next_one() -> None:
    runs = greenlets()
    with pytest.raises(ZeroDivisionError):
        await runs.run(lambda: 1 // 0)
    seen: list[int] = []

    def work(number: int) -> None:
        runs.pause(1)
        seen.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(40):
            tasks.start_soon(runs.run, partial(work, number))
    assert sorted(seen) == list(range(40))


async def test_each_piece_of_work_of_a_run_has_the_whole_limit() -> None:
    clock, ended = FakeClock(), list[str]()
    runs = greenlets(limit=2.0, clock=clock)

    def piece(seconds: float) -> None:
        clock.pass_by(seconds)
        try:
            runs.pause(1)
        except RunEndedError as error:
            ended.append(str(error))
        runs.begin_anew()

    def work() -> None:
        for seconds in (1.5, 1.5, 2.5, 1.5):
            piece(seconds)

    await runs.run(work)
    assert ended == ["ended after 2 s of processor time"]


async def test_a_cancelled_run_begins_no_other_piece_of_work() -> None:
    pieces, scope = list[int](), anyio.CancelScope()

    async def cancelled_sleep(_seconds: float) -> None:
        scope.cancel()
        await anyio.sleep_forever()

    runs = greenlets(sleep=cancelled_sleep)

    def work() -> None:
        for number in range(3):
            pieces.append(number)
            with contextlib.suppress(RunEndedError):
                runs.pause(60)
            runs.begin_anew()

    with scope:
        await runs.run(work)
    assert (scope.cancelled_caught, pieces) == (True, [0])


async def test_in_place_outside_of_a_run_it_cannot_wait_and_has_less_time() -> None:
    clock = FakeClock()
    runs = greenlets(clock=clock)
    with pytest.raises(CannotWaitError):
        runs.in_place(lambda: runs.pause(1))

    def work() -> None:
        for _ in range(3):
            clock.pass_by(0.75)
            runs.pause()

    with pytest.raises(RunEndedError, match="after 1 s"):
        runs.in_place(work)


async def test_in_place_inside_of_a_run_is_a_part_of_that_run() -> None:
    runs = greenlets()

    def work() -> str:
        runs.pause(1)
        return "waited"

    assert await runs.run(lambda: runs.in_place(work)) == "waited"


async def test_a_run_that_waits_inside_a_raise_does_not_nest_the_raises_of_others() -> None:
    nesting, awake = Depth(), anyio.Event()

    async def sleep_until_awake(_seconds: float) -> None:
        await awake.wait()

    runs = greenlets(sleep=sleep_until_awake, depth=nesting)
    seen: list[int] = []

    def raising() -> None:
        nesting.depth += 1
        runs.pause(1)
        seen.append(nesting.depth)
        nesting.depth -= 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(runs.run, raising)
        await anyio.wait_all_tasks_blocked()
        seen.append(nesting.depth)
        awake.set()
    assert (seen, nesting.depth) == ([0, 1], 0)


async def test_a_slice_ends_wherever_the_run_stops() -> None:
    slices = Slices()
    runs = greenlets(slices=slices)

    async def nothing() -> None:
        await anyio.lowlevel.checkpoint()

    def work() -> None:
        runs.pause()
        runs.pause(1)
        runs.wait(nothing)
        runs.begin_anew()
        raise BackendError("no")

    with pytest.raises(BackendError):
        await runs.run(work)
    first, second, third = ["begin", "flush", "flush", "end"], ["begin", "end"], ["begin", "end"]
    assert slices.told == [*first, *second, *third]


async def test_a_run_that_is_cancelled_ends_its_slice() -> None:
    slices = Slices()
    runs = greenlets(slices=slices)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(runs.run, lambda: runs.wait(anyio.sleep_forever))
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert slices.told == ["begin", "end", "begin", "end"]


def test_what_runs_in_place_has_no_slice_of_its_own() -> None:
    slices = Slices()
    greenlets(slices=slices).in_place(lambda: None)
    assert slices.told == []
