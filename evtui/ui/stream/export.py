"""Rows of the stream as JSON, and the files they are written to."""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from evtui.codecs.jsonvalue import Json, Members, dump_bytes
from evtui.core.records import Settled
from evtui.core.values import Params
from evtui.ui.stream.stream_rows import (
    StreamRow,
    delivery_of,
    end_of,
    event_of,
    latency_of,
    news_of,
    params_of,
    reason_of,
    socket_of,
    standing_of,
    trouble_of,
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
        members.append(("news", news_of(record)))
    members += _outcome(row)
    return dump_bytes(Members(members)).decode()


def _outcome(row: StreamRow) -> Iterator[tuple[str, Json]]:
    """Write how a delivery stands: `outcome`, `sent` once a peer has it, `latency` once it has ended, and why not."""
    standing = standing_of(row)
    if standing is None:
        return
    yield "outcome", standing
    yield "sent", standing in {"sent", "acknowledged"}
    if (took := latency_of(row)) is not None:
        yield "latency", took
    if (attempted := end_of(row) or trouble_of(row)) is not None:
        yield "attempt", attempted.attempt
    if (reason := reason_of(row)) is not None:
        yield "error", reason


def save_new(directory: Path, stem: str, suffix: str, lines: Iterable[str]) -> Path:
    """Write lines to a file that did not exist, readable by its owner only, and return its path. raises OSError."""
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
