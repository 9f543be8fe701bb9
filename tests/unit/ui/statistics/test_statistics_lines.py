"""The lines of the Statistics screen: as wide as asked for, safe to show, true about what is not known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from evtui.core.ports import EventState, OutboxState, Status, SubscriptionState
from evtui.core.values import Event, Socket, Subscription
from evtui.statistics.traffic_statistics import TrafficStatistics
from evtui.ui.fleet.server_looks import NO_SERVERS, ServerLooks, looks_of_names
from evtui.ui.statistics.chart_lines import chart_lines
from evtui.ui.statistics.statistics_view import StatisticsView
from evtui.ui.statistics.table_lines import TableLines
from evtui.ui.text.cells import plain
from tests.unit.ui.records import HOSTILE, RECORDS, assert_safe

NAMES = (
    "raised", "delivered", "failed", "lost", "no subscribers", "waiting", "latency p50", "latency p95", "latency p99",
)  # fmt: skip


FLEET = looks_of_names(["edge1", "edge2"])


def busy(seconds: int = 40, *, servers: ServerLooks = NO_SERVERS) -> StatisticsView:
    statistics = TrafficStatistics()
    statistics.begin(1000.0)
    hostile = Subscription("E_" + HOSTILE, Socket("tcp", HOSTILE, next(iter(servers.roles), "")), 60)
    for second in range(seconds):
        box = OutboxState(hostile.socket, "retrying", queued=second, retry_in=3.0)
        statistics.take_records(RECORDS)
        statistics.take_states(
            Status("embedded", raised=second * 1_234_567, sent=second, failed=second, queued=second, outboxes=(box,)),
            [EventState(Event(0, "E_" + HOSTILE), raised=second), EventState(Event(1, "E_TEST"), raised=second)],
            [SubscriptionState(hostile, failed=second, dropped=second, last_error=HOSTILE, outbox=box)],
            1000.0 + second, lost=second, received=second,
        )  # fmt: skip
    return StatisticsView(statistics, lambda: servers)


BUSY = busy()


@settings(max_examples=60)
@given(st.integers(30, 260), st.integers(3, 80))
def test_the_charts_are_as_wide_and_high_as_there_is_room(width: int, height: int) -> None:
    lines = chart_lines(BUSY, width, height)
    assert len(lines) <= height
    assert all(cell_len(plain(line)) <= width for line in lines if width >= 46)
    assert_safe(lines)
    if height >= 12 and width >= 40:
        text = [plain(line) for line in lines]
        assert [name for name in NAMES if not any(line.startswith(f"{name} ") for line in text)] == []


@pytest.mark.parametrize("view", [BUSY, busy(servers=FLEET)], ids=["one", "fleet"])
@pytest.mark.parametrize("width", [20, 40, 56, 80, 160])
def test_the_tables_are_as_wide_as_asked_for_and_safe(width: int, view: StatisticsView) -> None:
    lines = TableLines(view, lambda: ())
    lines.take()
    written = [lines.line(index, width) for index in range(len(lines))]
    assert all(cell_len(plain(line)) == width for line in written if cell_len(plain(line)) != 0)
    assert_safe(written)
    assert len({lines.key(index) for index in range(len(lines))}) == len(lines)
    assert [lines.find(lines.key(index)) for index in range(len(lines))] == [*range(len(lines))]


def test_the_tables_of_subscribers_and_queues_name_the_server_in_a_fleet() -> None:
    lines = TableLines(busy(servers=FLEET), lambda: ())
    lines.take()
    text = [plain(lines.line(index, 80)) for index in range(len(lines))]
    assert [line.split("server")[0].strip() for line in text if "server" in line] == [
        "Slowest subscribers", "Failing subscribers", "Deepest queues",
    ]  # fmt: skip
    assert sum("edge1" in line for line in text) == 2  # one that fails, one with a queue
    lines = TableLines(BUSY, lambda: ())
    lines.take()
    assert not any("server" in plain(lines.line(index, 80)) for index in range(len(lines)))


def test_the_span_is_the_shortest_that_holds_all_until_another_is_chosen() -> None:
    assert [busy(seconds).minutes for seconds in (5, 50, 200, 700)] == [1, 1, 5, 15]
    view = busy(5)
    assert [view.choose(1), view.minutes, view.choose(1), view.minutes, view.choose(1)] == [True, 5, True, 15, False]
    assert [view.choose(-1), view.choose(-1), view.minutes, view.choose(-1)] == [True, True, 1, False]


def test_a_big_number_keeps_its_place() -> None:
    raised = next(plain(line) for line in chart_lines(BUSY, 80, 20) if plain(line).startswith("raised "))
    assert raised.endswith("48.15M")
    assert "2M/s" in raised


def test_what_was_before_the_first_poll_is_not_measured() -> None:
    view = busy(30)
    text = "\n".join(map(plain, chart_lines(view, 80, 20)))
    assert text.count("0 " + "·" * 10) >= 5
    assert chart_lines(StatisticsView(TrafficStatistics()), 80, 20) == [
        [("dim", "Not measured yet: there was no answer.")]
    ]


def test_shares_are_not_rounded_away() -> None:
    statistics = TrafficStatistics()
    statistics.begin(1000.0)
    status = Status("embedded", raised=100_001, sent=99_999, failed=1, no_subscribers=1)
    statistics.take_states(status, (), (), 1000.5, lost=0, received=0)
    text = "\n".join(map(plain, chart_lines(StatisticsView(statistics), 100, 40)))
    assert ">99.9 %" in text
    assert text.count("<0.1 %") == 2
    assert "  0 %" in text
