"""A mark of a record, named by what the record says, so that it can be found again in another process."""

from typing import TypeAlias

from msgspec import Struct

from evtui.core.records import Raised, Record, Settled, event_of

RecordKey: TypeAlias = tuple[float, str, str, int | None]
"""Wall seconds, kind, event and serial of a record."""

MarksByRecord: TypeAlias = dict[RecordKey, dict[str, str]]
"""What marked the subscribers of records, by their sockets as listings print them; of no subscriber: an empty text."""


class RecordMark(Struct, frozen=True):
    """That a record was marked, or that its mark was taken away."""

    key: RecordKey
    socket: str = ""
    """Of the subscriber whose delivery was marked, as listings print it; empty when the record is about none."""
    by: str = ""
    """What marked it: `hand`, or the name of a watch rule; empty when the mark was taken away."""


def key_of(record: Record) -> RecordKey:
    """Return what tells a record from all others."""
    serial = record.serial if isinstance(record, Raised | Settled) else None
    return record.at, type(record).__name__.lower(), event_of(record), serial


def apply_mark(marks: MarksByRecord, mark: RecordMark) -> None:
    """Add a mark, or take one away."""
    if mark.by:
        marks.setdefault(mark.key, {})[mark.socket] = mark.by
    elif mark.key in marks:
        marks[mark.key].pop(mark.socket, None)
        if not marks[mark.key]:
            del marks[mark.key]
