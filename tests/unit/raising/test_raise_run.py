"""Runs of many raises: counts, rates, trouble, cancelling."""

from collections.abc import AsyncGenerator

import anyio
import pytest

from evtui.core.errors import AwayError, UnknownEventError
from evtui.core.records import DispatchGroup, DispatchPlan, Failure, Raised
from evtui.core.values import Params, Socket
from evtui.raising.raise_run import MAX_PROBLEMS, AnyStep, BadStep, Pace, RaiseCounts, Step, repeated, run_raises
from evtui.raising.raise_template import RaiseRequest, template_of_words
from tests.fakes.engine_fakes import FakeClock

PLAN = DispatchPlan(("jsonrpc",), (DispatchGroup((Socket("udp", "a"), Socket("udp", "b")), 0),), 2)


class Server:
    """Takes raises, and refuses or goes away where it is told to."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.raised: list[tuple[str, Params]] = []
        self.times: list[float] = []
        self.takes = 0.0
        """Seconds that a raise takes."""
        self.tells = True

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        self.times.append(self.clock())
        self.raised.append((event, params))
        self.clock.pass_by(self.takes)
        match event:
            case "E_NO":
                raise UnknownEventError(event)
            case "E_AWAY":
                raise AwayError("unix:/x", "not there")
            case "E_ALONE":
                return Raised(1, 0.0, event, params, DispatchPlan(), (), ())
            case _ if not self.tells:
                return None
            case _:
                return Raised(1, 0.0, event, params, PLAN, (b"",), (0.0,), (Failure(0, 1, "ENOENT"),))


async def _steps(*steps: AnyStep) -> AsyncGenerator[AnyStep]:
    for step in steps:
        yield step


def _step(event: str, number: int = 1) -> Step:
    return Step(number, RaiseRequest(event))


def _pace(clock: FakeClock, rate: float | None = None) -> Pace:
    return Pace(rate, clock, clock.sleep)


async def test_every_raise_is_numbered_and_counted() -> None:
    clock = FakeClock()
    server, counts = Server(clock), RaiseCounts(3)
    template = template_of_words("E_A", ["n:={n}"])
    await run_raises(repeated(template, 3, clock, lambda low, _: low), server.raise_event, counts, _pace(clock))
    assert [params.values for _, params in server.raised] == [(1,), (2,), (3,)]
    assert (counts.raised, counts.reached, counts.missed, counts.done, counts.is_good) == (3, 3, 3, 3, True)


async def test_what_is_not_raised_is_counted_by_its_cause_and_told() -> None:
    clock = FakeClock()
    server, counts = Server(clock), RaiseCounts()
    told: list[tuple[int, str]] = []
    steps = _steps(_step("E_A"), BadStep(2, "no"), _step("E_NO", 3), _step("E_ALONE", 4))
    await run_raises(steps, server.raise_event, counts, _pace(clock), lambda number, why: told.append((number, why)))
    assert (counts.raised, counts.bad, counts.refused, counts.no_subscribers) == (2, 1, 1, 1)
    assert [number for number, _ in told] == [2, 3]
    assert counts.problems[0] == "2: no"
    assert not counts.is_good


async def test_a_run_ends_when_the_server_is_away() -> None:
    clock = FakeClock()
    server, counts = Server(clock), RaiseCounts()
    await run_raises(_steps(_step("E_AWAY"), _step("E_A")), server.raise_event, counts, _pace(clock))
    assert len(server.raised) == 1
    assert "not there" in counts.stopped


async def test_a_server_that_tells_no_results_leaves_them_unknown() -> None:
    clock = FakeClock()
    server, counts = Server(clock), RaiseCounts()
    server.tells = False
    await run_raises(_steps(_step("E_A")), server.raise_event, counts, _pace(clock))
    assert (counts.raised, counts.tells_reached) == (1, False)


@pytest.mark.parametrize("takes", [0.0, 0.05])
async def test_a_rate_is_kept_whatever_a_raise_takes(takes: float) -> None:
    clock = FakeClock()
    server, counts = Server(clock), RaiseCounts()
    server.takes = takes
    template = template_of_words("E_A", [])
    await run_raises(repeated(template, 5, clock, lambda low, _: low), server.raise_event, counts, _pace(clock, 10))
    assert [round(at - server.times[0], 6) for at in server.times] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])


async def test_a_long_delay_is_not_made_up_for_in_a_burst() -> None:
    clock = FakeClock()
    pace = _pace(clock, 10)
    await pace.wait()
    clock.pass_by(60)
    started = clock()
    for _ in range(10):
        await pace.wait()
    assert clock() - started > 0.5


async def test_only_the_first_problems_are_kept() -> None:
    clock = FakeClock()
    counts = RaiseCounts()
    steps = _steps(*(BadStep(number, "x" * 1000) for number in range(1, 100)))
    await run_raises(steps, Server(clock).raise_event, counts, _pace(clock))
    assert (counts.bad, len(counts.problems)) == (99, MAX_PROBLEMS)
    assert max(map(len, counts.problems)) < 400


async def test_a_cancelled_run_has_counted_what_was_sent() -> None:
    clock = FakeClock()
    server, counts = Server(clock), RaiseCounts(1000)
    template = template_of_words("E_A", [])
    with anyio.CancelScope() as scope:

        async def raise_event(event: str, params: Params) -> Raised | None:
            if len(server.raised) == 9:
                scope.cancel()
            return await server.raise_event(event, params)

        await run_raises(repeated(template, 1000, clock, lambda low, _: low), raise_event, counts, _pace(clock))
    assert counts.raised == len(server.raised) == 10


async def test_other_tasks_run_between_two_raises() -> None:
    clock = FakeClock()
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(other)
        steps = repeated(template_of_words("E_A", []), 100, clock, lambda low, _: low)
        await run_raises(steps, Server(clock).raise_event, RaiseCounts(), _pace(clock))
        tasks.cancel_scope.cancel()
    assert turns >= 100


@pytest.mark.parametrize(
    ("reached", "told"), [(0, "0 notifications"), (1, "1 notification"), (1234, "1,234 notifications")]
)
def test_the_summary_counts_notifications_in_words(reached: int, told: str) -> None:
    counts = RaiseCounts()
    counts.raised, counts.reached = 1, reached
    assert counts.summary() == f"raised 1; {told} sent or queued, 0 failed"
