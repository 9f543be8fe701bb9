"""The detail of a subscriber: its state, its deliveries measured, its last failures, and its timeline."""

from collections.abc import Iterator, Sequence
from typing import Final

from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.core.delivery_report import DeliveryReport
from evtui.ui.detail.delivery_meter import SECONDS, DeliveryMeter
from evtui.ui.detail.fact_line import expiry_lines, fact, losses
from evtui.ui.detail.outbox_lines import outbox_lines
from evtui.ui.detail.report_lines import step_line
from evtui.ui.detail.selected_subscription import SelectedSubscription
from evtui.ui.subscribers.subscribers_view import Subscriber
from evtui.ui.text.cells import Cells
from evtui.ui.text.figures import clock_time, count, day_time, expiry, latency, sparkline

PERCENTILES: Final = (50, 95, 99)

SHOWN_STEPS: Final = 20
"""Steps of the timeline that are shown, the newest."""

_LEAST_SPARKS: Final = 10
_BESIDE_SPARKS: Final = 28
"""Cells of the label and of the number beside the bars."""


def subscriber_lines(
    subscriber: Subscriber, now: float, width: int, selected: SelectedSubscription | None
) -> Iterator[Cells]:
    """Write all that is known of a subscriber; `now` is monotonic seconds, `selected` what was found out besides."""
    state = subscriber.state
    yield fact("subscriber", str(state.subscription.socket), "strong")
    if state.viewer:
        yield fact("viewer", "a program that watches this server, such as this console", "dim")
    if state.subscription.server:
        yield fact("server", state.subscription.server)
    yield fact("event", state.subscription.event)
    yield fact("expires", expiry(subscriber.left(now), state.subscription.expire))
    yield from expiry_lines(state.subscription)
    yield fact("payload", state.codec or UNTOLD)
    yield [*fact("delivered", f"{count(state.sent)} sent"), *losses(state.failed, state.dropped)]
    yield from outbox_lines(state)
    if state.last_at is not None:
        yield fact("last", f"{day_time(state.last_at)}, took {latency(state.latency)}")
    if state.last_error is not None:
        yield fact("last error", state.last_error, "bad")
    if selected is not None:
        yield from _measured(selected.meter, selected.history(), width)
        yield from _timeline(selected.report, selected.no_report)


def _measured(meter: DeliveryMeter, history: Sequence[int], width: int) -> Iterator[Cells]:
    """Write how many deliveries there were lately, how long they took, and which failed last."""
    latencies = meter.latencies
    number = f"{count(sum(history))} in {SECONDS} s"
    if any(history):
        sparks = history[-max(_LEAST_SPARKS, min(SECONDS, width - _BESIDE_SPARKS)) :]
        yield [*fact("deliveries", ""), ("accent", sparkline(sparks)), ("dim", f" {number}")]
    else:
        yield fact("deliveries", number, "dim")
    if latencies.number:
        took = " · ".join(f"p{percent} {latency(latencies.percentile(percent))}" for percent in PERCENTILES)
        yield [*fact("latency", took), ("dim", f"  of {count(latencies.number)}")]
    if meter.failures:
        yield []
        yield [("head", "Last failures")]
        for end in reversed(meter.failures):
            yield [("dim", f"  {clock_time(end.at)} "), ("bad", display_safe(end.failure, 256))]


def _timeline(report: DeliveryReport | None, why_none: str) -> Iterator[Cells]:
    yield []
    yield [("head", "Timeline")]
    if report is None:
        yield [("dim", "  " + (display_safe(why_none, 300) or "It is being asked for."))]
        return
    if len(report.steps) > SHOWN_STEPS:
        yield [("dim", f"  {count(len(report.steps) - SHOWN_STEPS)} earlier steps")]
    for step in report.steps[-SHOWN_STEPS:]:
        yield [("text", "  "), *step_line(step)]
        if step.advice and step is report.steps[-1]:
            yield [("dim", f"    → {display_safe(step.advice, 300)}")]
