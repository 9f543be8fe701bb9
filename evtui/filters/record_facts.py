"""What a filter asks about a record and its rows: the text, and the values that have names in the language."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, Protocol, assert_never

from msgspec import Struct

from evtui.core.records import (
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
    event_of,
    server_of,
)
from evtui.core.values import NO_PARAMS, Params, Socket, Value

KINDS: Final[Mapping[type[Record], str]] = MappingProxyType(
    {
        Raised: "raised", Refused: "refused", Settled: "settled", Retrying: "retrying", Published: "published",
        Subscribed: "subscribed", Refreshed: "renewed", Unsubscribed: "unsubscribed", Expired: "expired",
        Restarted: "restarted",
    }
)  # fmt: skip
"""The word for each kind of record."""

TEST: Final = "test"
"""The kind of a test notification to one subscriber; it does not count as a raise."""

TEST_TEXT: Final = "test notification"
"""What is said of one, beside its parameters."""

KIND_WORDS: Final = (*KINDS.values(), TEST)
"""All kinds, as words."""

NO_SUBSCRIBERS: Final = "no-subscribers"
"""The outcome of a raise without subscribers."""


class RecordFacts(Struct, eq=False):
    """What all rows of a record share. Its text is written when it is asked for first."""

    record: Record
    _text: str | None = None

    @property
    def text(self) -> str:
        """Return the event, the parameters and what happened, case folded."""
        if self._text is None:
            self._text = shared_text(self.record)
        return self._text

    @property
    def event(self) -> str:
        """Name the event; empty when the record is about the server."""
        return event_of(self.record)

    @property
    def server(self) -> str:
        """Name the server of a fleet; empty where there is one server."""
        return server_of(self.record)

    @property
    def params(self) -> Params:
        """Return the parameters; none when the record is about no raise."""
        record = self.record
        return record.params if type(record) is Raised or type(record) is Refused else NO_PARAMS

    @property
    def kind(self) -> str:
        """Return the word for what happened."""
        record = self.record
        return TEST if isinstance(record, Raised) and record.is_test else KINDS[type(record)]

    @property
    def serial(self) -> int | None:
        """Return the number of the raise, None when the record has none."""
        return self.record.serial if isinstance(self.record, Raised | Settled) else None


class RowFacts(Protocol):
    """What a filter asks about one row of a record: one delivery of a raise, or all that the record is about."""

    @property
    def facts(self) -> RecordFacts:
        """Return what it shares with the other rows."""
        ...

    @property
    def socket(self) -> Socket | None:
        """Return the subscriber."""
        ...

    @property
    def status(self) -> str | None:
        """Return the delivery status, None when it is about no delivery."""
        ...

    @property
    def latency(self) -> float | None:
        """Return the seconds that the delivery took, None when it is not settled, NaN when a server does not tell."""
        ...

    @property
    def reason(self) -> str | None:
        """Say why the delivery failed, was dropped or is being retried."""
        ...

    @property
    def mark(self) -> str:
        """Return what marked it in the console: `hand` or a watch rule; empty when it is not marked."""
        ...


class LoneRow(Struct, frozen=True):
    """One row as its record alone tells it; satisfies `RowFacts`."""

    facts: RecordFacts
    socket: Socket | None = None
    status: str | None = None
    latency: float | None = None
    reason: str | None = None
    mark: str = ""


def rows_of(facts: RecordFacts) -> Iterator[LoneRow]:
    """List the rows of a record as it alone tells them: a queued delivery is queued, however it ended later."""
    record = facts.record
    match record:
        case Raised() if record.plan.size:
            for each in record.deliveries():
                status = "queued" if each.queued else "sent" if each.error is None else "failed"
                yield LoneRow(facts, each.socket, status, None if each.queued else each.latency, each.error)
        case Settled():
            yield LoneRow(facts, record.socket, record.outcome, record.latency, record.reason)
        case Retrying():
            yield LoneRow(facts, record.socket, "retrying", None, record.reason)
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            yield LoneRow(facts, record.subscription.socket)
        case Raised() | Published() | Refused() | Restarted():
            yield LoneRow(facts)
        case _:
            assert_never(record)


def outcome_word(row: RowFacts) -> str:
    """Return the delivery status of a row, or what the record says in its place; empty when it says nothing."""
    if row.status is not None:
        return row.status
    record = row.facts.record
    if isinstance(record, Raised):
        return NO_SUBSCRIBERS
    return row.facts.kind if isinstance(record, Refused | Expired) else ""


def reason_text(row: RowFacts) -> str:
    """Say why a delivery did not succeed, or why a raise was refused; empty when there is no reason."""
    record = row.facts.record
    return row.reason or (record.reason if isinstance(record, Refused) else "")


def own_text(row: RowFacts) -> str:
    """Return the part of a row's text that it has of its own, case folded: subscriber, status, reason and mark."""
    mark = f"marked {row.mark}" if row.mark else None
    parts = (str(row.socket) if row.socket is not None else None, row.status, row.reason, mark)
    return " ".join(filter(None, parts)).casefold()


def row_text(row: RowFacts) -> str:
    """Return all text of a row, case folded: what words are searched in."""
    return f"{row.facts.text} {own_text(row)}"


def shared_text(record: Record) -> str:
    """Return the part of the text that all rows of a record share, case folded."""
    parts = [event_of(record)]
    if server := server_of(record):
        parts.append(server)
    if isinstance(record, Raised | Refused):
        parts += [
            value_text(value) if name is None else f"{name}={value_text(value)}"
            for name, value in record.params.pairs()
        ]
    if not isinstance(record, Raised) or not record.plan.size or record.is_test:
        parts.append(change_text(record))
    return " ".join(parts).casefold()


def value_text(value: Value) -> str:
    """Write a value for reading; an absent one is `null`."""
    return "null" if value is None else str(value)


def change_text(record: Record) -> str:  # noqa: C901, PLR0911 - one line a kind of record
    """Say what happened when it was not a delivery."""
    match record:
        case Raised():
            return TEST_TEXT if record.is_test else "no subscribers"
        case Published():
            return "published"
        case Subscribed():
            expire = record.subscription.expire
            return "subscribed, permanent" if expire is None else f"subscribed for {expire:,} s"
        case Refreshed():
            expire = record.subscription.expire
            return "renewed, permanent" if expire is None else f"renewed for {expire:,} s"
        case Unsubscribed():
            return "unsubscribed"
        case Expired():
            return "expired"
        case Restarted():
            return f"up to {record.hole:,.1f} s missing: the server was restarted"
        case Refused():
            return f"refused: {record.reason}"
        case Settled():
            why = "" if record.reason is None else f": {record.reason}"
            return f"{record.outcome}{why} (raise {record.serial:,}, older than these rows)"
        case Retrying():
            return f"attempt {record.attempt:,} failed: {record.reason}"
        case _:
            assert_never(record)
