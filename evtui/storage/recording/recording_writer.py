"""Writes records into the files of a recording. It is used by one thread at a time; every method blocks."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct

from evtui.codecs.recording.line_json import encode_line
from evtui.codecs.recording.line_types import VERSION, AnyLine, EndLine, GapLine, HeaderLine, MarkLine
from evtui.codecs.recording.record_lines import BackendStates, RecordLines
from evtui.core.errors import RecordingError
from evtui.core.records import Record
from evtui.storage.recording.recording_file import RecordingFile
from evtui.storage.recording.rotated_files import RotatedFiles

CHUNK: Final = 1000
"""Records in one write."""

_PART_BYTES: Final = 256 * 1024
_PART_STATES: Final = 4
"""A state line is due after so many bytes of records, and after so many times the bytes that the last one took: states
take at most a fifth of a file, and a reader that begins at one reads little to reach any moment."""

_QUIET_SECONDS: Final = 10.0
"""After so many seconds a state line is due sooner: once records took as many bytes as the last one."""


class Gap(Struct, frozen=True):
    """Records that a recording lacks."""

    wall: float
    """When it was noticed."""
    lost: int
    reason: str


class RecordingWriter:
    """The files of one recording, and what is in the current one."""

    def __init__(self, files: RotatedFiles, max_bytes: int, program: str) -> None:
        """`max_bytes` is the size from which on the next file is begun."""
        self._files = files
        self._max_bytes = max_bytes
        self._program = program
        self._file: RecordingFile | None = None
        self._lines = RecordLines()
        self._state_bytes = 0
        self._since_state = 0
        self._state_at = 0.0
        self._is_broken = False
        """Whether records are missing since the last state line."""
        self.records = 0
        """Records written, in all files."""
        self.told = 0
        """Lost records that gaps tell."""
        self.bytes = 0
        """Bytes of all files that were written, those that are not kept any more included."""

    def needs_states(self, wall: float) -> bool:
        """Say whether the states of the backend are to be given to the next write."""
        if self._file is None or self._is_broken or self._is_full(self._file):
            return True
        written, state = self._since_state, self._state_bytes
        is_late = wall - self._state_at >= _QUIET_SECONDS and written >= state
        return is_late or written >= max(_PART_BYTES, _PART_STATES * state)

    def write(
        self, records: Sequence[Record], states: BackendStates | None, gap: Gap | None = None,
        marks: Sequence[MarkLine] = (),
    ) -> None:  # fmt: skip
        """Write records, behind them marks, and how the backend stands now.

        `gap` says what is missing before the records. raises RecordingError: what was not written is lost, and the next
        write needs states.
        """
        try:
            self._write(records, states, gap, marks)
        except OSError as error:
            self._is_broken = True
            raise RecordingError(str(self._files.path), error.strerror or str(error)) from error
        except RecordingError:
            self._is_broken = True
            raise

    def close(self, wall: float) -> None:
        """End the file. raises RecordingError."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            file.write(_encode([EndLine(wall, self._lines.records)]))
        except OSError as error:
            raise RecordingError(str(self._files.path), error.strerror or str(error)) from error
        finally:
            file.close()

    def _write(
        self, records: Sequence[Record], states: BackendStates | None, gap: Gap | None, marks: Sequence[MarkLine]
    ) -> None:
        if self._file is None:
            assert states is not None
            self._begin_file(states)
            states = None
        if gap is not None:
            self._append(self._file_now(), [GapLine(gap.wall, gap.lost, gap.reason)])
            self.told += gap.lost
        for first in range(0, len(records), CHUNK):
            self._write_records(records[first : first + CHUNK])
        if marks:
            self._append(self._file_now(), marks)
        if states is None:
            return
        if self._is_full(self._file_now()):
            self.close(states.wall)
            self._begin_file(states)
        else:
            self._write_states(states)

    def _is_full(self, file: RecordingFile) -> bool:
        """Say whether the next file is due; one without records is not full, however large its states are."""
        return file.size >= self._max_bytes and self._lines.records > 0

    def _begin_file(self, states: BackendStates) -> None:
        """Begin the next file with the catalogue and with how everything stands."""
        file = self._files.open_next()
        self._file, self._lines = file, RecordLines()
        events = tuple(state.event for state in states.events)
        self._append(file, [HeaderLine(states.wall, VERSION, self._program, states.status.source, events)])
        self._write_states(states)

    def _write_states(self, states: BackendStates) -> None:
        self._state_bytes = self._append(self._file_now(), self._lines.state(states))
        self._since_state, self._state_at, self._is_broken = 0, states.wall, False

    def _write_records(self, records: Sequence[Record]) -> None:
        before = self._lines.records
        lines = chain.from_iterable(map(self._lines.record, records))
        try:
            self._since_state += self._append(self._file_now(), lines)
        except OSError:
            self._lines.records = before
            self._lines.forget_plans()
            raise
        self.records += len(records)

    def _append(self, file: RecordingFile, lines: Iterable[AnyLine]) -> int:
        """Append lines; returns how many bytes they are before they are compressed."""
        batch, before = _encode(lines), file.size
        file.write(batch)
        self.bytes += file.size - before
        return len(batch)

    def _file_now(self) -> RecordingFile:
        assert self._file is not None
        return self._file


def _encode(lines: Iterable[AnyLine]) -> bytes:
    return b"".join([encode_line(line) + b"\n" for line in lines])
