"""What a server answered last to one question, and whether an answer is still awaited."""

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import anyio
from anyio.abc import TaskGroup

from evtui.core.errors import EvtuiError
from evtui.core.ports import Clock

PATIENCE: Final = 0.5
"""Seconds for which one question waits. An answer that comes later is what the next question finds."""

_Answered = TypeVar("_Answered")


class LastAnswer(Generic[_Answered]):
    """One question to one server. It is asked again only when it has been answered: a server that hangs has one."""

    def __init__(self, monotonic: Clock) -> None:
        self._monotonic = monotonic
        self.value: _Answered | None = None
        """None before the first answer."""
        self.error = ""
        """Why the last question had no answer."""
        self._asked_at: float | None = None
        self._answered = anyio.Event()

    @property
    def waited(self) -> float:
        """Return the seconds for which an answer is awaited; 0.0 when none is."""
        return 0.0 if self._asked_at is None else self._monotonic() - self._asked_at

    async def refresh(self, tasks: TaskGroup, ask: Callable[[], Awaitable[_Answered]]) -> None:
        """Ask, and return when it is answered or has waited long enough; at once while an older one has no answer."""
        with anyio.move_on_after(PATIENCE):
            if self._asked_at is not None:
                if self.waited >= PATIENCE:
                    return
                await self._answered.wait()  # what was asked before may not know what was changed since
            if self._asked_at is None:
                self._asked_at, self._answered = self._monotonic(), anyio.Event()
                tasks.start_soon(self._ask, ask)
            await self._answered.wait()

    def forget(self) -> None:
        """Await no answer any more: the connection that was asked has ended."""
        self._asked_at = None
        self._answered.set()

    async def _ask(self, ask: Callable[[], Awaitable[_Answered]]) -> None:
        try:
            self.value = await ask()
            self.error = ""
        except EvtuiError as error:
            self.error = str(error)
        finally:
            self._asked_at = None
            self._answered.set()
