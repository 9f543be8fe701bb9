"""Subscribers that wait in an outbox: what waits, for how long, and how their destination is doing."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from evtui.core.ports import OutboxState, Status, SubscriptionState
from evtui.core.values import Subscription
from evtui.ui.detail.subject_lines import subject_lines
from evtui.ui.screens.status_lines import status_words
from evtui.ui.state.console_state import ConsoleState
from evtui.ui.subscribers.subscribers_lines import SubscribersLines
from evtui.ui.subscribers.subscribers_view import SubscribersView
from evtui.ui.text.cells import plain
from tests.unit.ui.records import HOSTILE, REFUSED, TCP, member

AWAY = OutboxState(
    TCP[0], "retrying", queued=37, bytes=5120, age=12.2, attempt=3, retry_in=2.5, delivered=4, dropped=2,
    last_error=REFUSED,
)  # fmt: skip


def waiting(box: OutboxState = AWAY) -> SubscriptionState:
    return SubscriptionState(
        Subscription("E_TEST", box.socket, 60), 60.0, sent=4, queued=box.queued, dropped=box.dropped,
        last_error=box.last_error, outbox=box,
    )  # fmt: skip


def written(width: int, *states: SubscriptionState) -> list[str]:
    view = SubscribersView()
    view.take(states, 0.0)
    lines = SubscribersLines(view, lambda: 0.0)
    return [plain(lines.header(width)), *(plain(lines.line(index, width)) for index in range(len(lines)))]


def test_a_wide_pane_says_queue_age_link_loss_and_error() -> None:
    text = written(160, waiting())[2]
    for part in ("37 · 12 s", "retrying in 2.5 s, attempt 4", "⌀2", REFUSED):
        assert part in text


def test_80_columns_have_queue_link_and_error_in_short() -> None:
    text = written(78, waiting())[2]
    for part in (" 37 ", "↻ 2.5 s #4", "⌀2", "ECONN"):
        assert part in text


def test_a_narrow_pane_marks_the_socket_of_a_destination_that_is_away() -> None:
    away, well = written(37, waiting(), waiting(OutboxState(TCP[1])))[2:]
    assert "↻ " in away
    assert "↻" not in well


def test_the_link_has_no_column_as_long_as_no_subscriber_has_an_outbox() -> None:
    assert "link" not in written(160, member())[0]
    assert "link" in written(160, member(), waiting())[0]


@pytest.mark.parametrize("width", [7, 37, 60, 78, 100, 160])
def test_a_line_is_as_wide_as_its_pane(width: int) -> None:
    hostile = replace(AWAY, last_error=HOSTILE, queued=123_456_789, age=1e6, retry_in=1e6, attempt=10**6)
    assert {cell_len(line) for line in written(width, waiting(), waiting(hostile))} == {width}


def test_the_detail_shows_the_whole_outbox() -> None:
    view = SubscribersView()
    view.take([waiting()], 0.0)
    text = "\n".join(map(plain, subject_lines(view.subscribers[0], "tree", 100, 0.0)))
    outbox = "4 delivered, 0 failed, 2 dropped"
    for part in ("37, 5,120 bytes, the oldest for 12 s", "retrying in 2.5 s, attempt 4", outbox, "durable     no"):
        assert part in text


def test_the_status_says_what_waits_only_when_something_does() -> None:
    fold = ConsoleState()
    fold.take_states(Status("embedded"), [], [], 0.0)
    assert not any("queued" in plain(word.cells) for word in status_words(fold, 0.0, read_only=False, demo=False))
    fold.take_states(Status("embedded", queued=1234), [], [], 0.0)
    words = {plain(word.cells): word.rank for word in status_words(fold, 0.0, read_only=False, demo=False)}
    assert words["queued 1,234 "] > words["lost 0     "]
