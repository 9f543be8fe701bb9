"""Waits of a client in an event loop, beside other tasks."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import anyio
import anyio.to_thread

_Result = TypeVar("_Result")


class LoopWaits:
    """Waits as the tasks of anyio do."""

    @property
    def cut_short(self) -> type[BaseException]:
        """Tell which exception ends a wait early."""
        return anyio.get_cancelled_exc_class()

    def within(self, seconds: float) -> AbstractContextManager[object]:
        """Bound what waits in the block. raises TimeoutError: the time is over."""
        return anyio.fail_after(seconds)

    async def readable(self, *fds: int) -> int:
        """Wait until one of the descriptors can be read, and return it."""
        if len(fds) == 1:
            await anyio.wait_readable(fds[0])
            return fds[0]
        ready: list[int] = []

        async def wait(fd: int) -> None:
            await anyio.wait_readable(fd)
            ready.append(fd)
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            for fd in fds:
                tasks.start_soon(wait, fd)
        return ready[0]

    async def writable(self, fd: int) -> None:
        """Wait until a descriptor can be written."""
        await anyio.wait_writable(fd)

    async def sleep(self, seconds: float) -> None:
        """Wait so long."""
        await anyio.sleep(seconds)

    async def in_thread(self, work: Callable[[], _Result]) -> _Result:
        """Run in a thread what blocks; when the wait is cut short, the thread goes on and its result is dropped."""
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)

    def flag(self) -> anyio.Event:
        """Make a flag that is not set."""
        return anyio.Event()
