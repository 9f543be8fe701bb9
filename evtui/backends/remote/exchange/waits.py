"""How a client of a server waits: for descriptors, for time, for what runs in a thread.

What waits is written once, as coroutines. `LoopWaits` lets them wait in an event loop, beside others. `BlockingWaits`
lets the process wait: a command that asks one question of one server loads no event loop, which takes longer than the
question. There the coroutines never give way, and `BlockingWaits.run` runs them to their end.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

_Result = TypeVar("_Result")


class WaitFlag(Protocol):
    """What coroutines wait for until another one sets it."""

    def set(self) -> object:
        """Let go on those that wait."""
        ...

    async def wait(self) -> None:
        """Wait until it is set."""
        ...


class Waits(Protocol):
    """Waits for one client. Each wait ends early with `cut_short` when its time is over or its caller is cancelled."""

    @property
    def cut_short(self) -> type[BaseException]:
        """Tell which exception that is; it is passed on."""
        ...

    def within(self, seconds: float) -> AbstractContextManager[object]:
        """Bound what waits in the block. raises TimeoutError: the time is over."""
        ...

    async def readable(self, *fds: int) -> int:
        """Wait until one of the descriptors can be read, and return it."""
        ...

    async def writable(self, fd: int) -> None:
        """Wait until a descriptor can be written."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so long."""
        ...

    async def in_thread(self, work: Callable[[], _Result]) -> _Result:
        """Run in a thread what blocks; when the wait is cut short, the thread goes on and its result is dropped."""
        ...

    def flag(self) -> WaitFlag:
        """Make a flag that is not set."""
        ...
