"""A recording in several files, as rotation leaves them: the oldest is read first, and each begins with all states."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from evtui.backends.recording.recorded_bytes import MAX_RESUMES, RecordedBytes
from evtui.backends.recording.recorded_lines import Damage
from evtui.core.errors import RecordingError
from evtui.core.recording_port import Hole
from evtui.storage.recording.rotated_files import rotated_parts


class RecordedSource(Protocol):
    """All of a recording: one file, or several."""

    @property
    def path(self) -> Path:
        """Return the path of the newest file."""
        ...

    @property
    def parts(self) -> Sequence[RecordedBytes]:
        """Return its files, oldest first."""
        ...

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        ...

    @property
    def reached(self) -> int:
        """Return how many of them were read at least once."""
        ...


class RecordedSet:
    """The files that rotation left of one recording; satisfies `RecordedSource`."""

    def __init__(self, path: Path) -> None:
        """Find the files of the recording that ends with a file, and look at each. Blocks.

        raises RecordingError: one cannot be read.
        """
        self.path = path
        try:
            found = rotated_parts(path)
        except OSError as error:
            raise RecordingError(str(path), error.strerror or str(error)) from error
        # All files together keep as many copies of a decompressor as one does.
        resumes = MAX_RESUMES // len(found)
        self.parts = tuple(RecordedBytes(part.path, part.missing, resumes) for part in found)

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(part.size for part in self.parts)

    @property
    def reached(self) -> int:
        """Return how many of them were read at least once."""
        return sum(part.reached for part in self.parts)


class PartEnd:
    """How the files until now ended: what a hole before the next one is told from."""

    def __init__(self) -> None:
        self.time: float | None = None
        """Wall seconds of the last line; None before the first file."""
        self.is_ended = False
        """Whether the last line is an end."""
        self.name = ""
        self.damage: Damage | None = None

    def begin(self, part: RecordedBytes) -> None:
        """Begin the next file."""
        self.name, self.is_ended, self.damage = part.path.name, False, None

    def take(self, time: float, *, is_end: bool) -> None:
        """Take a line."""
        self.time = time if self.time is None else max(self.time, time)
        self.is_ended = is_end

    def hole_before(self, part: RecordedBytes, begin: float) -> Hole | None:
        """Say what is missing between these files and the next one, which begins at a wall second."""
        if self.time is None:
            return None
        if part.missing:
            why = f"{part.missing} {'are' if ' ' in part.missing else 'is'} missing"
        elif self.damage is not None:
            why = f"{self.name} is damaged at {self.damage}"
        elif not self.is_ended:
            why = f"{self.name} has no end: the program was killed"
        elif begin > self.time:
            why = "nothing was recorded"
        else:
            return None
        return Hole(self.time, max(begin, self.time), why)
