"""Write rows of the stream to a file, in parts, so that the console goes on meanwhile."""

from collections.abc import Callable, Iterator, Sequence
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
    table = RowTable()
    if form == "csv":
        for start in range(0, len(rows), AT_ONCE):
            await to_thread.run_sync(_gather, table, rows, start)
    file = await to_thread.run_sync(lambda: ExportFile(path, replace=replace))
    try:
        if form == "csv":
            file.write([table.header()])
        for start in range(0, len(rows), AT_ONCE):
            await to_thread.run_sync(_write, file, table if form == "csv" else None, rows, start)
            progress(min(start + AT_ONCE, len(rows)))
        await to_thread.run_sync(file.keep)
    except BaseException:
        file.discard()
        raise


def _gather(table: RowTable, rows: Sequence[StreamRow], start: int) -> None:
    table.gather(rows[start : start + AT_ONCE])


def _write(file: ExportFile, table: RowTable | None, rows: Sequence[StreamRow], start: int) -> None:
    file.write(_lines(table, rows[start : start + AT_ONCE]))


def _lines(table: RowTable | None, rows: Sequence[StreamRow]) -> Iterator[str]:
    for row in rows:
        yield f"{row_json(row)}\n" if table is None else table.line(row)
