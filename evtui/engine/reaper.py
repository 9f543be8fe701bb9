"""The reaper: the task that ends subscriptions when their deadline comes."""

from collections.abc import Callable

import anyio

from evtui.core.ports import Clock
from evtui.engine.subscriptions.deadlines import Deadlines


class Reaper:
    """Sleeps until the next deadline; `wake` is called when a deadline was added or moved."""

    def __init__(self, deadlines: Deadlines, reap: Callable[[], None], clock: Clock) -> None:
        """`reap` ends what has expired."""
        self._deadlines = deadlines
        self._reap = reap
        self._clock = clock
        self._wake_up: anyio.Event | None = None
        self._sleeps_until = 0.0

    async def run(self) -> None:
        """End subscriptions on time, until cancelled."""
        while True:
            self._wake_up = anyio.Event()
            self._sleeps_until = self._deadlines.next
            with anyio.move_on_after(max(0.0, self._sleeps_until - self._clock())):
                await self._wake_up.wait()
            self._reap()

    def wake(self) -> None:
        """Wake it up when there is an earlier deadline than the one it sleeps for."""
        if self._wake_up is not None and self._deadlines.next < self._sleeps_until:
            self._wake_up.set()
