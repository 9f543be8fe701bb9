"""The records of a backend for many readers: it is watched once, however many there are.

A server without a watch feed makes a subscription for each watch of it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

import anyio
from anyio.abc import TaskGroup

from evtui.backends.seen.followed_watch import FollowedWatch
from evtui.core.ports import Watch
from evtui.core.records import Raised
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds


class SharedRecords:
    """Follows a backend from the first reader on, and keeps its records for those that come later."""

    def __init__(
        self, follow: Callable[[], Awaitable[Watch]], tasks: TaskGroup, *, back: int,
        bounds: JournalBounds = WHOLE_JOURNAL,
    ) -> None:  # fmt: skip
        """`follow` watches the backend; `tasks` read what it tells. A reader begins with `back` older records."""
        self._follow = follow
        self._tasks = tasks
        self._back = back
        self._journal = bounds.make()
        self._watch: Watch | None = None
        self._opening = anyio.Lock()

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow the records of some events or of all. raises what `follow` raises."""
        async with self._opening:
            if self._watch is None:
                self._watch = await self._follow()
                self._tasks.start_soon(self._read, self._watch)
        journal, source = self._journal, self._watch
        return FollowedWatch(journal, events, journal.place_of_last(self._back), lost=lambda: source.lost, end=_nothing)

    async def _read(self, watch: Watch) -> NoReturn:
        try:
            while True:
                await watch.wait()
                for record in watch.read():
                    payload = sum(map(len, record.payloads)) if isinstance(record, Raised) else 0
                    self._journal.append(record, payload)
        finally:
            with anyio.CancelScope(shield=True):
                await watch.aclose()


async def _nothing() -> None:
    """Keep following when a reader ends: others find what was told meanwhile."""
