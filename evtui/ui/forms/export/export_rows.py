"""Write rows of the stream to a file, in parts, so that the console goes on meanwhile.

Rows are made in the thread that writes them, `AT_ONCE` at a time, by one walk over all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, Literal, TypeAlias

from anyio import to_thread

from evtui.ui.forms.export.export_file import ExportFile
from evtui.ui.forms.export.row_members import row_json
from evtui.ui.forms.export.row_table import RowTable
from evtui.ui.stream.stream_rows import StreamRow

ExportFormat: TypeAlias = Literal["jsonl", "csv"]

AT_ONCE: Final = 500
"""Rows of a part: some 10 ms."""

Progress: TypeAlias = Callable[[int], object]
"""Called with the number of rows that are written."""


async def export_rows(
    rows: Sequence[StreamRow], path: Path, form: ExportFormat, *, replace: bool, progress: Progress
) -> None:
    """Write rows to a new file, or with `replace` to one that exists; when it is cancelled, nothing is left of it.

    raises OSError: it cannot be written.
    """
    table = RowTable() if form == "csv" else None
    if table is not None:
        walk = iter(rows)
        while await to_thread.run_sync(_gather, table, walk):
            pass
    file = await to_thread.run_sync(lambda: ExportFile(path, replace=replace))
    try:
        if table is not None:
            file.write([table.header()])
        walk, written = iter(rows), 0
        while part := await to_thread.run_sync(_write, file, table, walk):
            progress(written := written + part)
        await to_thread.run_sync(file.keep)
    except BaseException:
        file.discard()
        raise


def _gather(table: RowTable, walk: Iterator[StreamRow]) -> int:
    part = list(islice(walk, AT_ONCE))
    table.gather(part)
    return len(part)


def _write(file: ExportFile, table: RowTable | None, walk: Iterator[StreamRow]) -> int:
    part = list(islice(walk, AT_ONCE))
    file.write(f"{row_json(row)}\n" if table is None else table.line(row) for row in part)
    return len(part)
