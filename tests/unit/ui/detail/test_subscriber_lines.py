"""The detail of a subscriber: what was measured, what failed, and its timeline."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from evtui.core.delivery_report import DeliveryReport, ReportStep
from evtui.core.ports import SubscriptionState
from evtui.ui.detail.detail_lines import DetailLines
from evtui.ui.detail.selected_subscription import ASK_SECONDS, SelectedSubscription
from evtui.ui.detail.subscriber_lines import SHOWN_STEPS, subscriber_lines
from evtui.ui.subscribers.subscribers_view import Subscriber
from evtui.ui.text.cells import plain
from tests.fakes.engine_fakes import FakeClock
from tests.unit.ui.records import EVIL, HOSTILE, SOCKETS, assert_safe, member, raised

STEPS = (
    ReportStep("subscribed", 0.0, 0.0, 1, "for 60 s"),
    ReportStep("delivered", 1.0, 9.0, 1234, "sent"),
    ReportStep("missed", 10.0, 10.0, 1, "its subscription had expired", "subscribe it again"),
)


def chosen(state: SubscriptionState | None = None) -> tuple[Subscriber, SelectedSubscription]:
    subscriber = Subscriber(state or member(), 60.0)
    return subscriber, SelectedSubscription(subscriber, FakeClock(3.0), FakeClock())


def written(subscriber: Subscriber, selected: SelectedSubscription, width: int = 100) -> list[str]:
    return [plain(line) for line in subscriber_lines(subscriber, 0.0, width, selected)]


def test_deliveries_latencies_failures_and_the_timeline_are_shown() -> None:
    subscriber, selected = chosen()
    selected.meter.take([raised(at=1.0), raised(at=2.0), raised(at=2.5), raised(at=2.9, failed=(0,))])
    selected.take_report(DeliveryReport("E_TEST", str(SOCKETS[0]), STEPS))
    lines = written(subscriber, selected)
    assert "deliveries  " + " " * 58 + "▄█ 3 in 60 s" in lines
    assert "latency     p50 1.2 ms · p95 1.2 ms · p99 1.2 ms  of 3" in lines
    assert lines[lines.index("Last failures") + 1].endswith("ECONNREFUSED: Connection refused")
    timeline = lines[lines.index("Timeline") + 1 :]
    assert [line.partition(" ")[2].strip().partition(" ")[2] for line in timeline[:3]] == [
        "subscribed: for 60 s", "delivered 1,234 times: sent", "missed: its subscription had expired",
    ]  # fmt: skip
    assert timeline[3].strip() == "→ subscribe it again"


def test_a_long_timeline_shows_its_newest_steps_and_says_how_many_are_before() -> None:
    subscriber, selected = chosen()
    selected.take_report(DeliveryReport("E_TEST", "", STEPS * 10))
    lines = written(subscriber, selected)
    assert "  10 earlier steps" in lines
    assert sum(": " in line for line in lines[lines.index("Timeline") :]) == SHOWN_STEPS


def test_why_there_is_no_timeline_is_said() -> None:
    subscriber, selected = chosen()
    assert "It is being asked for." in written(subscriber, selected)[-1]
    selected.take_report(None, "the server cannot tell")
    assert written(subscriber, selected)[-1] == "  the server cannot tell"


@pytest.mark.parametrize("width", [20, 42, 72, 120])
def test_any_text_is_safe_and_keeps_to_the_width(width: int) -> None:
    subscriber, selected = chosen(SubscriptionState(EVIL, 5.0, failed=3, last_error=HOSTILE))
    selected.take_report(DeliveryReport(HOSTILE, HOSTILE, (ReportStep("missed", 0.0, 0.0, 1, HOSTILE, HOSTILE),)))
    lines = DetailLines()
    lines.fill_in(subscriber, "tree", width, 0.0, selected)
    cells = [lines.line(place, width) for place in range(len(lines))]
    assert_safe(cells)
    assert max(cell_len(plain(line)) for line in cells) <= width


def test_the_timeline_is_asked_for_when_something_changed_and_not_too_often() -> None:
    clock = FakeClock()
    subscriber = Subscriber(member(), 60.0)
    selected = SelectedSubscription(subscriber, FakeClock(), clock)
    assert selected.begin_to_ask(subscriber)
    clock.pass_by(ASK_SECONDS)
    assert not selected.begin_to_ask(subscriber), "nothing changed"
    busy = replace(subscriber, state=replace(subscriber.state, sent=1))
    assert selected.begin_to_ask(busy)
    busier = replace(subscriber, state=replace(subscriber.state, sent=2))
    assert not selected.begin_to_ask(busier), "it was asked a moment ago"
    clock.pass_by(ASK_SECONDS)
    assert selected.begin_to_ask(busier)
    assert selected.begin_to_ask(replace(busier, deadline=99.0)), "a renewal is told at once"
