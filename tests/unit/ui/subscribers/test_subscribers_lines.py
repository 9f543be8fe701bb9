"""The lines of the subscribers, for any width and any text."""

from collections.abc import Sequence

import msgspec
import pytest

from evtui.codecs.display_text import UNTOLD
from evtui.core.ports import SubscriptionState
from evtui.core.values import Socket, Subscription
from evtui.transports import INFOS
from evtui.ui.subscribers.subscribers_lines import COLUMNS, OUTBOX_COLUMNS, SubscribersLines, subscriber_line
from evtui.ui.subscribers.subscribers_view import Subscriber, SubscribersView
from evtui.ui.text.cells import plain
from evtui.ui.text.columns import TableColumn
from tests.unit.ui.records import EVIL, HOSTILE, assert_safe, member


@pytest.mark.parametrize(
    ("ttl", "expired_at", "role"),
    [(None, None, "dim"), (61.0, None, "text"), (59.0, None, "wait"), (9.0, None, "bad"), (0.0, 5.0, "faint")],
)
def test_a_countdown_is_coloured_by_what_is_left(ttl: float | None, expired_at: float | None, role: str) -> None:
    line = subscriber_line(Subscriber(member(ttl=ttl), ttl, expired_at), ttl, 100)
    assert line[0][0] == role


def test_expires_is_the_last_to_be_cut_of_a_subscriber() -> None:
    assert "0:07" in plain(subscriber_line(Subscriber(member(ttl=7.0), 7.0), 7.0, 8))


@pytest.mark.parametrize("width", [28, 37, 45, 53, 77, 120])
def test_what_did_not_arrive_is_said_in_red_at_every_width(width: int) -> None:
    socket = Socket("udp", "127.0.0.1:9000")
    failing = SubscriptionState(Subscription("E_A", socket), None, failed=10)
    dropping = SubscriptionState(Subscription("E_A", socket), None, dropped=12_345)
    assert ("bad", "  ✗10") in subscriber_line(Subscriber(failing, None), None, width)
    assert ("bad", " ⌀12k") in subscriber_line(Subscriber(dropping, None), None, width)


@pytest.mark.parametrize("width", [37, 42, 45])
def test_the_subscribers_of_every_layout_have_their_event(width: int) -> None:
    member_line = Subscriber(SubscriptionState(Subscription("E_A", Socket("udp", "127.0.0.1:9000")), None), None)
    text = plain(subscriber_line(member_line, None, width, schemes=INFOS))
    assert "E_A " in text
    assert "127.0.0.1:9000" in text


def test_a_hostile_subscriber_is_safe_at_every_width() -> None:
    evil = Subscriber(SubscriptionState(EVIL, 5.0, failed=3, last_error=HOSTILE), 5.0)
    assert_safe(subscriber_line(evil, 5.0, width) for width in range(1, 160, 13))


@pytest.mark.parametrize("columns", [COLUMNS, OUTBOX_COLUMNS])
def test_counters_that_a_server_does_not_tell_are_no_zeros(columns: Sequence[TableColumn]) -> None:
    untold = msgspec.structs.replace(member(), sent=None, failed=None, queued=None, dropped=None)
    line = plain(subscriber_line(Subscriber(untold, 60.0), 60.0, 120, columns=columns))
    assert line.count(UNTOLD) == 3
    assert " 0" not in line


def test_the_line_of_the_viewers_says_how_many_they_are() -> None:
    view = SubscribersView()
    view.take([msgspec.structs.replace(member(port=port), viewer=True) for port in (1, 2, 3)], 0.0)
    lines = SubscribersLines(view, lambda: 0.0)
    assert plain(lines.line(0, 80)).split("  ")[0] == "▸ watching: 3 viewers"
    assert "No subscribers" in plain(lines.line(0, 80))
