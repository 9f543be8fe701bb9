"""Rows of the stream as JSON, and the files that they are written to."""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread

from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Json, Members, dump_bytes
from evtui.core.records import Settled
from evtui.core.values import Params
from evtui.ui.messages import Notice
from evtui.ui.stream.stream_rows import (
    StreamRow,
    change_text,
    delivery_of,
    end_of,
    event_of,
    latency_of,
    params_of,
    reason_of,
    retry_of,
    socket_of,
    status_of,
)


def row_json(row: StreamRow) -> str:
    """Write a row as one line of JSON; bytes that are not UTF-8 become surrogate escapes."""
    record = row.record
    members: list[tuple[str, Json]] = [
        ("time", datetime.fromtimestamp(record.at, UTC).isoformat(timespec="microseconds")),
        ("event", event_of(row)),
    ]
    if (params := params_of(row)) is not None:
        members.append(("params", _params(params)))
    if (socket := socket_of(row)) is not None:
        members.append(("subscriber", str(socket)))
    if (delivery := delivery_of(row)) is not None:
        members += [("serial", delivery.serial), ("codec", delivery.codec)]
    elif isinstance(record, Settled):
        members.append(("serial", record.serial))
    else:
        members.append(("news", change_text(record)))
    members += _outcome(row)
    return dump_bytes(Members(members)).decode()


def _outcome(row: StreamRow) -> Iterator[tuple[str, Json]]:
    """Write the status of a delivery: `outcome`, `sent`, `latency` once it is settled, `attempt`, and the reason."""
    status = status_of(row)
    if status is None:
        return
    yield "outcome", status
    yield "sent", status in {"sent", "acknowledged"}
    if (took := latency_of(row)) is not None:
        yield "latency", None if math.isnan(took) else took
    if (attempted := end_of(row) or retry_of(row)) is not None:
        yield "attempt", attempted.attempt
    if (reason := reason_of(row)) is not None:
        yield "error", reason


async def save_copy(directory: Path, row: StreamRow) -> Notice:
    """Write a row that was copied to a file, and tell where, or why not."""
    told = "Sent to the terminal's clipboard; saved to {}"
    return await _save(directory, "evtui-copied", ".json", [row_json(row)], told)


async def save_stream(directory: Path, rows: Sequence[StreamRow]) -> Notice:
    """Write rows to a file of JSON lines, and tell where, or why not."""
    return await _save(directory, "evtui-stream", ".jsonl", map(row_json, rows), f"{len(rows):,} lines saved to {{}}")


async def _save(directory: Path, stem: str, suffix: str, lines: Iterable[str], told: str) -> Notice:
    try:
        path = await to_thread.run_sync(save_new, directory, stem, suffix, lines)
    except OSError as error:
        return Notice(f"Not saved: {error.strerror} ({display_safe(str(directory), 200)})", bad=True)
    return Notice(told.format(display_safe(str(path), 200)))


def save_new(directory: Path, stem: str, suffix: str, lines: Iterable[str]) -> Path:
    """Write lines to a new file that only its owner can read, and return its path.

    raises OSError: the file cannot be written.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for attempt in range(1000):
        path = directory / (f"{stem}{suffix}" if not attempt else f"{stem}-{attempt}{suffix}")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        return path
    raise FileExistsError(f"{directory / stem}{suffix} and 999 more exist")


def _params(params: Params) -> Json:
    if params.names:
        return Members(zip(params.names, params.values, strict=True))
    return list(params.values)
