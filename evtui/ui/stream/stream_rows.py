"""Records as rows of the stream: one for each delivery, one for a raise without subscribers, one for each change.

A row never changes itself. The status of its queued delivery does; the row only holds the place where it is written.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import assert_never

from msgspec import Struct

from evtui.core import records
from evtui.core.records import (
    Delivery,
    Expired,
    Published,
    Raised,
    Record,
    Refreshed,
    Refused,
    Restarted,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)
from evtui.core.values import Params, Socket
from evtui.ui.stream.delivery_status import DeliveryStatus, QueuedDeliveries


class StreamRow(Struct, frozen=True, gc=False):
    """One row: its number since the console began, its record, and which subscriber of the raise it is about."""

    number: int
    record: Record
    run: int = -1
    place: int = -1
    error: str | None = None
    """Why a delivery over a direct transport failed."""
    queued: QueuedDeliveries | None = None
    """The queued deliveries of the raise, None when it has none."""
    mark: str = ""
    """What marked it: `hand`, or the name of a watch rule; empty when it is not marked."""

    @property
    def is_delivery(self) -> bool:
        """Say whether it is about one subscriber of a raise."""
        return self.run >= 0


def is_change(record: Record) -> bool:
    """Say whether a record is not about a raise of its own: a change of an event, a subscription or a delivery."""
    return not isinstance(record, Raised | Refused)


def row_at(
    record: Raised, number: int, place: int, queued: QueuedDeliveries | None = None, mark: str = ""
) -> StreamRow:
    """Make the row of one subscriber of a raise, by its place among all subscribers, with the number of the row."""
    run = 0
    for group in record.plan.groups:
        if place < len(group.sockets):
            break
        place -= len(group.sockets)
        run += 1
    error = None
    if record.failures:
        error = next((each.reason for each in record.failures if (each.group, each.place) == (run, place)), None)
    return StreamRow(number, record, run, place, error, queued, mark)


def rows_at(
    record: Raised, number: int, places: Iterable[int], queued: QueuedDeliveries | None, mark: Callable[[int], str]
) -> Iterator[StreamRow]:
    """Make the rows of some subscribers of a raise, as `row_at` does, in one walk; `places` ascend.

    `number` is that of the first row of the raise; `mark` returns what marked a row, by its number.
    """
    reasons = {(each.group, each.place): each.reason for each in record.failures}
    run = begin = 0
    groups = iter(record.plan.groups)
    size = len(next(groups).sockets)
    for place in places:
        while place >= begin + size:
            run, begin, size = run + 1, begin + size, len(next(groups).sockets)
        at = place - begin
        yield StreamRow(number + place, record, run, at, reasons.get((run, at)), queued, mark(number + place))


def event_of(row: StreamRow) -> str:
    """Name the event that a row is about; empty when it is about the server."""
    return records.event_of(row.record)


def socket_of(row: StreamRow) -> Socket | None:
    """Return the subscriber that a row is about, None when it is about none."""
    match row.record:
        case Raised():
            return row.record.plan.groups[row.run].sockets[row.place] if row.is_delivery else None
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return row.record.subscription.socket
        case Settled() | Retrying():
            return row.record.socket
        case Published() | Refused() | Restarted():
            return None
        case _:
            assert_never(row.record)


def params_of(row: StreamRow) -> Params | None:
    """Return the parameters of a row, None when it is about no raise."""
    return row.record.params if isinstance(row.record, Raised | Refused) else None


def delivery_of(row: StreamRow) -> Delivery | None:
    """Return the delivery that a row is about, None when it is about none."""
    record = row.record
    if not isinstance(record, Raised) or not row.is_delivery:
        return None
    run = record.plan.groups[row.run]
    return Delivery(
        record.serial, record.at, record.event, record.params, run.sockets[row.place], record.plan.codecs[run.codec],
        record.payloads[run.codec], record.latencies[row.run], row.error, run.queued,
    )  # fmt: skip


def status_of(row: StreamRow) -> DeliveryStatus | None:
    """Return the status of the delivery that a row is about, None when it is about none."""
    match row.record:
        case Settled():
            return row.record.outcome
        case Retrying():
            return "retrying"
        case Raised() if row.is_delivery:
            run = row.record.plan.groups[row.run]
            if run.queued:
                return "queued" if row.queued is None else row.queued.status(run.sockets[row.place])
            return "sent" if row.error is None else "failed"
        case _:
            return None


def end_of(row: StreamRow) -> Settled | None:
    """Return how the queued delivery of a row was settled, None when it is not settled or not queued."""
    if isinstance(row.record, Settled):
        return row.record
    return row.queued.ends.get(socket) if row.queued is not None and (socket := socket_of(row)) is not None else None


def retry_of(row: StreamRow) -> Retrying | None:
    """Return the last failed attempt of the queued delivery of a row, None when it is not being retried."""
    if isinstance(row.record, Retrying):
        return row.record
    return row.queued.retry(socket) if row.queued is not None and (socket := socket_of(row)) is not None else None


def reason_of(row: StreamRow) -> str | None:
    """Say why a delivery failed, was dropped or is being retried."""
    if (end := end_of(row)) is not None:
        return end.reason
    return row.error if (retry := retry_of(row)) is None else retry.reason


def latency_of(row: StreamRow) -> float | None:
    """Return the seconds that a delivery took, None when it is not settled, NaN when a server does not tell."""
    if (end := end_of(row)) is not None:
        return end.latency
    if not isinstance(row.record, Raised) or not row.is_delivery or row.record.plan.groups[row.run].queued:
        return None
    return row.record.latencies[row.run]


def is_open(row: StreamRow) -> bool:
    """Say whether the status of the row may still change."""
    return status_of(row) in {"queued", "retrying"} and isinstance(row.record, Raised)


def stamp_of(row: StreamRow) -> object:
    """Return a value that changes whenever the row has to be shown in another way."""
    stamp = row.queued.stamp(socket) if row.queued is not None and (socket := socket_of(row)) is not None else None
    return (stamp, row.mark) if row.mark else stamp
