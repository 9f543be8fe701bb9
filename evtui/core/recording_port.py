"""What front ends know of recordings: one that is being written, and one that is shown."""

from collections.abc import Callable
from typing import Final, Protocol

from msgspec import Struct

from evtui.core.record_marks import MarksByRecord, RecordMark

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 100.0)
"""The speeds of a recording that is shown, as times of real time."""


class RecordingState(Struct, frozen=True):
    """A recording that is being written."""

    path: str
    records: int = 0
    bytes: int = 0
    """Bytes written, those of files that are not kept any more included."""
    lost: int = 0
    """Records that it lacks."""
    trouble: str = ""
    """Why nothing can be written now; empty while all is well."""


class Hole(Struct, frozen=True):
    """A time of which a recording in several files tells nothing. Times are wall seconds."""

    since: float
    until: float
    reason: str

    def span(self, tell: Callable[[float], str]) -> str:
        """Say from when to when, and why; `tell` writes a time."""
        return f"{tell(self.since)} to {tell(self.until)}, {self.reason}"


class PlaybackState(Struct, frozen=True):
    """A recording that is shown. Times are wall seconds of the recording."""

    name: str
    position: float
    begin: float
    end: float
    """The last moment that is known: all of the file is only known once it was read."""
    speed: float = 1.0
    is_paused: bool = False
    record: int = 0
    """Records until the position."""
    records: int = 0
    """Records that are known."""
    progress: float | None = None
    """Which part of the file was read; None when that is all of it."""
    damage: str = ""
    """Where it cannot be read any further, and why; empty when it can."""
    holes: tuple[Hole, ...] = ()
    """What its files do not tell."""


class Playback(Protocol):
    """Moves in a recording that is shown."""

    @property
    def state(self) -> PlaybackState:
        """Say where it is."""
        ...

    @property
    def marks(self) -> MarksByRecord:
        """Return the marks that are known: all are only known once the file was read."""
        ...

    def play(self, *, is_paused: bool) -> None:
        """Go on, or stand still; at the end it always stands still."""
        ...

    def set_speed(self, speed: float) -> None:
        """Go on at so many times the speed of real time."""
        ...

    async def step(self, records: int) -> None:
        """Go so many records forward, or back when negative, and stand still there."""
        ...

    async def jump(self, time: float) -> None:
        """Go to a moment, in wall seconds: before the begin is the begin, after the end is the end."""
        ...

    def on_moved(self, call: Callable[[], object]) -> None:
        """Call a function whenever it moved to another place: what was read before is not what came before it."""
        ...

    def on_stopped(self, call: Callable[[], object]) -> None:
        """Call a function whenever it came to stand still, by a key, after a step, or at the end."""
        ...


class Recordings(Protocol):
    """Begins and ends recordings of a backend; one at a time."""

    @property
    def state(self) -> RecordingState | None:
        """Return the recording that is being written; None when there is none."""
        ...

    async def begin(self, path: str) -> RecordingState:
        """Begin to record into a file, and into its next ones.

        raises EvtuiError: the backend cannot be watched, the file cannot be made or is not a recording.
        """
        ...

    def mark(self, mark: RecordMark) -> None:
        """Record a mark; without a recording that is being written do nothing."""
        ...

    async def end(self) -> RecordingState | None:
        """End the recording, when all that happened until now is written; returns it as it ended."""
        ...
