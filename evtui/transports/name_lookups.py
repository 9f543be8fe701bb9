"""Threads for what may wait for a name server: opening a destination, and resolving its host again.

They are not those of other work: names that no server answers for must not stop files from being written. A name
server that never answers keeps a thread for as long as the system wants. So each host has at most one thread at a time,
no task waits for it longer than `LIMIT`, and no thread keeps evtui from ending.
"""

from collections.abc import Callable
from threading import Thread
from typing import Any, Final, Generic, TypeVar

import anyio
from anyio import from_thread
from anyio.lowlevel import EventLoopToken, RunVar, current_token

from evtui.core.errors import UnresolvedError
from evtui.core.transport import Opened, Target

LIMIT: Final = 10.0
"""Seconds that a task waits for a look-up."""

THREADS: Final = 256
"""Look-ups at a time."""

_T = TypeVar("_T")


class NameLookups:
    """The threads of one event loop."""

    def __init__(self) -> None:
        self._slots = anyio.CapacityLimiter(THREADS)
        self._running: dict[str, Lookup[Any]] = {}

    async def run(self, key: str, work: Callable[[], _T], limit: float) -> _T:
        """Do some work in a thread when no other thread works for the same key; return its result.

        raises UnresolvedError: it takes longer than `limit` seconds. The thread goes on, and no task waits for it.
        """
        with anyio.move_on_after(limit):
            while (other := self._running.get(key)) is not None:
                await other.ended.wait()
            lookup = Lookup(work, current_token())
            self._running[key] = lookup
            started = False
            try:
                await self._slots.acquire_on_behalf_of(lookup)
                lookup.start(lambda: self._end(key, lookup))
                started = True
            finally:
                if not started:
                    self._forget(key, lookup)
            await lookup.ended.wait()
            return lookup.result()
        raise UnresolvedError(key, "host", f"no name server answered in {limit:g} s")

    def _end(self, key: str, lookup: "Lookup[Any]") -> None:
        self._slots.release_on_behalf_of(lookup)
        self._forget(key, lookup)

    def _forget(self, key: str, lookup: "Lookup[Any]") -> None:
        del self._running[key]
        lookup.ended.set()


class Lookup(Generic[_T]):
    """Some work in a thread."""

    def __init__(self, work: Callable[[], _T], loop: EventLoopToken) -> None:
        self.ended = anyio.Event()
        self._work = work
        self._loop = loop
        self._result: list[_T] = []
        self._error: BaseException | None = None

    def start(self, end: Callable[[], None]) -> None:
        """Begin; `end` is called in the event loop when the work has ended."""
        # Of the daemon kind: Python waits for other threads before it ends, and would wait for the name server.
        Thread(target=self._run, args=(end,), name="name look-up", daemon=True).start()

    def result(self) -> _T:
        """Return what the work returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _run(self, end: Callable[[], None]) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is taken
            self._error = error
        try:
            from_thread.run_sync(end, token=self._loop)
        except RuntimeError:
            return  # the event loop has ended


_lookups: RunVar[NameLookups] = RunVar("name look-ups")


async def look_up(key: str, work: Callable[[], _T], limit: float = LIMIT) -> _T:
    """Do some work that may wait for a name server; `key` is the socket or the host, for errors too.

    raises UnresolvedError: no server answered in `limit` seconds.
    """
    lookups = _lookups.get(None)
    if lookups is None:
        lookups = NameLookups()
        _lookups.set(lookups)
    return await lookups.run(key, work, limit)


async def open_target(target: Target) -> Opened:
    """Open a destination, in a thread where that may block.

    raises BadSocketError: it is wrong, not allowed, or its host does not resolve.
    """
    return await look_up(str(target.socket), target.open) if target.blocks else target.open()
