"""The detail of a row of the stream, of an event or of a subscriber, as lines."""

from collections.abc import Iterator
from typing import assert_never

from rich.cells import cell_len

from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.core.ports import EventState
from evtui.core.records import Raised, Record, Retrying, Settled, server_of
from evtui.core.values import Params, Subscription, Value
from evtui.filters.record_facts import change_text, value_text
from evtui.ui.detail.fact_line import expiry_lines, fact, losses
from evtui.ui.detail.payload_lines import hex_lines, pretty_lines, wire_lines
from evtui.ui.detail.selected_subscription import SelectedSubscription
from evtui.ui.detail.subject import Subject, Tab
from evtui.ui.detail.subscriber_lines import subscriber_lines
from evtui.ui.events.events_view import raises_of
from evtui.ui.stream.marks import BY_HAND
from evtui.ui.stream.status_signs import MARK_SIGN, STATUS_SIGNS
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
from evtui.ui.subscribers.subscribers_lines import viewers_text
from evtui.ui.subscribers.subscribers_view import Subscriber
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.figures import count, day_time, latency, seconds


def subject_lines(
    subject: Subject, tab: Tab, width: int, now: float, selected: SelectedSubscription | None = None
) -> list[Cells]:
    """Write all that is known of a subject, for a width in cells; `now` is monotonic seconds.

    `selected` is what was found out besides of the subscription that is the subject.
    """
    match subject:
        case StreamRow():
            return [*_row_head(subject), [], *_row_body(subject, tab, width)]
        case EventState():
            return list(_event(subject))
        case Subscriber():
            return list(subscriber_lines(subject, now, width, selected))
        case _:
            assert_never(subject)


def tree_lines(params: Params) -> Iterator[Cells]:
    """Write parameters as a tree, a line for each."""
    pairs = list(params.pairs())
    widest = min(28, max((cell_len(display_safe(name or "", 64)) for name, _ in pairs), default=0))
    for place, (name, value) in enumerate(pairs):
        branch = "└─ " if place == len(pairs) - 1 else "├─ "
        label = f"{place}" if name is None else display_safe(name, 64)
        role: Role = "value" if isinstance(value, str) else "number"
        yield [
            ("faint", branch), ("name", label + " " * max(1, widest + 2 - cell_len(label))),
            (role, display_safe(value_text(value))), ("faint", f"  {_kind(value)}"),
        ]  # fmt: skip


def _row_head(row: StreamRow) -> Iterator[Cells]:
    yield fact("event", event_of(row), "strong")
    if server := server_of(row.record):
        yield fact("server", server)
    yield fact("time", day_time(row.record.at))
    if (socket := socket_of(row)) is not None:
        yield fact("subscriber", str(socket))
    yield _outcome(row)
    yield from _attempts(row)
    if row.mark:
        yield fact("mark", f"{MARK_SIGN} {'by hand' if row.mark == BY_HAND else f'by the rule {row.mark}'}", "accent")


def _outcome(row: StreamRow) -> Cells:
    status, delivery = status_of(row), delivery_of(row)
    if status is None:
        return fact("outcome", change_text(row.record), "dim")
    role, sign = STATUS_SIGNS[status]
    reason, took = reason_of(row), latency(latency_of(row)).removeprefix(UNTOLD)
    words = status if reason is None else reason if status == "failed" else f"{status}: {reason}"
    notes = [f"{'after' if reason else 'in'} {took}"] if took else []
    if delivery is not None:
        notes.append(f"{delivery.codec}, {count(len(delivery.payload))} bytes, raise {count(delivery.serial)}")
    cells = fact("outcome", f"{sign} {words}", role)
    if notes:
        cells.append(("dim", (" " if took else " · ") + " · ".join(notes)))
    return cells


def _attempts(row: StreamRow) -> Iterator[Cells]:
    if (end := end_of(row)) is not None:
        yield fact("attempts", count(end.attempt) if end.attempt else "none: it was never attempted")
        yield fact("ended", day_time(end.at))
    elif (retry := retry_of(row)) is not None:
        yield fact("attempts", f"{count(retry.attempt)} failed, the last at {day_time(retry.at)}", "wait")
        yield fact("next", f"{seconds(retry.pause)} after that, with {count(retry.queued)} waiting")


def _row_body(row: StreamRow, tab: Tab, width: int) -> Iterator[Cells]:
    params = params_of(row)
    if params is None:
        yield from _change_body(row.record)
        return
    delivery = delivery_of(row)
    match tab:
        case "tree" if len(params):
            yield from tree_lines(params)
        case "tree":
            yield [("dim", "No attributes.")]
        case "pretty":
            yield from pretty_lines(event_of(row), params)
        case "hex" if delivery is not None:
            yield from hex_lines(delivery.payload, width)
        case "wire" if isinstance(row.record, Raised) and delivery is not None:
            yield from wire_lines(row.record, row.queued)
        case _:
            yield [("dim", "Nothing was sent: the event had no subscribers.")]


def _change_body(record: Record) -> Iterator[Cells]:
    if isinstance(record, Settled):
        yield [
            ("dim", f"Raise {count(record.serial)} has no row: it was before a restart, or before this console began.")
        ]
    elif isinstance(record, Retrying):
        yield fact("raises", f"{count(record.first)} to {count(record.last)}")
    subscription: object = getattr(record, "subscription", None)
    if isinstance(subscription, Subscription):
        yield from expiry_lines(subscription)


def _event(state: EventState) -> Iterator[Cells]:
    event = state.event
    yield fact("event", event.name, "strong")
    yield fact("module", event.module or "none: published at run time")
    yield fact("id", count(event.id))
    subscribers = "the server cannot list them" if state.is_unlisted else count(state.subscribers)
    yield fact("subscribers", subscribers, "accent" if state.subscribers else "dim")
    if state.viewers:
        yield fact("watching", viewers_text(state.viewers), "dim")
    last = f", last {day_time(state.last_at)}" if state.last_at else ""
    untold = sum(part.raised is None for part in state.parts or (state,))
    by = f" at {len(state.parts) - untold:,} of {len(state.parts):,} servers" if 0 < untold < len(state.parts) else ""
    seen = f", {count(state.received)} received here" if untold else ""
    if state.is_watched:
        yield fact("raised", f"{count(state.raised)}{by}{seen}{last}")
    else:
        yield fact("raised", "not watched: the server raises it at each step of its script, once a client subscribes")
    yield [*fact("delivered", f"{count(state.sent)} sent{by}"), *losses(state.failed, state.dropped)]
    yield from _at_servers(state)
    if event.description:
        yield []
        yield [("text", display_safe(event.description))]
    if event.parameters:
        yield []
        yield [("head", "Documented parameters")]
        for parameter in event.parameters:
            role: Role = "dim" if parameter.is_placeholder else "name"
            yield [
                (role, "  " + display_safe(parameter.name, 64).ljust(16)),
                ("dim", " " + display_safe(parameter.description)),
            ]
    if state.last_params is not None:
        yield []
        without: Cells = [] if state.last_params.values else [("dim", " no parameters")]
        yield [("head", "Last raised with"), *without]
        yield from tree_lines(state.last_params)


def _at_servers(state: EventState) -> Iterator[Cells]:
    if state.server:
        yield fact("server", state.server)
    if state.parts:
        yield []
        yield [("head", "At each server")]
    for part in state.parts:
        raised = f"{count(raises_of(part))} {'received' if part.raised is None else 'raised'}"
        subscribers = UNTOLD if part.is_unlisted else count(part.subscribers)
        yield [
            ("name", "  " + display_safe(part.server, 32).ljust(16)),
            ("text", f" {subscribers} subscribers, {raised}"),
        ]


def _kind(value: Value) -> str:
    if value is None:
        return "null"
    return "text" if isinstance(value, str) else type(value).__name__
