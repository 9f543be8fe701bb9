"""The subscriptions of a run, kept in the state file and taken up again at start."""

import logging
import os
import time
from collections.abc import Awaitable, Callable, Generator, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import anyio
from anyio import to_thread
from msgspec.structs import replace

from evtui.config.config_loader import LoadedConfig
from evtui.core.backoff import Backoff
from evtui.core.errors import BadSettingError, RequestError
from evtui.core.ports import Clock
from evtui.core.records import Expired, Refreshed, Subscribed, Unsubscribed
from evtui.core.transport import Opened, SavedSubscription, Target
from evtui.engine.engine import Engine
from evtui.storage.file_lock import take_lock
from evtui.storage.state_file import StateError, read_state, write_state

LEISURE: Final = 10
"""Times as long as the last writing of the state took before it is written again."""

FIRST_PAUSE: Final = 5.0
"""Seconds before what could not be taken up is tried again; doubled at each failure, up to"""
LONGEST_PAUSE: Final = 60.0

ConfiguredSubscriptions: TypeAlias = AbstractSet[tuple[str, str]]
"""Events and sockets of subscriptions that the configuration makes again at each start."""

_log = logging.getLogger(__name__)


@contextmanager
def state_file(loaded: LoadedConfig) -> Generator[Path | None]:
    """Have the state file for ourselves until the block ends; None when none is configured.

    raises BadSettingError: another evtui uses it, or it cannot be locked.
    """
    if loaded.config.engine.state is None:
        yield None
        return
    path = Path(loaded.config.engine.state)
    try:
        lock = take_lock(path)
    except OSError as error:
        why = str(StateError(path, error.strerror or str(error)))
        raise BadSettingError("engine.state", why, loaded.origin("engine.state")) from error
    try:
        yield path
    finally:
        os.close(lock)


class SubscriptionPersistence:
    """Keeps the subscriptions in a file: written at each change, as soon as the last writing is done."""

    def __init__(
        self,
        engine: Engine,
        file: Path,
        *,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        """`clock` and `sleep` rule how long an order that could not be taken up lives, and when it is tried again."""
        self._engine = engine
        self._file = file
        self._clock = clock
        self._sleep = sleep
        self._watch = engine.watch()
        self._writing = anyio.Lock()
        self._made: ConfiguredSubscriptions = frozenset()
        self._resumed_at = 0.0

    async def resume(self) -> None:
        """Subscribe what the file holds, each for what it has left.

        raises BadSettingError: the file cannot be read.
        """
        try:
            orders = await to_thread.run_sync(read_state, self._file, time.time())
        except StateError as error:
            raise BadSettingError("engine.state", str(error), "file") from error
        self._resumed_at = self._clock()
        for order in orders:
            try:
                await self._subscribe(order)
            except RequestError as error:
                _log.warning("%s not subscribed again yet, but it is tried again: %s", order.event, error)
                self._defer(order)

    async def begin(self, made: ConfiguredSubscriptions) -> None:
        """Write the file; from now on it leaves out what was `made` of the configuration."""
        self._made = made
        await self.write()

    async def run(self) -> None:
        """Write the file whenever the subscriptions change, and take up what could not be yet, until cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.take_up)
            await self._follow()

    async def take_up(self) -> None:
        """Try what could not be taken up again, with growing pauses, for as long as its time lasts."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while deferred := self._engine.deferred:
            await self._sleep(backoff.next_pause())
            for order in deferred:
                if order in deferred and await self._is_settled(order):
                    deferred.discard(order)

    async def write(self) -> None:
        """Write the file now; a failure is logged and the old file stays."""
        async with self._writing:  # two would write the same draft
            orders = [order for order in self._engine.saved_subscriptions() if not self._is_made(order)]
            try:
                await to_thread.run_sync(write_state, self._file, [*self._left(), *orders], time.time())
            except StateError as error:
                _log.error("%s: the subscriptions are not kept", error)

    async def _follow(self) -> None:
        watch = self._watch
        while True:
            await watch.wait()
            lost = watch.lost
            changed = any(
                isinstance(record, Subscribed | Refreshed | Unsubscribed | Expired) for record in watch.read()
            )
            if changed or watch.lost > lost:
                started = time.monotonic()
                await self.write()
                await anyio.sleep((time.monotonic() - started) * LEISURE)

    async def _is_settled(self, order: SavedSubscription) -> bool:
        if (aged := self._aged(order)) is None:
            _log.warning("%s not subscribed again: the time of a subscription ran out", order.event)
            return True
        try:
            target, opened = await self._open(order)
            if order in self._engine.deferred:  # else somebody ended it, or subscribed it anew, meanwhile
                self._engine.resume(aged, target, opened)
                _log.warning("%s is subscribed again by %s", order.event, target.socket)
        except RequestError:
            return False  # said already
        return True

    async def _subscribe(self, order: SavedSubscription) -> None:
        target, opened = await self._open(order)
        self._engine.resume(order, target, opened)

    async def _open(self, order: SavedSubscription) -> tuple[Target, Opened]:
        target = self._engine.parse(order.source, trusted=order.trusted)
        opened = await to_thread.run_sync(target.open, abandon_on_cancel=True) if target.blocks else target.open()
        return target, opened

    def _defer(self, order: SavedSubscription) -> None:
        try:
            self._engine.defer(order, self._engine.parse(order.source, trusted=order.trusted).socket)
        except RequestError:
            self._engine.deferred.add(order, None)

    def _left(self) -> Iterator[SavedSubscription]:
        return (aged for order in self._engine.deferred if (aged := self._aged(order)) is not None)

    def _aged(self, order: SavedSubscription) -> SavedSubscription | None:
        """Return an order with what it has left now, None when that is nothing."""
        if order.left is None:
            return order
        left = order.left - (self._clock() - self._resumed_at)
        return replace(order, left=left) if left > 0 else None

    def _is_made(self, order: SavedSubscription) -> bool:
        return order.expire is None and (order.pattern or order.event, order.source) in self._made
