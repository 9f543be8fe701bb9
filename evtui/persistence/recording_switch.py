"""Begins and ends recordings of a backend, one at a time. What records is loaded at the first one."""

from pathlib import Path
from typing import TYPE_CHECKING

from anyio.abc import TaskGroup
from msgspec import Struct

from evtui.core.clocks import Clocks
from evtui.core.errors import EvtuiError, RecordingError
from evtui.core.ports import Backend
from evtui.core.record_marks import RecordMark
from evtui.core.recording_port import RecordingState

if TYPE_CHECKING:
    from evtui.persistence.recorder import Recorder, SubscriptionWalk


class RecordingRules(Struct, frozen=True):
    """The bounds of recordings."""

    size: int
    """Bytes of a file from which on the next one is begun."""
    files: int
    """Files that are kept."""


class RecordingSwitch:
    """Satisfies `core.recording_port.Recordings`. A recording that was not ended ends when its tasks are cancelled."""

    def __init__(
        self, backend: Backend, tasks: TaskGroup, rules: RecordingRules, clocks: Clocks,
        walk: "SubscriptionWalk | None" = None,
    ) -> None:  # fmt: skip
        """`walk` walks the subscriptions of a backend that is an engine in this process."""
        self._backend = backend
        self._tasks = tasks
        self._rules = rules
        self._clocks = clocks
        self._walk = walk
        self._recorder: Recorder | None = None

    @property
    def state(self) -> RecordingState | None:
        """Return the recording that is being written; None when there is none."""
        return None if self._recorder is None else self._recorder.state

    async def begin(self, path: str) -> RecordingState:
        """Begin to record into a file.

        raises RecordingError, BackendError.
        """
        if self._recorder is not None:
            raise RecordingError(path, f"{self._recorder.state.path} is being written: end that recording first")
        from evtui.persistence.recorder import Recorder

        recorder = self._recorder = Recorder(self._backend, Path(path), self._rules, self._clocks, self._walk)
        try:
            await recorder.open()
        except BaseException:
            self._recorder = None
            raise
        self._tasks.start_soon(recorder.run)
        return recorder.state

    def mark(self, mark: RecordMark) -> None:
        """Record a mark, if something is recorded."""
        if self._recorder is not None:
            self._recorder.mark(mark)

    async def end(self) -> RecordingState | None:
        """End the recording when all that happened until now is written; returns it as it ended."""
        recorder = self._recorder
        if recorder is None:
            return None
        state = await recorder.end()
        self._recorder = None
        return state


async def begin_recording(recordings: RecordingSwitch, file: str | None) -> tuple[str, ...]:
    """Begin the recording that the configuration asks for; returns why that is not possible."""
    if file is None:
        return ()
    try:
        await recordings.begin(file)
    except EvtuiError as error:
        return (f"nothing is recorded: {error}",)
    return ()
