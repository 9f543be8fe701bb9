"""Records spelled out as the rows of the stream: one a delivery, one for a raise nobody got, one a piece of news.

A row stays as it is, but for the fate of a queued delivery, which is written when it has come to its end.
"""

from collections.abc import Iterator
from typing import assert_never

from msgspec import Struct

from evtui.core.records import (
    Delivery,
    Dropped,
    Expired,
    Published,
    Raised,
    Record,
    Refreshed,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)
from evtui.core.values import Params, Socket, Value
from evtui.ui.stream.delivery_status import DeliveryStatus, Standing


class StreamRow(Struct, frozen=True, gc=False):
    """One row: its number since the console began, its record, and which subscriber of a raise it is about."""

    number: int
    record: Record
    run: int = -1
    place: int = -1
    error: str | None = None
    """Why a delivery in place failed."""
    fate: DeliveryStatus | None = None
    """What becomes of the raise's queued deliveries; None when it has none."""

    @property
    def is_delivery(self) -> bool:
        """Say whether it is about one subscriber of a raise."""
        return self.run >= 0


def is_news(record: Record) -> bool:
    """Say whether a record is about the catalogue or a subscription, not about a raise."""
    return not isinstance(record, Raised | Dropped)


def expand(record: Record, number: int, fate: DeliveryStatus | None = None) -> Iterator[StreamRow]:
    """Write the rows of a record, numbered from `number`; `fate` is that of its queued deliveries."""
    if not isinstance(record, Raised) or not record.plan.size:
        yield StreamRow(number, record)
        return
    if not record.failures and record.plan.size == 1:
        yield StreamRow(number, record, 0, 0, fate=fate)
        return
    failed = {(failure.run, failure.place): failure.reason for failure in record.failures}
    for run, served in enumerate(record.plan.runs):
        for place in range(len(served.sockets)):
            yield StreamRow(number, record, run, place, failed.get((run, place)), fate)
            number += 1


def event_of(row: StreamRow) -> str:
    """Name the event a row is about."""
    match row.record:
        case Raised() | Published() | Dropped() | Settled() | Retrying():
            return row.record.event
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return row.record.subscription.event
        case _:
            assert_never(row.record)


def socket_of(row: StreamRow) -> Socket | None:
    """Return the subscriber a row is about, None when it is about none."""
    match row.record:
        case Raised():
            return row.record.plan.runs[row.run].sockets[row.place] if row.is_delivery else None
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return row.record.subscription.socket
        case Settled() | Retrying():
            return row.record.socket
        case Published() | Dropped():
            return None
        case _:
            assert_never(row.record)


def params_of(row: StreamRow) -> Params | None:
    """Return the parameters of a row, None when it has none to have."""
    return row.record.params if isinstance(row.record, Raised | Dropped) else None


def delivery_of(row: StreamRow) -> Delivery | None:
    """Spell out the delivery a row is about."""
    record = row.record
    if not isinstance(record, Raised) or not row.is_delivery:
        return None
    run = record.plan.runs[row.run]
    return Delivery(
        record.serial, record.at, record.event, record.params, run.sockets[row.place], record.plan.codecs[run.codec],
        record.payloads[run.codec], record.latencies[row.run], row.error, run.waits,
    )  # fmt: skip


def standing_of(row: StreamRow) -> Standing | None:
    """Say how the delivery of a row stands, None when it is about none."""
    match row.record:
        case Settled():
            return row.record.outcome
        case Retrying():
            return "retrying"
        case Raised() if row.is_delivery:
            run = row.record.plan.runs[row.run]
            if run.waits:
                return "queued" if row.fate is None else row.fate.standing(run.sockets[row.place])
            return "sent" if row.error is None else "failed"
        case _:
            return None


def end_of(row: StreamRow) -> Settled | None:
    """Return the end of the queued delivery a row is about, None as long as it has none."""
    if isinstance(row.record, Settled):
        return row.record
    return row.fate.ends.get(socket) if row.fate is not None and (socket := socket_of(row)) is not None else None


def trouble_of(row: StreamRow) -> Retrying | None:
    """Return why the queued delivery a row is about is held up."""
    if isinstance(row.record, Retrying):
        return row.record
    return row.fate.trouble(socket) if row.fate is not None and (socket := socket_of(row)) is not None else None


def reason_of(row: StreamRow) -> str | None:
    """Say why a delivery failed, was dropped or is held up."""
    if (end := end_of(row)) is not None:
        return end.reason
    return row.error if (trouble := trouble_of(row)) is None else trouble.reason


def latency_of(row: StreamRow) -> float | None:
    """Return the seconds a delivery took, None when it has not ended."""
    if (end := end_of(row)) is not None:
        return end.latency
    if not isinstance(row.record, Raised) or not row.is_delivery or row.record.plan.runs[row.run].waits:
        return None
    return row.record.latencies[row.run]


def is_open(row: StreamRow) -> bool:
    """Say whether the row may still change."""
    return standing_of(row) in {"queued", "retrying"} and isinstance(row.record, Raised)


def stamp_of(row: StreamRow) -> object:
    """Return what differs as soon as the row is shown in another way."""
    return row.fate.stamp(socket) if row.fate is not None and (socket := socket_of(row)) is not None else None


def value_text(value: Value) -> str:
    """Write a value as a person reads it; an absent one is `null`."""
    return "null" if value is None else str(value)


def search_text(row: StreamRow) -> str:
    """Return everything a search looks at: the event, the subscriber, the outcome and the attributes, case folded."""
    parts = [event_of(row)]
    if (socket := socket_of(row)) is not None:
        parts.append(str(socket))
    if (standing := standing_of(row)) is not None:
        parts.append(standing)
    if reason := reason_of(row):
        parts.append(reason)
    if (params := params_of(row)) is not None:
        parts.extend(
            value_text(value) if name is None else f"{name}={value_text(value)}" for name, value in params.pairs()
        )
    if not row.is_delivery:
        parts.append(news_of(row.record))
    return " ".join(parts).casefold()


def news_of(record: Record) -> str:  # noqa: PLR0911 - one line a kind of record
    """Say in words what happened when it was not a delivery."""
    match record:
        case Raised():
            return "no subscribers"
        case Published():
            return "published"
        case Subscribed():
            expire = record.subscription.expire
            return "subscribed, permanent" if expire is None else f"subscribed for {expire} s"
        case Refreshed():
            expire = record.subscription.expire
            return "renewed, permanent" if expire is None else f"renewed for {expire} s"
        case Unsubscribed():
            return "unsubscribed"
        case Expired():
            return "expired"
        case Dropped():
            return f"dropped: {record.reason}"
        case Settled():
            why = "" if record.reason is None else f": {record.reason}"
            return f"raise {record.serial}, not seen here, {record.outcome}{why}"
        case Retrying():
            return f"attempt {record.attempt} failed: {record.reason}"
        case _:
            assert_never(record)
