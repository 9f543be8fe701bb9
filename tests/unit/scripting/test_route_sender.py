"""Small batches for a route that follow each other quickly gather; what comes after a pause does not wait."""

from collections.abc import Sequence

import pytest

from evtui.core.clocks import Clocks
from evtui.core.transport import Notification
from evtui.core.values import NO_PARAMS
from evtui.scripting.greenlet_runner import GreenletRunner, RunEndedError
from evtui.scripting.route_runner import RouteSender
from tests.fakes.engine_fakes import FakeClock
from tests.functional.processes.waiting import Pad
from tests.unit.scripting.test_greenlet_runner import Slices


class _Depth:
    depth = 0


class _World:
    """A route sender, what it has run and when, and how long it has waited."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ran: list[int] = []
        self.waited: list[float] = []
        self.told_before_wait = 0
        self.pad = Pad()
        clocks = Clocks(self.clock, self.clock, FakeClock(), self._sleep)
        told = Clocks(self.clock, self.clock, FakeClock(), self._note_told)
        self.greenlets = greenlets = GreenletRunner(_Depth(), Slices(), told, 10.0)
        self.sender = RouteSender(greenlets, self._run, clocks)

    async def send(self, *serials: int) -> Sequence[tuple[int, str | None]]:
        """Send a batch; return what was settled."""
        self.pad = pad = Pad()
        batch = [Notification("o", serial, 0.0, "E_X", NO_PARAMS, b"") for serial in serials]
        await self.sender.send(batch, pad)
        return pad.told

    def _run(self, notification: Notification) -> str | None:
        self.ran.append(notification.serial)
        if notification.serial == 108:
            self.greenlets.pause(5)
        if notification.serial == 109:
            raise RunEndedError("cancelled")
        return "no" if notification.serial == 7 else None

    async def _note_told(self, seconds: float) -> None:
        self.told_before_wait = len(self.pad.told)
        await self.clock.sleep(seconds)

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.pass_by(seconds)


async def test_the_first_one_and_one_after_a_pause_do_not_wait() -> None:
    world = _World()
    await world.send(1)
    world.clock.pass_by(0.002)
    await world.send(2)
    assert (world.ran, world.waited) == ([1, 2], [])


async def test_after_one_that_came_soon_after_another_the_next_ones_gather() -> None:
    world = _World()
    assert await world.send(1) == [(0, None)]
    assert await world.send(2, 7) == [(0, None), (1, "no")]
    assert (world.ran, world.waited) == ([1, 2, 7], [0.001])


async def test_many_at_once_do_not_wait() -> None:
    world = _World()
    await world.send(1)
    await world.send(*range(64))
    assert (world.ran, world.waited) == ([1, *range(64)], [])


async def test_the_ends_are_told_in_order_and_before_a_run_waits() -> None:
    world = _World()
    told = await world.send(*range(101, 109), *range(110, 150), 7, 7, 1)
    assert told == [(place, "no" if serial == 7 else None) for place, serial in enumerate(world.ran)]
    assert world.told_before_wait == 7  # what ran before the eighth, which waits


async def test_those_that_ran_before_one_that_is_ended_from_outside_are_told() -> None:
    world = _World()
    with pytest.raises(RunEndedError):
        await world.send(1, 2, 109, 3)
    assert world.pad.told == [(0, None), (1, None)]
