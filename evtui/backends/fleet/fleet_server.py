"""One server of a fleet: its own task, its own pauses between attempts, and what it told last.

Nothing here waits for another server. A question waits for `PATIENCE` at most; while one has no answer the server is
not asked the same again, and what it told last stands.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final, TypeAlias

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint
from msgspec import Struct

from evtui.backends.fleet.given_servers import GivenServer
from evtui.backends.fleet.last_answer import PATIENCE, LastAnswer
from evtui.backends.fleet.named_records import ServerNames
from evtui.core.backoff import Backoff
from evtui.core.clocks import Clocks
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.errors import BackendError, EvtuiError
from evtui.core.fleet_port import Light, ServerState
from evtui.core.ports import Backend, EventState, Status, SubscriptionState, Watch
from evtui.core.records import Record
from evtui.core.redact import redact_words

SILENCE: Final = 2.0
"""Seconds without an answer after which a server counts as silent."""

STEP: Final = 100
"""Records that are taken from one server before others have their turn."""

_GATHER: Final = 0.02
"""Seconds in which records are gathered before they are taken."""

_CLOSE: Final = 2.0
"""Seconds that ending a watch may take."""

_RETRY_FIRST: Final = 0.5
_RETRY_LONGEST: Final = 10.0

_log = logging.getLogger(__name__)


class OpenedServer(Struct, frozen=True):
    """A backend, and what asks it for its version."""

    backend: Backend
    version: Callable[[], Awaitable[str]]


OpenServer: TypeAlias = Callable[[GivenServer], AbstractAsyncContextManager[OpenedServer]]
TakeRecords: TypeAlias = Callable[["FleetServer", Sequence[Record]], None]


class FleetServer:
    """`run` keeps it open until cancelled. `take` is called with its records, some at a time, with its name in them."""

    def __init__(self, given: GivenServer, opener: OpenServer, clocks: Clocks, take: TakeRecords) -> None:
        self.given = given
        self.names = ServerNames(given.name)
        self.scope = anyio.CancelScope()
        """Ends it when it leaves the fleet."""
        self.received = 0
        """Records that came from it."""
        self.status: LastAnswer[Status] = LastAnswer(clocks.monotonic)
        self.events: LastAnswer[Sequence[EventState]] = LastAnswer(clocks.monotonic)
        self.subscriptions: LastAnswer[Sequence[SubscriptionState]] = LastAnswer(clocks.monotonic)
        self._version: LastAnswer[str] = LastAnswer(clocks.monotonic)
        self._opener = opener
        self._clocks = clocks
        self._take = take
        self._backoff = Backoff(_RETRY_FIRST, _RETRY_LONGEST)
        self._opened: OpenedServer | None = None
        self._tasks: TaskGroup | None = None
        self._is_open = anyio.Event()
        self._wanted = anyio.Event()
        self._following = anyio.CancelScope()
        self._begun, self._ended = anyio.Event(), anyio.Event()
        self._ended.set()
        self._watch: Watch | None = None
        self._lost_before = 0
        self._trouble = ""
        """Why its records are not followed now, although they are wanted."""

    @property
    def backend(self) -> Backend:
        """Return the backend that it is reached by.

        raises BackendError: it is not open.
        """
        if self._opened is None:
            raise BackendError(f"{self.given.name}: {self._trouble or 'not connected yet'}")
        return self._opened.backend

    @property
    def lost(self) -> int:
        """Count its records that never came here."""
        return self._lost_before + (0 if self._watch is None else self._watch.lost)

    @property
    def state(self) -> ServerState:
        """Return how it stands."""
        light, detail = self._light()
        status, events, listed = self.status.value, self.events.value, self.subscriptions.value
        return ServerState(
            self.given.name,
            status.source if status is not None else redact_words(self.given.address),
            light,
            detail,
            status is not None and status.read_only,
            self._version.value or "",
            self.given.colour,
            status is None or status.can_raise,
            status is None or status.can_be_permanent,
            None if listed is None else sum(not state.viewer for state in listed),
            None if events is None else len(events),
            self.received,
            status is not None and status.tells_all,
        )

    async def run(self) -> None:
        """Keep it open, and follow its records while they are wanted, until cancelled."""
        with self.scope:
            while True:
                try:
                    await self._hold_open()
                except EvtuiError as error:
                    await self._pause(error)

    async def refresh(self, *questions: str) -> None:
        """Ask for its status, and for `events` or `subscriptions`; what has no answer in time stays as it was."""
        if not self._trouble:  # one that cannot be opened is waited for no more
            with anyio.move_on_after(PATIENCE):
                await self._is_open.wait()
        tasks, opened = self._tasks, self._opened
        if tasks is None or opened is None:
            return
        backend = opened.backend
        if "status" in questions:
            await self.status.refresh(tasks, backend.status)
            status = self.status.value
            if self._version.value is None and status is not None and status.connected and not self._version.waited:
                tasks.start_soon(self._version.refresh, tasks, opened.version)
        if "events" in questions:
            await self.events.refresh(tasks, backend.events)
        if "subscriptions" in questions:
            await self.subscriptions.refresh(tasks, backend.subscriptions)

    async def follow(self) -> None:
        """Begin to follow its records; returns when that has begun, or has not begun for a while."""
        self._wanted.set()
        with anyio.move_on_after(PATIENCE):
            await self._begun.wait()

    async def stop_following(self) -> None:
        """End to follow its records; returns when that is done, or is not done for a while."""
        self._wanted = anyio.Event()
        self._following.cancel()
        with anyio.move_on_after(_CLOSE):
            await self._ended.wait()

    def _light(self) -> tuple[Light, str]:
        name, status = self.given.name, self.status.value
        waited = max(self.status.waited, self.events.waited, self.subscriptions.waited)
        if waited >= SILENCE:
            return "silent", f"no answer for {waited:.0f} s"
        if status is not None and status.silence:
            return "silent", f"it has said nothing for {status.silence:.0f} s: it is stopped or busy"
        why = self.status.error or self._trouble
        if not why and status is not None and not status.connected:
            why = status.detail or "no connection"
        if why:
            known = {name, self.given.address, "" if status is None else status.source}
            return "retry", next((why[len(each) + 2 :] for each in known if why.startswith(f"{each}: ")), why)
        return ("starting", "not connected yet") if status is None else ("live", "")

    async def _hold_open(self) -> None:
        with unwrap_lone_error():
            async with self._opener(self.given) as opened, anyio.create_task_group() as tasks:
                self._opened, self._tasks = opened, tasks
                self._is_open.set()
                try:
                    await self._follow_when_wanted(opened.backend)
                finally:
                    self._opened = self._tasks = None
                    self._is_open = anyio.Event()
                    for answer in (self.status, self.events, self.subscriptions, self._version):
                        answer.forget()

    async def _follow_when_wanted(self, backend: Backend) -> None:
        while True:
            await self._wanted.wait()
            self._ended = anyio.Event()
            try:
                with anyio.CancelScope() as self._following:
                    await self._follow(backend)
            finally:
                self._begun = anyio.Event()
                self._ended.set()

    async def _follow(self, backend: Backend) -> None:
        try:
            watch = await backend.watch()
        except EvtuiError as error:
            await self._pause(error)
            return
        self._watch, self._trouble = watch, ""
        self._backoff.reset()
        self._begun.set()
        try:
            while True:
                await watch.wait()
                await self._take_all(watch.read())
                await self._clocks.sleep(_GATHER)
        finally:
            with anyio.move_on_after(_CLOSE, shield=True), suppress(EvtuiError):
                await watch.aclose()
            self._lost_before += watch.lost
            self._watch = None

    async def _take_all(self, records: Sequence[Record]) -> None:
        for first in range(0, len(records), STEP):
            if first:
                await checkpoint()
            some = records[first : first + STEP]
            self.received += len(some)
            self._take(self, list(map(self.names.record, some)))

    async def _pause(self, error: EvtuiError) -> None:
        why = str(error)
        if why != self._trouble:
            _log.warning("%s: %s", self.given.name, why)
        self._trouble = why
        await self._clocks.sleep(self._backoff.next_pause())
