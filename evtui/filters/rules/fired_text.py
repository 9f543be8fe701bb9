"""What is told of a watch rule that fired, in words and as JSON."""

from collections.abc import Iterator
from datetime import UTC, datetime

from evtui.codecs.jsonvalue import Json, Members
from evtui.core.records import Raised, Refused, Settled, event_of, server_of
from evtui.filters.record_facts import RecordFacts, reason_text, rows_of
from evtui.filters.rules.rule_set import Fired


def fired_line(fired: Fired) -> str:
    """Say in one line that a rule fired; the text is not made safe to show."""
    parts = [event_of(fired.record)] if fired.record is not None else []
    parts += [f"at {server}"] if fired.record is not None and (server := server_of(fired.record)) else []
    parts += [] if fired.socket is None else [f"to {fired.socket}"]
    parts += [reason] if (reason := _reason(fired)) else []
    return f"rule {fired.name} fired: {fired.text}" + (f" ({', '.join(parts)})" if parts else "")


def fired_members(fired: Fired) -> Iterator[tuple[str, Json]]:
    """Tell the time, the rule, how often it has fired, and what made it fire; what there is not is left out."""
    yield "time", datetime.fromtimestamp(fired.at, UTC).isoformat(timespec="microseconds")
    yield "rule", fired.name
    yield "condition", fired.text
    yield "times", fired.times
    record = fired.record
    if record is None:
        return
    yield "kind", RecordFacts(record).kind
    if server := server_of(record):
        yield "server", server
    yield "event", event_of(record)
    if isinstance(record, Raised | Refused):
        params = record.params
        named = Members(zip(params.names, params.values, strict=True))
        yield "params", named if params.names else list(params.values)
    if isinstance(record, Raised | Settled):
        yield "serial", record.serial
    if fired.socket is not None:
        yield "subscriber", str(fired.socket)
    if reason := _reason(fired):
        yield "reason", reason


def _reason(fired: Fired) -> str:
    """Say why a delivery failed, or why a raise was refused; empty when there is nothing to say."""
    if fired.record is None:
        return ""
    rows = rows_of(RecordFacts(fired.record))
    row = next((row for row in rows if fired.socket is None or row.socket == fired.socket), None)
    return "" if row is None else reason_text(row)
