"""One suite for both ways in which a client of a server waits: in an event loop, and blocking the process."""

import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator

import anyio
import anyio.lowlevel
import pytest

from evtui.backends.remote.exchange.blocking_waits import BlockingWaits
from evtui.backends.remote.exchange.loop_waits import LoopWaits
from evtui.backends.remote.exchange.waits import Waits
from tests.limits import HANG

Run = Callable[[Callable[[Waits], Awaitable[object]]], object]


@pytest.fixture(params=["blocking", "loop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run what waits, and return its result."""

    def in_loop(work: Callable[[Waits], Awaitable[object]]) -> object:
        async def all_of_it() -> object:
            return await work(LoopWaits())

        return anyio.run(all_of_it)

    def blocking(work: Callable[[Waits], Awaitable[object]]) -> object:
        waits = BlockingWaits(time.monotonic)

        async def all_of_it() -> object:
            return await work(waits)

        return waits.run(all_of_it())

    return in_loop if request.param == "loop" else blocking


@pytest.fixture
def pipes() -> Iterator[list[tuple[int, int]]]:
    made = [os.pipe() for _ in range(2)]
    yield made
    for fd in sum(made, ()):
        os.close(fd)


def test_the_descriptor_that_can_be_read_is_told(run: Run, pipes: list[tuple[int, int]]) -> None:
    (one, _), (two, writer) = pipes

    async def wait(waits: Waits) -> int:
        os.write(writer, b"x")
        await waits.writable(writer)
        return await waits.readable(one, two)

    assert run(wait) == two


def test_a_wait_ends_at_the_limit_of_its_block_and_the_outer_one_goes_on(
    run: Run, pipes: list[tuple[int, int]]
) -> None:
    async def wait(waits: Waits) -> str:
        with waits.within(HANG):
            try:
                with waits.within(0.01):
                    await waits.readable(pipes[0][0])
            except TimeoutError:
                os.write(pipes[0][1], b"x")
                await waits.readable(pipes[0][0])
                return "the inner one"
        return "none"

    assert run(wait) == "the inner one"


def test_the_limit_of_an_outer_block_ends_the_inner_one_with_what_is_passed_on(
    run: Run, pipes: list[tuple[int, int]]
) -> None:
    seen: list[str] = []

    async def wait(waits: Waits) -> None:
        try:
            with waits.within(0.01):
                try:
                    with waits.within(HANG):
                        await waits.readable(pipes[0][0])
                except TimeoutError:
                    seen.append("inner")
                except waits.cut_short:
                    seen.append("cut short")
                    raise
        except TimeoutError:
            seen.append("outer")

    run(wait)
    assert seen == ["cut short", "outer"]


def test_what_blocks_runs_in_a_thread_and_its_error_is_raised(run: Run) -> None:
    async def wait(waits: Waits) -> object:
        with pytest.raises(ZeroDivisionError):
            await waits.in_thread(lambda: 1 // 0)
        return await waits.in_thread(threading.current_thread)

    assert run(wait) is not threading.current_thread()


def test_a_thread_that_takes_too_long_is_not_waited_for(run: Run) -> None:
    go_on = threading.Event()

    async def wait(waits: Waits) -> None:
        try:
            with pytest.raises(TimeoutError), waits.within(0.05):
                await waits.in_thread(lambda: go_on.wait(HANG))
        finally:
            go_on.set()

    run(wait)


def test_a_pause_takes_its_time_and_a_flag_lets_go_on(run: Run) -> None:
    async def wait(waits: Waits) -> float:
        flag = waits.flag()
        flag.set()
        await flag.wait()
        begun = time.monotonic()
        await waits.sleep(0.02)
        return time.monotonic() - begun

    took = run(wait)
    assert isinstance(took, float)
    assert took >= 0.02


def test_without_a_loop_ctrl_c_ends_the_next_wait_and_not_what_stands_before_it(pipes: list[tuple[int, int]]) -> None:
    waits, seen = BlockingWaits(time.monotonic), list[str]()

    async def work() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            seen.append("made")
            await waits.readable(pipes[0][0])
        finally:
            seen.append("removed")

    with pytest.raises(KeyboardInterrupt):
        waits.run(work())
    assert seen == ["made", "removed"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_a_loop_the_second_ctrl_c_ends_it_at_once_and_one_at_the_end_is_not_lost() -> None:
    waits = BlockingWaits(time.monotonic)

    async def press(times: int) -> None:
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)

    for times in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            waits.run(press(times))


def test_without_a_loop_what_waits_for_one_is_a_fault_that_is_told() -> None:
    with pytest.raises(RuntimeError):
        BlockingWaits(time.monotonic).run(anyio.lowlevel.checkpoint())
