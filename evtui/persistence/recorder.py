"""Records all that happens in a backend into files.

The watch of the backend is the only queue: while a thread writes, new records wait in the journal. When the thread does
not keep up, the journal replaces records that were not read. The watch counts them, and the recording says where they
are missing. So a slow or full disk delays no delivery, and all memory is bounded by the journal's.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import anyio
from anyio import to_thread
from anyio.lowlevel import checkpoint
from msgspec.structs import replace

from evtui.codecs.recording.line_types import MarkLine
from evtui.codecs.recording.record_lines import PART, BackendStates, mark_line
from evtui.core.clocks import Clocks
from evtui.core.errors import EvtuiError, RecordingError
from evtui.core.known_versions import VERSION
from evtui.core.ports import Backend, SubscriptionState, Watch
from evtui.core.record_marks import RecordMark
from evtui.core.recording_port import RecordingState
from evtui.persistence.recording_switch import RecordingRules
from evtui.storage.recording.recording_writer import Gap, RecordingWriter
from evtui.storage.recording.rotated_files import RotatedFiles

PAUSE: Final = 0.2
"""Seconds between two writes: what `kill -9` may cost."""

RETRY_PAUSE: Final = 2.0
"""Seconds after a write that failed."""

MOST_MARKS: Final = 20_000
"""Marks that wait to be written; of more, the newest."""

_SLOW: Final = "the disk was too slow"
_AWAY: Final = "they did not reach this program"

_log = logging.getLogger(__name__)


SubscriptionWalk: TypeAlias = Callable[[], Iterator[SubscriptionState]]


class Recorder:
    """One recording of a backend. `open` begins it, `run` goes on until `end` is called."""

    def __init__(
        self, backend: Backend, path: Path, rules: RecordingRules, clocks: Clocks, walk: SubscriptionWalk | None = None
    ) -> None:
        """`walk` walks the subscriptions of a backend that is an engine in this process."""
        self._backend = backend
        self._walk = walk
        self._clocks = clocks
        self._path = path
        self._writer = RecordingWriter(RotatedFiles(path, rules.files), rules.size, _program())
        self._watch: Watch | None = None
        self._last: BackendStates | None = None
        """The states that the backend told last."""
        self._lost = 0
        """Records that the recording lacks."""
        self._unread = self._skipped = 0
        """What the watch had lost, and of it skipped, when it was read last."""
        self._marks: deque[MarkLine] = deque(maxlen=MOST_MARKS)
        """Marks that are not written yet."""
        self._marked = anyio.Event()
        self._why = _SLOW
        self._trouble = ""
        self._is_ending = anyio.Event()
        self._ended = anyio.Event()

    @property
    def state(self) -> RecordingState:
        """Describe the recording."""
        return RecordingState(str(self._path), self._writer.records, self._writer.bytes, self._lost, self._trouble)

    async def open(self) -> None:
        """Begin to watch the backend, and make the file.

        raises EvtuiError: the backend cannot be watched, the file cannot be made.
        """
        self._watch = await self._backend.watch()
        try:
            states = await self._states()
            await to_thread.run_sync(self._writer.write, (), states)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._watch.aclose()
            raise

    def mark(self, mark: RecordMark) -> None:
        """Write a mark with what happened until now."""
        self._marks.append(mark_line(mark, self._clocks.wall()))
        self._marked.set()

    async def run(self) -> None:
        """Write what happens until the recording is ended."""
        assert self._watch is not None
        try:
            while not self._is_ending.is_set():
                await self._wait(self._watch)
                await self._write_new(self._watch)
        finally:
            with anyio.CancelScope(shield=True):
                await self._close(self._watch)
            self._ended.set()

    async def end(self) -> RecordingState:
        """Write what happened until now and end the recording."""
        self._is_ending.set()
        await self._ended.wait()
        return self.state

    async def _wait(self, watch: Watch) -> None:
        """Wait for records, then for a moment, so that many are written at once; not when the recording ends."""
        pause = RETRY_PAUSE if self._trouble else PAUSE
        async with anyio.create_task_group() as tasks:

            async def wait_for_end() -> None:
                await self._is_ending.wait()
                tasks.cancel_scope.cancel()

            async def wait_for_mark() -> None:
                await self._marked.wait()
                await self._clocks.sleep(pause)
                tasks.cancel_scope.cancel()

            tasks.start_soon(wait_for_end)
            tasks.start_soon(wait_for_mark)
            await watch.wait()
            await self._clocks.sleep(pause)
            tasks.cancel_scope.cancel()

    async def _write_new(self, watch: Watch) -> None:
        records, marks = watch.read(), tuple(self._marks)
        self._marks.clear()
        self._marked = anyio.Event()
        self._count_unread(watch)
        wall = self._clocks.wall()
        states = await self._states() if self._writer.needs_states(wall) else None
        lost = self._lost - self._writer.told
        gap = Gap(records[0].at if records else wall, lost, self._why) if lost else None
        before = self._writer.records
        try:
            await to_thread.run_sync(self._writer.write, records, states, gap, marks)
        except RecordingError as error:
            self._fail(error, len(records) - (self._writer.records - before))
        else:
            self._recover()

    def _count_unread(self, watch: Watch) -> None:
        lost, skipped = watch.lost, watch.skipped
        if new := lost - self._unread:
            self._lost += new
            self._why = _SLOW if skipped > self._skipped else _AWAY
        self._unread, self._skipped = lost, skipped

    def _fail(self, error: RecordingError, lost: int) -> None:
        """Take note of a write that failed; it is logged once, until writes succeed again."""
        self._lost += lost
        self._why = error.why
        if not self._trouble:
            _log.error("%s; what happens meanwhile is not recorded", error)
        self._trouble = error.why

    def _recover(self) -> None:
        if self._trouble:
            _log.warning("recording %s goes on; it lacks %d records", self._path, self._lost)
        self._trouble = ""

    async def _close(self, watch: Watch) -> None:
        try:
            await self._write_new(watch)
            await to_thread.run_sync(self._writer.close, self._clocks.wall())
        except RecordingError as error:
            self._fail(error, 0)
        finally:
            await watch.aclose()

    async def _states(self) -> BackendStates:
        """Ask the backend how everything stands; while it does not answer, all but the connection stays as it was."""
        wall, monotonic = self._clocks.wall(), self._clocks.monotonic()
        try:
            status, events = await self._backend.status(), await self._backend.events()
            states = BackendStates(wall, monotonic, status, events, await self._subscriptions())
        except EvtuiError as error:
            if self._last is None:
                raise
            status = replace(self._last.status, connected=False, detail=str(error))
            states = replace(self._last, wall=wall, monotonic=monotonic, status=status)
        self._last = states
        return states

    async def _subscriptions(self) -> Sequence[SubscriptionState]:
        """List the subscriptions; those of an engine in this process in parts, between which others get their turn."""
        if self._walk is None:
            return await self._backend.subscriptions()
        found: list[SubscriptionState] = []
        for state in self._walk():
            found.append(state)
            if len(found) % PART == 0:
                await checkpoint()
        return found


def _program() -> str:
    return f"evtui {VERSION}"
