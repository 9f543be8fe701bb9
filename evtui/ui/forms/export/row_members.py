"""What an export tells of a row of the stream, member by member."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime

from evtui.codecs.jsonvalue import Json, Members, dump_bytes
from evtui.core.records import Raised, Settled, server_of
from evtui.core.values import Params
from evtui.filters.record_facts import TEST_TEXT, change_text
from evtui.ui.stream.stream_rows import (
    StreamRow,
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
    return dump_bytes(Members(row_members(row))).decode()


def row_members(row: StreamRow) -> Iterator[tuple[str, Json]]:
    """Tell the time, the event, its parameters, the subscriber and what became of the delivery; what there is not is
    left out.
    """
    record = row.record
    yield "time", datetime.fromtimestamp(record.at, UTC).isoformat(timespec="microseconds")
    if server := server_of(record):
        yield "server", server
    yield "event", event_of(row)
    if (params := params_of(row)) is not None:
        yield "params", _params(params)
    if (socket := socket_of(row)) is not None:
        yield "subscriber", str(socket)
    if (delivery := delivery_of(row)) is not None:
        yield "serial", delivery.serial
        yield "codec", delivery.codec
        if isinstance(record, Raised) and record.is_test:
            yield "news", TEST_TEXT
    elif isinstance(record, Settled):
        yield "serial", record.serial
    else:
        yield "news", change_text(record)
    if row.mark:
        yield "mark", row.mark
    yield from _outcome(row)


def _outcome(row: StreamRow) -> Iterator[tuple[str, Json]]:
    """Tell the status of a delivery: `outcome`, `sent`, `latency` once it is settled, `attempt`, and the reason."""
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


def _params(params: Params) -> Json:
    if params.names:
        return Members(zip(params.names, params.values, strict=True))
    return list(params.values)
