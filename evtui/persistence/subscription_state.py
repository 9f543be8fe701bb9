"""The subscriptions of a run, kept in the state file and made again at the next start."""

import logging
import os
from collections.abc import Generator, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import anyio
from anyio import to_thread
from msgspec.structs import replace

from evtui.config.config_loader import LoadedConfig
from evtui.core.backoff import Backoff
from evtui.core.clocks import Clocks
from evtui.core.errors import BadSettingError, RequestError
from evtui.core.records import Expired, Refreshed, Subscribed, Unsubscribed
from evtui.core.transport import Opened, SavedSubscription, Target
from evtui.engine.engine import Engine
from evtui.storage.file_lock import take_lock
from evtui.storage.state_file import StateError, read_state, write_state

WRITE_PAUSE_FACTOR: Final = 10
"""After each write the next one waits this many times as long as the write took."""

FIRST_PAUSE: Final = 5.0
"""Seconds before deferred subscriptions are tried again; doubled at each attempt, up to `LONGEST_PAUSE`."""
LONGEST_PAUSE: Final = 60.0

ConfiguredSubscriptions: TypeAlias = AbstractSet[tuple[str, str]]
"""Event and socket of the subscriptions that the configuration or the script makes again at each start."""

_log = logging.getLogger(__name__)


@contextmanager
def locked_state_file(loaded: LoadedConfig) -> Generator[Path | None]:
    """Lock the configured state file until the block ends; None when none is configured.

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
    """Keeps the subscriptions of an engine in the state file.

    A change is written at once, or as soon as the pause after the last write is over. A saved subscription that cannot
    be made at the start is deferred: it is tried again with growing pauses until its time runs out, and the file keeps
    it meanwhile.
    """

    def __init__(self, engine: Engine, file: Path, clocks: Clocks) -> None:
        self._engine = engine
        self._file = file
        self._clocks = clocks
        self._watch = engine.watch()
        self._writing = anyio.Lock()
        self._configured: ConfiguredSubscriptions = frozenset()
        self._restored_at = 0.0

    async def restore(self) -> None:
        """Subscribe what the file holds, each for the time it has left.

        raises BadSettingError: the file cannot be read.
        """
        try:
            saved = await to_thread.run_sync(read_state, self._file, self._clocks.wall())
        except StateError as error:
            raise BadSettingError("engine.state", str(error), "file") from error
        self._restored_at = self._clocks.monotonic()
        for each in saved:
            try:
                target, opened = await self._open(each)
                self._engine.resume(each, target, opened)
            except RequestError as error:
                _log.warning("%s not subscribed again yet, trying again later: %s", each.event, error)
                self._defer(each)

    async def begin(self, configured: ConfiguredSubscriptions) -> None:
        """Write the file; from now on it leaves out the permanent subscriptions that are `configured`."""
        self._configured = configured
        await self.write()

    async def run(self) -> None:
        """Write the file when subscriptions change, and try deferred ones again, until cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.retry_deferred)
            await self._write_changes()

    async def retry_deferred(self) -> None:
        """Try deferred subscriptions again with growing pauses; return when none is left."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while deferred := self._engine.deferred:
            await self._clocks.sleep(backoff.next_pause())
            for each in deferred:
                if each in deferred and await self._retry(each):
                    deferred.discard(each)

    async def write(self) -> None:
        """Write the file now; a failure is logged and the old file stays."""
        async with self._writing:  # two writers would use the same temporary file
            saved = [each for each in self._engine.saved_subscriptions() if not self._is_configured(each)]
            try:
                await to_thread.run_sync(write_state, self._file, [*self._deferred(), *saved], self._clocks.wall())
            except StateError as error:
                _log.error("%s: the subscriptions are not kept", error)

    async def _write_changes(self) -> None:
        watch, monotonic = self._watch, self._clocks.monotonic
        while True:
            await watch.wait()
            lost = watch.lost
            changed = any(
                isinstance(record, Subscribed | Refreshed | Unsubscribed | Expired) for record in watch.read()
            )
            if changed or watch.lost > lost:
                started = monotonic()
                await self.write()
                await self._clocks.sleep((monotonic() - started) * WRITE_PAUSE_FACTOR)

    async def _retry(self, saved: SavedSubscription) -> bool:
        """Try a deferred subscription again; return whether it needs no other attempt."""
        if (remaining := self._with_time_left(saved)) is None:
            _log.warning("%s not subscribed again: the time of a subscription ran out", saved.event)
            return True
        try:
            target, opened = await self._open(saved)
            if saved in self._engine.deferred:  # a client may have ended or replaced it while its host was resolved
                self._engine.resume(remaining, target, opened)
                _log.warning("%s is subscribed again by %s", saved.event, target.socket)
        except RequestError:
            return False  # `restore` has logged why
        return True

    async def _open(self, saved: SavedSubscription) -> tuple[Target, Opened]:
        target = self._engine.parse(saved.source, trusted=saved.trusted)
        opened = await to_thread.run_sync(target.open, abandon_on_cancel=True) if target.blocks else target.open()
        return target, opened

    def _defer(self, saved: SavedSubscription) -> None:
        try:
            self._engine.defer(saved, self._engine.parse(saved.source, trusted=saved.trusted).socket)
        except RequestError:
            self._engine.deferred.add(saved, None)

    def _deferred(self) -> Iterator[SavedSubscription]:
        return (left for each in self._engine.deferred if (left := self._with_time_left(each)) is not None)

    def _with_time_left(self, saved: SavedSubscription) -> SavedSubscription | None:
        """Return a deferred subscription with the time it has left now; None when its time has run out."""
        if saved.left is None:
            return saved
        left = saved.left - (self._clocks.monotonic() - self._restored_at)
        return replace(saved, left=left) if left > 0 else None

    def _is_configured(self, saved: SavedSubscription) -> bool:
        return saved.expire is None and (saved.pattern or saved.event, saved.source) in self._configured
