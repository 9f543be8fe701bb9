"""The lines of the subscribers, for any width and any text."""

import msgspec
import pytest
from rich.cells import cell_len

from evtui.codecs.display_text import UNTOLD
from evtui.core.ports import SubscriptionState
from evtui.core.values import Socket, Subscription
from evtui.transports import INFOS
from evtui.ui.subscribers.subscribers_lines import SubscribersLines, subscriber_line
from evtui.ui.subscribers.subscribers_view import Subscriber, SubscribersView, ViewerGroup
from evtui.ui.text.cells import plain
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


@pytest.mark.parametrize("width", [42, 53, 77])
def test_a_subscriber_has_its_whole_socket_in_every_layout(width: int) -> None:
    lines = lines_of(member("E_PIKE_BLOCKED", 44718), failing("E_PIKE_BLOCKED"), at=width)
    number = "2" if width == 42 else "2 subscribers"
    assert lines[1].rstrip() == f"▾ E_PIKE_BLOCKED  {number} · next 1:00"
    assert "udp:127.0.0.1:44718" in lines[2]
    assert "✗10" in lines[3]


def test_columns_without_anything_to_say_give_their_room_away_and_stay_a_while_when_they_had() -> None:
    view = SubscribersView()
    view.take([member()], 0.0)
    lines = SubscribersLines(view, lambda: 0.0)
    assert plain(lines.header(80)).split() == ["expires", "socket"]
    view.take([failing("E_TEST")], 1.0)
    assert plain(lines.header(80)).split() == ["expires", "socket", "lost", "last", "error"]
    view.take([member()], 30.0)
    assert "lost" in plain(lines.header(80))
    view.take([member()], 32.0)
    assert plain(lines.header(80)).split() == ["expires", "socket"]


def test_how_deliveries_go_is_a_sign_and_not_only_a_colour() -> None:
    view = SubscribersView()
    lines = SubscribersLines(view, lambda: 0.0)
    signs: list[str] = []
    for sent, failed in ((0, 0), (1, 0), (2, 1), (2, 1), (9, 1)):
        view.take([msgspec.structs.replace(member(), sent=sent, failed=failed)], 0.0)
        signs.append(plain(lines.line(1, 60)).split()[1])
    assert signs == ["·", "✓", "✗", "✗", "✓"]


def test_a_heading_cuts_the_name_and_keeps_the_next_expiry() -> None:
    for width in (7, 20, 30, 42, 80):
        line = lines_of(member("E_" + "LONG_" * 12), at=width)[1]
        assert cell_len(line) == width
    assert lines_of(member("E_" + "LONG_" * 12), at=30)[1].endswith("1 · next 1:00")


def test_a_viewer_names_its_event_since_no_heading_does() -> None:
    view = SubscribersView()
    view.take([msgspec.structs.replace(member("E_SEEN"), viewer=True)], 0.0)
    group = view.entries[0]
    assert isinstance(group, ViewerGroup)
    view.fold(group)
    line = plain(SubscribersLines(view, lambda: 0.0).line(1, 60))
    assert "udp:127.0.0.1:9000 E_SEEN" in line


def failing(event: str) -> SubscriptionState:
    return msgspec.structs.replace(member(event, 44719), failed=10, last_error="ECONNREFUSED: Connection refused")


def lines_of(*states: SubscriptionState, at: int) -> list[str]:
    view = SubscribersView()
    view.schemes = INFOS
    view.take(states, 0.0)
    lines = SubscribersLines(view, lambda: 0.0)
    return [plain(lines.header(at)), *(plain(lines.line(place, at)) for place in range(len(lines)))]


def test_a_hostile_subscriber_is_safe_at_every_width() -> None:
    evil = Subscriber(SubscriptionState(EVIL, 5.0, failed=3, last_error=HOSTILE), 5.0)
    assert_safe(subscriber_line(evil, 5.0, width) for width in range(1, 160, 13))


def test_counters_that_a_server_does_not_tell_are_no_zeros() -> None:
    untold = msgspec.structs.replace(member(), sent=None, failed=None, queued=None, dropped=None)
    line = plain(subscriber_line(Subscriber(untold, 60.0), 60.0, 120))
    assert line.count(UNTOLD) == 3
    assert " 0" not in line


def test_the_line_of_the_viewers_says_how_many_they_are() -> None:
    view = SubscribersView()
    view.take([msgspec.structs.replace(member(port=port), viewer=True) for port in (1, 2, 3)], 0.0)
    lines = SubscribersLines(view, lambda: 0.0)
    assert plain(lines.line(0, 80)).split("  ")[0] == "▸ watching: 3 viewers"
    assert "No subscribers" in plain(lines.line(0, 80))
