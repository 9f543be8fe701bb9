"""Destinations that are opened side by side when evtui starts, so that one silent name server delays nothing else."""

from collections.abc import Sequence
from typing import Final

import anyio
from anyio.abc import TaskGroup

from evtui.core.errors import RequestError, UnresolvedError
from evtui.core.transport import Opened, Target
from evtui.transports.name_lookups import open_target

GRACE: Final = 0.5
"""Seconds that the start waits for destinations that are not open at once; the others go on opening behind it."""


class Opening:
    """A destination that is being opened."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.ended = anyio.Event()
        self._opened: Opened | None = None
        self._error: RequestError | None = None

    @property
    def pending(self) -> bool:
        """Say whether it is neither open nor refused yet."""
        return not self.ended.is_set()

    async def run(self) -> None:
        """Open it."""
        try:
            self._opened = await open_target(self.target)
        except RequestError as error:
            self._error = error
        self.ended.set()

    def result(self) -> Opened:
        """Return what was opened. raises RequestError: it cannot be opened, or it is not open yet."""
        if self._error is not None:
            raise self._error
        if self._opened is None:
            raise UnresolvedError(str(self.target.socket), "host", "no name server has answered yet")
        return self._opened


async def begin_opening(targets: Sequence[Target], tasks: TaskGroup) -> Sequence[Opening]:
    """Open destinations in tasks of the group; wait for all that are open at once, and for `GRACE` seconds at most."""
    openings = [Opening(target) for target in targets]
    for opening in openings:
        if opening.target.blocks:
            tasks.start_soon(opening.run)
        else:
            await opening.run()
    with anyio.move_on_after(GRACE):
        for opening in openings:
            await opening.ended.wait()
    return openings
