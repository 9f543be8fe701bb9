"""What the sources that are only consumed share: their watches, what arrived, and the refusal of all changes.

A source consumes as long as there is a watch, no faster than the watches read.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final, NoReturn

import anyio
from anyio.abc import TaskGroup

from evtui.backends.seen.arrival_report import report_arrivals
from evtui.backends.seen.only_consumed import OnlyConsumedError, Source
from evtui.backends.seen.seen_events import SeenEvents
from evtui.backends.seen.source_watch import SourceWatch
from evtui.core.delivery_report import DeliveryReport
from evtui.core.ports import Clock, EventState, Status, SubscriptionState, Watch
from evtui.core.records import DispatchPlan, Raised
from evtui.core.values import Params
from evtui.engine.journal import Journal

PATIENCE: Final = 1.0
"""Seconds that messages wait for a watch. One that does not read for longer loses its oldest records."""


class ConsumedBackend(ABC):
    """One source. While there is a watch, the task group runs `_consume`."""

    def __init__(self, address: Source, tasks: TaskGroup, journal: Journal, wall: Clock) -> None:
        self._given = address
        self._tasks = tasks
        self._journal = journal
        self._wall = wall
        self._since: float | None = None
        """Wall seconds of the first watch."""
        self._seen = SeenEvents()
        self._scope = anyio.CancelScope()
        self._ended = anyio.Event()
        self._ended.set()
        self._watches: list[SourceWatch] = []
        self._has_read = anyio.Event()
        self._serial = 0
        self._shown_at_end = 0
        """The place in the journal up to which the last watch had read when it ended."""

    @abstractmethod
    async def status(self) -> Status:
        """Describe the source; `detail` says why there is no connection and when the next attempt is."""

    @abstractmethod
    async def _consume(self) -> None:
        """Consume until cancelled; it is called when there is a watch, again after all watches had ended."""

    async def events(self) -> Sequence[EventState]:
        """List the documented events, then the others that were seen, with the count of each."""
        return self._seen.states()

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:  # noqa: ARG002 - the port has them
        """List none: a source does not list its other consumers."""
        return ()

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> NoReturn:  # noqa: ARG002 - as above
        """Refuse. raises OnlyConsumedError."""
        raise OnlyConsumedError("subscribe", self._given)

    async def raise_event(self, event: str, params: Params) -> NoReturn:  # noqa: ARG002 - as above
        """Refuse. raises OnlyConsumedError."""
        raise OnlyConsumedError("raise", self._given)

    async def test_subscriber(self, event: str, socket: str, params: Params) -> NoReturn:  # noqa: ARG002 - as above
        """Refuse. raises OnlyConsumedError."""
        raise OnlyConsumedError("test a subscriber", self._given)

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:  # noqa: ARG002 - as above
        """Say what arrived of an event: a source does not tell what its other consumers got."""
        return report_arrivals(event, self._given.place, self._journal.since(0)[0], self._since)

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow what arrives; the first watch starts the consumer."""
        watch = SourceWatch(self, self._journal, events)
        self._since = self._wall() if self._since is None else self._since
        self._watches.append(watch)
        if len(self._watches) == 1:
            before, self._ended, self._scope = self._ended, anyio.Event(), anyio.CancelScope()
            self._tasks.start_soon(self._run, self._scope, before, self._ended)
        return watch

    def notice_reading(self) -> None:
        """Let waiting messages go on: a watch has read."""
        self._has_read.set()

    async def leave(self, watch: SourceWatch) -> None:
        """End one watch; with the last one the consumer stops."""
        self._shown_at_end = self._journal.written - watch.unread
        self._watches.remove(watch)
        self._has_read.set()
        if not self._watches:
            self._scope.cancel()
            await self._ended.wait()

    @property
    def _shown(self) -> int:
        """Return the place in the journal up to which every watch has read."""
        return min((self._journal.written - watch.unread for watch in self._watches), default=self._shown_at_end)

    async def _wait_for_watches(self, ahead: int) -> None:
        """Wait while a watch is more than so many records behind, for a bounded time."""
        with anyio.move_on_after(PATIENCE):
            while any(watch.unread > ahead for watch in self._watches):
                self._has_read = anyio.Event()
                await self._has_read.wait()

    def _raised(self, at: float, event: str, params: Params, plan: DispatchPlan, body: bytes) -> Raised:
        """Make the record of a notification that arrived: how long it took is not known."""
        self._serial += 1
        self._seen.add(event, at, params)
        return Raised(self._serial, at, event, params, plan, (body,), (math.nan,))

    async def _run(self, scope: anyio.CancelScope, before: anyio.Event, ended: anyio.Event) -> None:
        try:
            with scope:
                await before.wait()
                await self._consume()
        finally:
            ended.set()
