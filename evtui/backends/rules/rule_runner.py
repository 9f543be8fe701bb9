"""Runs watch rules: reads the records of a backend, looks at the clock, and tells what fires.

It has a watch of its own, so that it sees all that the journal holds, whatever a screen shows. Between some hundred
records others get their turn. A record counts at the time at which it happened, as far as that can be said in monotonic
seconds: not before the look before, and not after now.
"""

from collections.abc import Callable, Sequence
from typing import Final

import anyio
from anyio.lowlevel import checkpoint

from evtui.core.clocks import Clocks
from evtui.core.errors import BackendError
from evtui.core.ports import Backend, Status, Watch
from evtui.core.records import Record
from evtui.filters.rules.rule_set import Fired, RuleSet

LOOK_SECONDS: Final = 0.2
"""Between two looks at what is new and at the clock."""

QUEUE_SECONDS: Final = 1.0
"""Between two looks at the queues."""

RETRY_SECONDS: Final = 1.0
"""Until a backend that did not answer is asked again."""

_AT_ONCE: Final = 200


class RuleRunner:
    """Runs the rules until it is cancelled."""

    def __init__(self, backend: Backend, rules: RuleSet, clocks: Clocks, tell: Callable[[Fired], object]) -> None:
        """`tell` is called with each firing, and must not wait."""
        self.rules = rules
        self.missed = 0
        """Records that were gone before they were read: the rules know nothing of them."""
        self._backend = backend
        self._clocks = clocks
        self._tell = tell
        self._looked_at = clocks.monotonic()
        self._asked_at = float("-inf")

    async def run(self) -> None:
        """Run until cancelled. A backend that does not answer is asked again; the clock goes on meanwhile.

        While there are no rules, nothing is watched.
        """
        while True:
            if not self.rules.rules:
                await self._clocks.sleep(LOOK_SECONDS)
                continue
            try:
                watch = await self._backend.watch()
            except BackendError:
                await self._look(())
                await self._clocks.sleep(RETRY_SECONDS)
                continue
            try:
                await self._follow(watch)
            finally:
                with anyio.CancelScope(shield=True):
                    await watch.aclose()

    async def _follow(self, watch: Watch) -> None:
        missed = self.missed
        while self.rules.rules:
            await self._look(watch.read())
            self.missed = missed + watch.lost
            await self._clocks.sleep(LOOK_SECONDS)

    async def _look(self, records: Sequence[Record]) -> None:
        now, wall = self._clocks.monotonic(), self._clocks.wall()
        times = self._times(records, now, wall)
        for first in range(0, len(records), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            for fired in self.rules.take(records[part], times[part], wall):
                self._tell(fired)
            await checkpoint()
        status = await self._status(now)
        for fired in self.rules.look(now, wall, status):
            self._tell(fired)

    def _times(self, records: Sequence[Record], now: float, wall: float) -> list[float]:
        """Return the monotonic seconds at which records happened, in their order."""
        times: list[float] = []
        last = self._looked_at
        for record in records:
            last = min(now, max(last, record.at - wall + now))
            times.append(last)
        self._looked_at = now
        return times

    async def _status(self, now: float) -> Status | None:
        if not self.rules.asks_for_queues or now - self._asked_at < QUEUE_SECONDS:
            return None
        self._asked_at = now
        try:
            return await self._backend.status()
        except BackendError:
            return None
