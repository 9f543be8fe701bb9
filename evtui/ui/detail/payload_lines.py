"""A notification as lines: indented JSON, bytes, and what was sent to each subscriber."""

import json
from collections.abc import Iterator

from evtui.codecs.display_text import display_safe
from evtui.core.records import Raised
from evtui.core.values import Params, Socket, Value
from evtui.ui.stream.delivery_status import DeliveryStatus, QueuedDeliveries
from evtui.ui.stream.status_signs import SIGN_WIDTH, STATUS_SIGNS, attempt_text
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.figures import count, latency

SHOWN_BYTES = 65536
"""Bytes of one payload that are shown; a datagram cannot be longer."""

_SPACED = 71
"""Cells that a line of the hex view needs for 16 bytes with a space between them."""

_PAIRED = 61
"""Cells that it needs for 16 bytes with a space behind each second one; in fewer it has 8 bytes."""


def pretty_lines(event: str, params: Params) -> Iterator[Cells]:
    """Write the notification as indented JSON."""
    yield [("dim", "{")]
    yield _member(2, "jsonrpc", "2.0", last=False)
    yield _member(2, "method", event, last=not params)
    if len(params):
        opening, closing = ("{", "}") if params.names else ("[", "]")
        yield [("text", "  "), ("name", '"params"'), ("dim", f": {opening}")]
        for place, (name, value) in enumerate(params.pairs(), 1):
            yield _member(4, name, value, last=place == len(params))
        yield [("dim", f"  {closing}")]
    yield [("dim", "}")]


def hex_lines(payload: bytes, width: int) -> Iterator[Cells]:
    """Write bytes in hexadecimal with the characters beside them."""
    step = 16 if width >= _PAIRED else 8
    is_paired = _PAIRED <= width < _SPACED
    for start in range(0, min(len(payload), SHOWN_BYTES), step):
        chunk = payload[start : start + step]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in chunk)
        digits = chunk.hex(" ", -2).ljust(step * 5 // 2) if is_paired else " " + chunk.hex(" ").ljust(step * 3 + 1)
        yield [("faint", f"{start:04x} "), ("text", digits), ("dim", text)]


def wire_lines(record: Raised, queued: QueuedDeliveries | None) -> Iterator[Cells]:
    """Write each payload as it was sent, and below it the result of each subscriber that it was for."""
    failed = {(failure.group, failure.place): failure.reason for failure in record.failures}
    for place, payload in enumerate(record.payloads):
        yield [("head", record.plan.codecs[place]), ("dim", f"  {count(len(payload))} bytes")]
        yield from _raw_lines(payload)
        for number, run in enumerate(record.plan.groups):
            if run.codec != place:
                continue
            for position, socket in enumerate(run.sockets):
                if run.queued:
                    yield _queued(socket, queued)
                else:
                    reason = failed.get((number, position))
                    yield _subscriber(socket, "sent" if reason is None else "failed", record.latencies[number], reason)
        yield []


def _queued(socket: Socket, queued: QueuedDeliveries | None) -> Cells:
    if queued is None:
        return _subscriber(socket, "queued", None, None)
    if (end := queued.ends.get(socket)) is not None:
        return _subscriber(socket, end.outcome, end.latency, end.reason)
    retry = queued.retry(socket)
    return _subscriber(socket, queued.status(socket), None, None if retry is None else attempt_text(retry))


def _subscriber(socket: Socket, status: DeliveryStatus, took: float | None, reason: str | None) -> Cells:
    role, sign = STATUS_SIGNS[status]
    cells: Cells = [
        (role, f"  {sign.ljust(SIGN_WIDTH)} "), ("dim", latency(took).rjust(8) + "  "),
        ("text", display_safe(str(socket), 256)),
    ]  # fmt: skip
    return cells if reason is None else [*cells, (role, "  " + display_safe(reason, 256))]


def _raw_lines(payload: bytes) -> Iterator[Cells]:
    text = payload[:SHOWN_BYTES].decode("utf-8", "surrogateescape")
    for line in text.splitlines(keepends=True):
        yield [("value", display_safe(line, SHOWN_BYTES))]


def _member(indent: int, name: str | None, value: Value, *, last: bool) -> Cells:
    role: Role = "value" if isinstance(value, str) else "number"
    label: Cells = [] if name is None else [("name", _json(name)), ("dim", ": ")]
    return [("text", " " * indent), *label, (role, _json(value)), ("dim", "" if last else ",")]


def _json(value: Value) -> str:
    return display_safe(json.dumps(value, ensure_ascii=False), SHOWN_BYTES)
