"""Raises from a file: CSV with a header, or a JSON value a line (JSONL); each row is one raise, read as it is reached.

The columns or members are the attributes, in their order; `event` chooses the event of its row. Values are taken as
they are: nothing in a file is a placeholder. Of an export or a recording each raise is one row, however many
subscribers it had.
"""

import csv
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from anyio import to_thread

from evtui.codecs.jsonvalue import Json, Members, decode_text, loads, to_params
from evtui.codecs.quickline import parse_words
from evtui.core.errors import BadMessageError, BadParamsError, EvtuiError, RequestError
from evtui.core.values import NO_PARAMS, Params, Value, check_event_name
from evtui.raising.export_table import ExportTable, is_export
from evtui.raising.folded_lines import FoldedLines
from evtui.raising.raise_run import AnyStep, BadStep, SkippedStep, Step
from evtui.raising.raise_template import RaiseRequest

MAX_LINE: Final = 1 << 20
"""Bytes of the longest line that is read; a longer one is a bad line."""

EVENT_COLUMN: Final = "event"
_PARAMS_MEMBER: Final = "params"
_AT_ONCE: Final = 100
"""Rows that are read in one visit to the thread that reads."""
_BLANKS: Final = b" \t\r\n\xef\xbb\xbf"


class RaiseFileError(RequestError):
    """A file that cannot be opened or has no usable header."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class _LongLineError(csv.Error):
    """A line is longer than `MAX_LINE`."""

    def __init__(self) -> None:
        super().__init__(f"the line is longer than {MAX_LINE:,} bytes")


def open_rows(path: str, file: BinaryIO, event: str | None) -> Iterator[AnyStep]:
    """Walk the rows of an open file, which is JSONL when its first sign is a bracket, else CSV. Blocks.

    `event` is the event of rows that name none; `path` is named in errors.
    raises RaiseFileError: the header of a CSV file is wrong, or, during the walk, the file cannot be read.
    """
    lines = _Lines(file)
    try:
        is_json = lines.peek().lstrip(_BLANKS)[:1] in {b"{", b"["}
        rows = _json_rows(lines, event) if is_json else _csv_rows(lines, event)
    except OSError as error:
        raise RaiseFileError(path, error.strerror or str(error)) from error
    except BadParamsError as error:
        raise RaiseFileError(path, error.why) from error
    return _guarded(path, rows)


async def file_steps(path: Path, event: str | None) -> AsyncGenerator[AnyStep]:
    """Walk the rows of the file at a path, as `open_rows` does.

    Reading is done in a thread, some rows at a time, so that a slow file holds up nothing else.
    raises RaiseFileError: the file cannot be opened or read, or its header is wrong.
    """
    try:
        file = await to_thread.run_sync(_open, path, abandon_on_cancel=True)
    except OSError as error:
        raise RaiseFileError(str(path), error.strerror or str(error)) from error
    with closing(file):
        rows = await to_thread.run_sync(partial(open_rows, str(path), file, event), abandon_on_cancel=True)
        while found := await to_thread.run_sync(partial(_take, rows), abandon_on_cancel=True):
            for row in found:
                yield row


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _take(rows: Iterator[AnyStep]) -> list[AnyStep]:
    return list(islice(rows, _AT_ONCE))


def _guarded(path: str, rows: Iterator[AnyStep]) -> Iterator[AnyStep]:
    try:
        yield from rows
    except OSError as error:
        raise RaiseFileError(path, error.strerror or str(error)) from error


class _Lines:
    """The lines of a file with their numbers. One that is too long is skipped to its end, and reported as an error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._next: bytes | None = None
        self.number = 0
        """The number of the line that was returned last, from 1."""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        """Return the next line. raises _LongLineError: it is too long, and was skipped."""
        line, self._next = self._read() if self._next is None else self._next, None
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > MAX_LINE:
            while not line.endswith(b"\n") and (line := self._read()):
                pass
            raise _LongLineError
        return decode_text(line.removeprefix(b"\xef\xbb\xbf") if self.number == 1 else line)

    def peek(self) -> bytes:
        """Return the beginning of the next line."""
        if self._next is None:
            self._next = self._read()
        return self._next

    def _read(self) -> bytes:
        return self._file.readline(MAX_LINE + 1)


def _json_rows(lines: _Lines, event: str | None) -> Iterator[AnyStep]:
    folded = FoldedLines(attributes_alone=True)
    while True:
        try:
            line = next(lines)
            if not line.strip():
                continue
            value = loads(line)
            if isinstance(value, Members) and (why := folded.why_skipped(dict(value))) is not None:
                yield SkippedStep(lines.number, why)
            else:
                yield Step(lines.number, _json_request(value, event))
        except StopIteration:
            return
        except (EvtuiError, csv.Error) as error:
            yield BadStep(lines.number, str(error))


def _json_request(value: Json, event: str | None) -> RaiseRequest:
    match value:
        case Members():
            return _members_request(value, event)
        case list():
            return RaiseRequest(_checked(event), to_params(value))
        case _:
            raise BadMessageError("a line is an object of attributes, or an array of values")


def _members_request(members: Members, event: str | None) -> RaiseRequest:
    """Read a line as `raise --stdin-jsonl` and an export have it, `{"event":…,"params":…}`, or as bare attributes."""
    found = dict(members)
    name = found.get(EVENT_COLUMN, event)
    if name is not None and not isinstance(name, str):
        raise BadParamsError('"event" is a text')
    params = found.get(_PARAMS_MEMBER)
    if isinstance(params, list | Members):
        return RaiseRequest(_checked(name), to_params(params))
    pairs = [(key, item) for key, item in members if key != EVENT_COLUMN]
    return RaiseRequest(_checked(name), to_params(Members(pairs)) if pairs else NO_PARAMS)


def _csv_rows(lines: _Lines, event: str | None) -> Iterator[AnyStep]:
    reader = csv.reader(lines, strict=True)
    header: list[str] = []
    try:
        header = next(reader, header)
    except csv.Error as error:
        raise BadParamsError(f"line 1: {error}") from error
    if is_export(header):
        return _csv_walk(reader, lines, ExportTable(header).step)
    _check_header(header, event)
    return _csv_walk(reader, lines, lambda number, row: Step(number, _csv_request(header, row, event)))


def _csv_walk(
    reader: "Iterator[list[str]]", lines: _Lines, read: Callable[[int, Sequence[str]], AnyStep]
) -> Iterator[AnyStep]:
    while True:
        number = lines.number + 1
        try:
            row = next(reader)
            if row:
                yield read(number, row)
        except StopIteration:
            return
        except (EvtuiError, csv.Error) as error:
            yield BadStep(number, str(error))


def _check_header(header: Sequence[str], event: str | None) -> None:
    if not header:
        raise BadParamsError("it is empty: the first line of a CSV file names the attributes")
    for place, name in enumerate(header, 1):
        if not name.removesuffix(":"):
            raise BadParamsError(f"line 1: column {place} has no name")
    if event is None and EVENT_COLUMN not in header:
        raise BadParamsError(f"line 1: there is no column {EVENT_COLUMN!r}, and no EVENT was named")


def _csv_request(header: Sequence[str], row: Sequence[str], event: str | None) -> RaiseRequest:
    if len(row) != len(header):
        raise BadParamsError(f"it has {len(row):,} cells, the header has {len(header):,}")
    names: list[str] = []
    values: list[Value] = []
    for name, cell in zip(header, row, strict=True):
        if name == EVENT_COLUMN:
            event = cell or event
        elif not name.endswith(":"):
            names.append(name)
            values.append(cell)
        elif cell.strip():
            names.append(name[:-1])
            values.append(_json_cell(name[:-1], cell))
    return RaiseRequest(_checked(event), Params(tuple(values), tuple(names)))


def _json_cell(name: str, cell: str) -> Value:
    try:
        return parse_words([f":={cell}"]).values[0]
    except BadParamsError as error:
        raise BadParamsError(f"{name}: {cell[:40]!r} is not JSON") from error


def _checked(event: str | None) -> str:
    if event is None:
        raise BadParamsError(f"it names no {EVENT_COLUMN!r}, and no EVENT was named")
    return check_event_name(event)
