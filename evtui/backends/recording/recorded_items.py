"""What happened in a recording, item by item from a place on; it is read in a thread, one at a time."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, TypeAlias

from evtui.backends.recording.recorded_bytes import RecordedBytes
from evtui.backends.recording.recorded_lines import Damage, DamagedError, RecordedLine, read_lines
from evtui.backends.recording.recorded_set import PartEnd, RecordedSource
from evtui.backends.recording.recording_index import StatePlace
from evtui.codecs.recording.line_items import Item, LineItems
from evtui.codecs.recording.line_json import decode_line
from evtui.codecs.recording.line_types import VERSION, EndLine, HeaderLine
from evtui.core.errors import BadMessageError, RecordingError, RequestError
from evtui.core.recording_port import Hole


class HoleItem(NamedTuple):
    """The next file of the recording begins, and what is missing before it; nothing of the file before goes on."""

    time: float
    hole: Hole | None


FileItem: TypeAlias = Item | HoleItem


class RecordedItems:
    """Reads the items from a place on, or from the start."""

    def __init__(self, source: RecordedSource, place: StatePlace | None = None) -> None:
        self.damage: Damage | None = None
        """Where nothing can be read any more, and why."""
        self._items = self._read(source, place)

    def take(self, most: int) -> list[FileItem]:
        """Read the next items; none at the end. Blocks."""
        return list(islice(self._items, most))

    def _read(self, source: RecordedSource, place: StatePlace | None) -> Iterator[FileItem]:
        """Read one file after the other; what cannot be read of one is missing, and the next one is read."""
        before = PartEnd()
        first = 0 if place is None else place.part
        for part in source.parts[first:]:
            self.damage = None
            is_resumed = place is not None and before.time is None
            lines = read_lines(part, place.offset, place.line) if place and is_resumed else read_lines(part)
            if is_resumed:
                before.begin(part)
            yield from self._read_part(part, lines, before)
            before.damage = self.damage

    def _read_part(self, part: RecordedBytes, lines: Iterator[RecordedLine], before: PartEnd) -> Iterator[FileItem]:
        found, number = LineItems(), 0
        try:
            for raw in lines:
                number = raw.number
                line = decode_line(raw.text)
                if number == 1:
                    yield from _begun(part, line.time, before)
                before.take(line.time, is_end=isinstance(line, EndLine))
                yield from found.take(line)
        except DamagedError as error:
            self.damage = error.damage
        except (BadMessageError, RequestError) as error:
            self.damage = Damage(number, str(error))
        yield from found.finish()


def read_header(source: RecordedBytes) -> HeaderLine:
    """Read the first line.

    raises RecordingError: it is not the header of a recording that this program can read.
    """
    path = str(source.path)
    try:
        first: RecordedLine | None = next(read_lines(source), None)
        line = None if first is None else decode_line(first.text)
    except BadMessageError as error:
        raise RecordingError(path, f"it is not a recording: {error}") from error
    if not isinstance(line, HeaderLine):
        raise RecordingError(path, "it is not a recording: it has no header")
    if line.recording > VERSION:
        raise RecordingError(path, f"its version is {line.recording}; this program reads versions up to {VERSION}")
    return line


def _begun(part: RecordedBytes, time: float, before: PartEnd) -> Iterator[HoleItem]:
    if before.time is not None:
        yield HoleItem(time, before.hole_before(part, time))
    before.begin(part)
