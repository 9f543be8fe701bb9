"""Small batches for a route that follow each other quickly gather; what comes after a pause does not wait."""

from collections.abc import Sequence

from evtui.core.clocks import Clocks
from evtui.core.transport import Notification
from evtui.core.values import NO_PARAMS
from evtui.scripting.greenlet_runner import GreenletRunner
from evtui.scripting.route_runner import RouteSender
from tests.fakes.engine_fakes import FakeClock
from tests.unit.scripting.test_greenlet_runner import Slices


class _Depth:
    depth = 0


class _World:
    """A route sender, what it has run and when, and how long it has waited."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ran: list[int] = []
        self.waited: list[float] = []
        clocks = Clocks(self.clock, self.clock, FakeClock(), self._sleep)
        greenlets = GreenletRunner(_Depth(), Slices(), limit=10.0, processor=FakeClock(), sleep=self.clock.sleep)
        self.sender = RouteSender(greenlets, self._run, clocks)

    async def send(self, *serials: int) -> Sequence[tuple[int, str | None]]:
        """Send a batch; return what was settled."""
        settled: list[tuple[int, str | None]] = []
        batch = [Notification("o", serial, 0.0, "E_X", NO_PARAMS, b"") for serial in serials]
        await self.sender.send(batch, lambda place, error: settled.append((place, error)))
        return settled

    def _run(self, notification: Notification) -> str | None:
        self.ran.append(notification.serial)
        return "no" if notification.serial == 7 else None

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
