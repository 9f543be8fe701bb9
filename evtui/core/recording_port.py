"""What front ends know of recordings: one that is being written, and one that is shown."""

from typing import Final, Protocol

from msgspec import Struct

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

    async def end(self) -> RecordingState | None:
        """End the recording, when all that happened until now is written; returns it as it ended."""
        ...
