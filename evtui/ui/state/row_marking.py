"""Marks rows of the stream, and keeps the marks with the recording that is written or shown."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from evtui.core.record_marks import MarksByRecord, RecordMark, key_of
from evtui.core.recording_port import Playback, Recordings
from evtui.core.records import Raised, Record, Settled, raise_key, server_of
from evtui.core.values import Socket
from evtui.ui.stream.marks import BY_HAND
from evtui.ui.stream.stream_rows import StreamRow, socket_of
from evtui.ui.stream.stream_view import StreamView

_NOTHING: Final = (0, False)


class RowMarking:
    """Marks rows, and finds those that a recording says are marked."""

    def __init__(self, stream: StreamView) -> None:
        self.recordings: Recordings | None = None
        """What records what happens; None where there is nothing to record."""
        self.playback: Playback | None = None
        """The recording that is shown; None where what happens now is shown."""
        self._stream = stream
        self._own: MarksByRecord = {}
        """What was marked or unmarked while a recording is shown: it stays when that moves to another place."""
        self._number = 0
        """The number of the first row that was not looked up in the recording's marks yet."""
        self._known = _NOTHING
        """How many marks of the recording were known when its rows were looked up, and whether they were all."""

    def mark(self, rows: Iterable[StreamRow], by: str = BY_HAND) -> int:
        """Mark rows that the journal holds; returns how many were marked that were not before."""
        added = 0
        for row in rows:
            if self._stream.rows.find(row.number) is not None and self._stream.marks.add((row.number,), by):
                added += 1
                self._note(row, by)
        return added

    def unmark(self, row: StreamRow) -> None:
        """Take the mark of a row away."""
        self._stream.marks.remove(row.number)
        self._note(row, "")

    def unmark_all(self) -> int:
        """Take all marks away; returns how many there were."""
        rows = self._stream.marked_rows()
        for row in rows:
            self._note(row, "")
        self._stream.marks.clear()
        return len(rows)

    def mark_record(self, record: Record, socket: Socket | None, by: str) -> bool:
        """Mark the row of a record, of one subscriber where one is given; returns whether it was found."""
        for number in self._rows_of(record, socket):
            place = self._stream.rows.find(number)
            if place is not None:
                self.mark((self._stream.rows[place],), by)
                return True
        return False

    def _rows_of(self, record: Record, socket: Socket | None) -> Iterator[int]:
        """List the numbers of the rows of a record; a queued delivery that ended is a row of its raise."""
        rows, by_socket = self._stream.rows, {} if socket is None else {str(socket): BY_HAND}
        if isinstance(record, Settled):
            for number in self._stream.deliveries.numbers((raise_key(record),), retrying=False):
                which = bisect_left(rows.numbers, number)
                if which < len(rows.numbers) and rows.numbers[which] == number:
                    yield from (each for each, _ in _numbers(rows.records[which], number, by_socket))
        if server_of(record):  # the clocks of servers differ, so that their records are not in the order of their times
            for place in reversed(range(len(rows.records))):
                if rows.records[place] is record:
                    number = rows.numbers[place]
                    yield next((each for each, _ in _numbers(record, number, by_socket)), number)
                    return
            return
        wanted = key_of(record)
        first = bisect_left(rows.records, record.at, key=_at)
        for which in range(first, len(rows.records)):
            if rows.records[which].at > record.at:
                break
            if rows.records[which] is record or key_of(rows.records[which]) == wanted:
                number = rows.numbers[which]
                found = [each for each, _ in _numbers(rows.records[which], number, by_socket)] if by_socket else []
                yield found[0] if found else number

    def start_over(self) -> None:
        """Look the marks up again: the recording is at another place."""
        self._number, self._known = 0, _NOTHING

    def take_recorded(self) -> None:
        """Mark the rows that the recording which is shown says are marked."""
        if self.playback is None:
            return
        rows, known = self._stream.rows, self.playback.marks
        if (told := (len(known), self.playback.state.progress is None)) != self._known:
            self._known, self._number = told, 0
            self._stream.marks.clear()
        for which in range(bisect_left(rows.numbers, self._number), len(rows.records)):
            key = key_of(rows.records[which])
            marks = {**known.get(key, {}), **self._own.get(key, {})}
            for number, by in _numbers(rows.records[which], rows.numbers[which], marks):
                if by:
                    self._stream.marks.add((number,), by)
        self._number = self._stream.numbered

    def _note(self, row: StreamRow, by: str) -> None:
        socket = socket_of(row)
        mark = RecordMark(key_of(row.record), "" if socket is None else str(socket), by)
        if self.recordings is not None:
            self.recordings.mark(mark)
        if self.playback is not None:
            self._own.setdefault(mark.key, {})[mark.socket] = by


def _at(record: Record) -> float:
    return record.at


def _numbers(record: Record, number: int, marks: dict[str, str]) -> Iterator[tuple[int, str]]:
    """List the numbers of the rows of a record that are marked, and what marked them; its first row has a number."""
    if not isinstance(record, Raised) or not record.plan.size:
        yield from ((number, by) for by in marks.values())
        return
    if not marks:
        return
    place = number
    for group in record.plan.groups:
        for socket in group.sockets:
            if (by := marks.get(str(socket))) is not None:
                yield place, by
            place += 1
