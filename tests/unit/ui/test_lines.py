"""What the panes write, line by line, for any width and any text."""

import re
import unicodedata
from collections.abc import Iterable

import pytest
from rich.cells import cell_len

from evtui.core.ports import Status, SubscriptionState
from evtui.core.records import Dropped, Expired, Published, Raised, Record, Refreshed, Subscribed, Unsubscribed
from evtui.core.values import Params, Socket, Subscription
from evtui.transports import INFOS
from evtui.ui.console_state import ConsoleState
from evtui.ui.detail.detail_lines import DetailLines
from evtui.ui.detail.subject import TABS, Subject, Tab
from evtui.ui.detail.subject_lines import subject_lines
from evtui.ui.events.events_lines import EventsLines
from evtui.ui.events.events_view import EventsView
from evtui.ui.screens.status_lines import hint_text, key_words, status_words, tab_words
from evtui.ui.stream.stream_lines import row_line
from evtui.ui.stream.stream_rows import StreamRow
from evtui.ui.subscribers.subscribers_lines import subscriber_line
from evtui.ui.subscribers.subscribers_view import Subscriber
from evtui.ui.text.cells import Cells, plain
from tests.unit.ui.records import HOSTILE, member, raised, state, subscription

EVIL = Subscription("E_" + HOSTILE, Socket("unix", "/tmp/" + HOSTILE), 60)
RECORDS: tuple[Record, ...] = (
    raised("E_TEST", {"ip": "192.0.2.1", "n": 3}),
    raised("E_" + HOSTILE, {HOSTILE: HOSTILE, "none": None, "float": 1.5}),
    raised("E_TEST", [HOSTILE, 1], subscribers=0),
    Published(0.0, "E_" + HOSTILE),
    Subscribed(0.0, EVIL),
    Refreshed(0.0, EVIL),
    Unsubscribed(0.0, EVIL),
    Expired(0.0, EVIL),
    Dropped(0.0, "E_" + HOSTILE, Params((HOSTILE,)), HOSTILE),
)


def row(record: Record, error: str | None = None) -> StreamRow:
    served = isinstance(record, Raised) and record.plan.size > 0
    return StreamRow(0, record, 0, 0, error) if served else StreamRow(0, record)


def assert_safe(lines: Iterable[Cells]) -> None:
    for line in lines:
        assert not {unicodedata.category(char) for char in plain(line)} & {"Cc", "Cf", "Cs"}, plain(line)


@pytest.mark.parametrize("width", [1, 7, 30, 78, 120, 200])
@pytest.mark.parametrize("record", RECORDS)
def test_a_row_of_the_stream_is_safe_and_exactly_as_wide_as_its_pane(record: Record, width: int) -> None:
    line = row_line(row(record, HOSTILE), width)
    assert cell_len(plain(line)) == width
    assert_safe([line])


def test_a_row_says_event_subscriber_outcome_latency_and_attributes() -> None:
    text = plain(row_line(row(RECORDS[0]), 120))
    for part in ("E_TEST", "udp:127.0.0.1:9000", "✓", "1.2 ms", "ip=192.0.2.1 n=3"):
        assert part in text


def test_a_failed_delivery_says_why_first() -> None:
    text = plain(row_line(row(RECORDS[0], "ECONNREFUSED: Connection refused"), 140))
    assert "✗" in text
    assert text.index("ECONNREFUSED") < text.index("ip=")


def test_attributes_are_the_last_to_be_cut() -> None:
    assert "ip=192.0.2.1" in plain(row_line(row(RECORDS[0]), 60))
    assert "1.2 ms" not in plain(row_line(row(RECORDS[0]), 60))


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


@pytest.mark.parametrize("width", [57, 69, 77, 85])
def test_the_stream_of_every_layout_has_time_subscriber_and_attributes(width: int) -> None:
    text = plain(row_line(row(RECORDS[0]), width, INFOS))
    for part in ("E_TEST", "127.0.0.1:9000", "✓", "ip=192.0.2.1"):
        assert part in text
    assert re.match(r"\d\d:\d\d:\d\d", text)


def test_a_hostile_subscriber_is_safe_at_every_width() -> None:
    evil = Subscriber(SubscriptionState(EVIL, 5.0, failed=3, last_error=HOSTILE), 5.0)
    assert_safe(subscriber_line(evil, 5.0, width) for width in range(1, 160, 13))


def test_a_catalogue_line_is_as_wide_as_its_pane() -> None:
    view = EventsView()
    view.take([state("E_" + HOSTILE, 0, HOSTILE, raises=4), state("E_MINE", 1)], 0.0)
    lines = EventsLines(view)
    for width in (1, 20, 43, 55, 90):
        written = [lines.line(index, width) for index in range(len(lines))]
        assert {cell_len(plain(line)) for line in written} == {width}
        assert_safe(written)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("record", RECORDS)
def test_the_detail_of_anything_is_safe_and_keeps_to_the_width(record: Record, tab: Tab) -> None:
    lines = DetailLines()
    lines.fill_in(row(record, HOSTILE), tab, 50, 0.0)
    written = [lines.line(index, 50) for index in range(len(lines))]
    assert written
    assert max(cell_len(plain(line)) for line in written) <= 50
    assert_safe(written)


def test_the_detail_of_an_event_and_a_subscriber_are_safe() -> None:
    evil = Subscriber(SubscriptionState(EVIL, 5.0, failed=3, last_error=HOSTILE), 5.0)
    subjects: tuple[Subject, ...] = (state("E_" + HOSTILE, 0, HOSTILE), evil)
    for subject in subjects:
        assert_safe(subject_lines(subject, "tree", 80, 0.0))


def test_the_tree_and_the_pretty_view_show_every_attribute() -> None:
    for tab in ("tree", "pretty"):
        text = "\n".join(plain(line) for line in subject_lines(row(RECORDS[0]), tab, 80, 0.0))
        assert "ip" in text
        assert "192.0.2.1" in text


def test_hex_and_wire_show_the_bytes_that_were_sent() -> None:
    shown = {tab: "\n".join(plain(line) for line in subject_lines(row(RECORDS[0]), tab, 80, 0.0)) for tab in TABS}
    assert '0000  7b 22 6a 73 6f 6e 72 70 63 22 3a 22 32 2e 30 22  {"jsonrpc":"2.0"' in shown["hex"]
    assert '{"jsonrpc":"2.0"}' in shown["wire"]
    assert "udp:127.0.0.1:9000" in shown["wire"]


def test_state_and_dropped_are_never_cut_from_the_status() -> None:
    fold = ConsoleState()
    fold.take_states(Status("embedded", dropped=4), [], [], 0.0)
    kept = [plain(word.cells) for word in status_words(fold, 0.0, read_only=True, demo=True) if not word.rank]
    assert kept == ["● LIVE", "dropped 4     "]


def test_the_status_says_paused_and_how_many_came_since() -> None:
    fold = ConsoleState()
    fold.stream.freeze("paused")
    fold.take_records([raised()] * 312, 0.0, 0)
    words = [plain(word.cells) for word in status_words(fold, 0.0, read_only=False, demo=False)]
    assert "‖ PAUSED +312" in words


def test_a_read_only_console_offers_nothing_that_changes() -> None:
    tabs = [word.action for word in tab_words("events", read_only=True)]
    keys = [word.action for word in key_words("subscribers", {}, read_only=True)]
    assert "show_raise" not in tabs
    assert not {"raise", "subscribe", "unsubscribe", "renew"} & set(keys)


def test_the_hint_names_the_next_key_until_it_has_been_used() -> None:
    fold = ConsoleState()
    fold.take_states(Status("embedded"), [state("E_MINE")], [], 0.0)
    assert "s subscribes a socket to E_MINE" in hint_text(fold, "E_MINE", read_only=False)
    fold.take_states(Status("embedded"), [state("E_MINE")], [member()], 0.0)
    assert "r raises E_MINE" in hint_text(fold, "E_MINE", read_only=False)
    fold.take_records([raised()], 0.0, 0)
    assert hint_text(fold, "E_MINE", read_only=False) == ""


def test_a_change_names_the_subscriber_and_the_expiry() -> None:
    text = plain(row_line(row(Subscribed(0.0, subscription(expire=60))), 120))
    assert "subscribed for 60 s" in text
    assert "udp:127.0.0.1:9000" in text
