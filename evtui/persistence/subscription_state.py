"""The subscriptions of a run, kept in the state file and made again at the next start."""

import logging
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint
from msgspec.structs import replace

from evtui.config.config_loader import LoadedConfig
from evtui.core.backoff import Backoff
from evtui.core.clocks import Clocks
from evtui.core.errors import BadSettingError, RequestError
from evtui.core.transport import Opened, SavedSubscription, SubscriptionChange, Target
from evtui.engine.engine import Engine
from evtui.persistence.openings import Opening, begin_opening
from evtui.storage.file_lock import take_lock
from evtui.storage.state_file import StateError, read_state, write_state
from evtui.storage.state_journal import Moment, StateJournal
from evtui.transports.name_lookups import open_target

WRITE_PAUSE: Final = 0.1
"""Seconds between two writings: the changes of this time are written together."""

SMALL: Final = 500
"""Subscriptions up to which each change writes the whole file too."""

JOURNAL_LINES: Final = 2
"""Changes in the journal, for each subscription, after which the whole file is written."""

FIRST_REWRITE_PAUSE: Final = 1.0
"""Seconds before a writing that failed is tried again; doubled at each failure, up to `LONGEST_PAUSE`."""

FIRST_PAUSE: Final = 5.0
"""Seconds before deferred subscriptions are tried again; doubled at each attempt, up to `LONGEST_PAUSE`."""
LONGEST_PAUSE: Final = 60.0

ConfiguredSubscriptions: TypeAlias = AbstractSet[tuple[str, str]]
"""Event and socket of the subscriptions that the configuration or the script makes again at each start."""

_T = TypeVar("_T")

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
    """Keeps the subscriptions of an engine in the state file and its journal.

    A change is appended to the journal at once, or as soon as the pause after the last writing is over. While there are
    few subscriptions the file is written each time too, else when its journal has become long. A saved subscription
    that cannot be made at the start is deferred: it is tried again with growing pauses until its time runs out, and the
    file keeps it meanwhile.
    """

    def __init__(self, engine: Engine, file: Path, clocks: Clocks) -> None:
        self._engine = engine
        self._file = file
        self._clocks = clocks
        self._journal = StateJournal(file)
        self._disk = anyio.CapacityLimiter(1)  # of its own: other threads may wait for a name server
        self._writing = anyio.Lock()
        self._trouble = ""
        self._configured: ConfiguredSubscriptions = frozenset()
        self._restored_at = 0.0
        self._pending: dict[int, SavedSubscription] = {}
        """Deferred subscriptions that are still being opened since the start, by identity."""
        self._count = 0
        engine.saved.follow()

    @property
    def trouble(self) -> str:
        """Say why the file could not be written last; empty when it was."""
        return self._trouble

    async def restore(self, tasks: TaskGroup) -> None:
        """Subscribe what the file holds, each for the time it has left.

        Hosts are resolved side by side; those that take long are subscribed when they have resolved, by tasks of the
        group. raises BadSettingError: the file cannot be read.
        """
        try:
            saved = await self._in_thread(
                partial(read_state, self._file, self._clocks.wall(), self._clocks.monotonic())
            )
        except StateError as error:
            raise BadSettingError("engine.state", str(error), "file") from error
        self._restored_at = self._clocks.monotonic()
        parsed = [(each, target) for each in saved if (target := self._parse(each)) is not None]
        openings = await begin_opening([target for _, target in parsed], tasks)
        for (each, target), opening in zip(parsed, openings, strict=True):
            if opening.pending:
                self._engine.defer(each, target.socket)
                self._pending[id(each)] = each
                tasks.start_soon(self._resume_when_open, each, opening)
                continue
            try:
                self._engine.resume(each, target, opening.result())
            except RequestError as error:
                self._defer_for(each, error)

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
        while self._engine.deferred:
            await self._clocks.sleep(backoff.next_pause())
            async with anyio.create_task_group() as tasks:
                for each in self._engine.deferred:
                    if id(each) not in self._pending:
                        tasks.start_soon(self._retry, each)

    async def write(self) -> None:
        """Write the whole file now and begin an empty journal. A failure is logged; the old file stays."""
        async with self._writing:  # two writers would use the same temporary files
            self._engine.reap()
            self._engine.saved.take_changes()  # the list has them; what changes from now on is in the new journal
            base = Moment(self._clocks.wall(), self._clocks.monotonic())
            saved = list(self._deferred())
            for part in self._engine.saved.slices():
                saved += [each for each in part if not self._is_configured(each)]
                await checkpoint()
            self._count = len(saved)
            await self._try_to(partial(self._write_whole, saved, base))

    async def _write_changes(self) -> None:
        pauses = Backoff(FIRST_REWRITE_PAUSE, LONGEST_PAUSE)
        while True:
            if self._trouble:  # the journal does not have all changes any more
                await self._clocks.sleep(pauses.next_pause())
                await self.write()
                continue
            pauses.reset()
            await self._engine.saved.wait_for_change()
            await self._append_changes()  # also before a writing of the file, which takes longer
            if self._count <= SMALL or self._journal.lines > JOURNAL_LINES * self._count:
                await self.write()
            await self._clocks.sleep(WRITE_PAUSE)

    async def _append_changes(self) -> None:
        async with self._writing:
            changes = self._kept(self._engine.saved.take_changes())
            if changes:
                now = self._clocks.monotonic()
                await self._try_to(partial(self._journal.append, changes, now, sync=self._count > SMALL))

    def _kept(self, changes: Sequence[SubscriptionChange]) -> Sequence[SubscriptionChange]:
        """Describe changes as the file keeps them: without what is configured, with what is deferred."""
        deferred: dict[tuple[str, str, bool], SavedSubscription] = {}
        if any(change.saved is None for change in changes):
            deferred = {(each.event, each.source, each.is_wildcard): each for each in self._deferred()}
        return [
            replace(change, saved=deferred.get((change.event, change.source, change.is_wildcard)))
            if change.saved is None or self._is_configured(change.saved)
            else change
            for change in changes
        ]

    def _write_whole(self, saved: Sequence[SavedSubscription], base: Moment) -> None:
        write_state(self._file, saved, base.wall)
        self._journal.start(base)

    async def _try_to(self, write: Callable[[], None]) -> None:
        """Write in a thread; log when that begins and ends to fail."""
        trouble = ""
        try:
            await self._in_thread(write)
        except StateError as error:
            trouble = str(error)
        except OSError as error:
            trouble = str(StateError(self._file, error.strerror or str(error)))
        if trouble and not self._trouble:
            _log.error("%s: the subscriptions are not kept until it can be written", trouble)
        elif self._trouble and not trouble:
            _log.warning("state %s: the subscriptions are kept again", self._file)
        self._trouble = trouble

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await to_thread.run_sync(work, limiter=self._disk)

    async def _resume_when_open(self, saved: SavedSubscription, opening: Opening) -> None:
        """Subscribe what the start did not wait for."""
        await opening.ended.wait()
        del self._pending[id(saved)]
        try:
            self._resume(saved, opening.target, opening.result())
        except RequestError as error:
            _log_deferred(saved, error)

    async def _retry(self, saved: SavedSubscription) -> None:
        """Try a deferred subscription again."""
        if self._with_time_left(saved) is None:
            _log.warning("%s not subscribed again: the time of a subscription ran out", saved.event)
            self._engine.deferred.discard(saved)
            return
        with suppress(RequestError):  # `restore` has logged why
            target = self._engine.parse(saved.source, trusted=saved.trusted)
            self._resume(saved, target, await open_target(target))

    def _resume(self, saved: SavedSubscription, target: Target, opened: Opened) -> None:
        """Make a deferred subscription, unless a client has ended or replaced it while its host was resolved.

        raises RequestError.
        """
        remaining = self._with_time_left(saved)
        if saved in self._engine.deferred and remaining is not None:
            self._engine.resume(remaining, target, opened)
            self._engine.deferred.discard(saved)
            _log.warning("%s is subscribed again by %s", saved.event, target.socket)

    def _parse(self, saved: SavedSubscription) -> Target | None:
        """Understand a saved subscription's socket; one that is wrong is deferred."""
        try:
            return self._engine.parse(saved.source, trusted=saved.trusted)
        except RequestError as error:
            self._defer_for(saved, error)
            return None

    def _defer_for(self, saved: SavedSubscription, error: RequestError) -> None:
        _log_deferred(saved, error)
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


def _log_deferred(saved: SavedSubscription, error: RequestError) -> None:
    _log.warning("%s not subscribed again yet, trying again later: %s", saved.event, error)
