"""Records spelled out as the rows of the stream: one a delivery, one for a raise nobody got, one a piece of news."""

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
    Subscribed,
    Unsubscribed,
)
from evtui.core.values import Params, Socket, Value


class Row(Struct, frozen=True, gc=False):
    """One row: its number since the console began, its record, and which subscriber of a raise it is about."""

    number: int
    record: Record
    run: int = -1
    place: int = -1
    error: str | None = None

    @property
    def is_delivery(self) -> bool:
        """Say whether it is about one subscriber of a raise."""
        return self.run >= 0


def size(record: Record) -> int:
    """Count the rows of a record."""
    return max(1, record.plan.size) if isinstance(record, Raised) else 1


def is_news(record: Record) -> bool:
    """Say whether a record is about the catalogue or a subscription, not about a raise."""
    return not isinstance(record, Raised | Dropped)


def expand(record: Record, number: int) -> Iterator[Row]:
    """Write the rows of a record, numbered from `number`."""
    if not isinstance(record, Raised) or not record.plan.size:
        yield Row(number, record)
        return
    if not record.failures and record.plan.size == 1:
        yield Row(number, record, 0, 0)
        return
    failed = {(failure.run, failure.place): failure.reason for failure in record.failures}
    for run, served in enumerate(record.plan.runs):
        for place in range(len(served.sockets)):
            yield Row(number, record, run, place, failed.get((run, place)))
            number += 1


def event_of(row: Row) -> str:
    """Name the event a row is about."""
    match row.record:
        case Raised() | Published() | Dropped():
            return row.record.event
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return row.record.subscription.event
        case _:
            assert_never(row.record)


def socket_of(row: Row) -> Socket | None:
    """Return the subscriber a row is about, None when it is about none."""
    match row.record:
        case Raised():
            return row.record.plan.runs[row.run].sockets[row.place] if row.is_delivery else None
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return row.record.subscription.socket
        case Published() | Dropped():
            return None
        case _:
            assert_never(row.record)


def params_of(row: Row) -> Params | None:
    """Return the parameters of a row, None when it has none to have."""
    return row.record.params if isinstance(row.record, Raised | Dropped) else None


def delivery_of(row: Row) -> Delivery | None:
    """Spell out the delivery a row is about."""
    record = row.record
    if not isinstance(record, Raised) or not row.is_delivery:
        return None
    run = record.plan.runs[row.run]
    return Delivery(
        record.serial, record.at, record.event, record.params, run.sockets[row.place], record.plan.codecs[run.codec],
        record.payloads[run.codec], record.latencies[row.run], row.error,
    )  # fmt: skip


def value_text(value: Value) -> str:
    """Write a value as a person reads it; an absent one is `null`."""
    return "null" if value is None else str(value)


def search_text(row: Row) -> str:
    """Return everything a search looks at: the event, the subscriber, the outcome and the attributes, case folded."""
    parts = [event_of(row)]
    if (socket := socket_of(row)) is not None:
        parts.append(str(socket))
    if row.error:
        parts.append(row.error)
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
        case _:
            assert_never(record)
