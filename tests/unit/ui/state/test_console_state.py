"""What the console folds from records and states."""

from evtui.codecs.display_text import UNTOLD
from evtui.core.ports import Status
from evtui.core.records import Expired, Published, Raised, Refreshed, Refused, Restarted, Subscribed, Unsubscribed
from evtui.core.values import Params, Socket, Subscription
from evtui.core.viewers.viewer_mark import VIEWER_HOST
from evtui.filters.record_facts import change_text
from evtui.ui.screens.status_lines import hint_text, status_words
from evtui.ui.state.console_state import ConsoleState, Unread
from evtui.ui.stream.stream_lines import row_line
from evtui.ui.text.cells import plain
from tests.unit.ui.records import member, raised, subscription


def test_everything_lost_is_counted_once() -> None:
    fold = ConsoleState()
    fold.take_records([raised(), Refused(0.0, "E_TEST", Params(), "nested too deep")], 1.0, Unread(lost=7, skipped=100))
    fold.take_states(Status("embedded", dropped=2), [], [], 1.0)
    assert fold.lost == 9
    assert fold.stream.received == 2


def test_changes_make_the_states_stale_and_raises_do_not() -> None:
    fold = ConsoleState()
    fold.stale = False
    fold.take_records([raised()], 1.0)
    assert not fold.stale
    fold.take_records([Published(0.0, "E_NEW")], 1.0)
    assert fold.stale


def test_only_countdowns_change_by_themselves() -> None:
    fold, seen = ConsoleState(), list[bool]()
    for ttl in (None, 9.0):
        fold.take_states(Status("embedded"), [], [member(ttl=ttl)], 1.0)
        seen.append(fold.subscribers.has_countdowns)
    fold.take_trouble("away", 2.0)
    assert [*seen, fold.subscribers.has_countdowns] == [False, True, False]


def test_a_jump_in_a_recording_forgets_what_was_read_and_not_the_profile() -> None:
    fold = ConsoleState()
    fold.profile = "lab"
    fold.take_records([raised()], 1.0, Unread(lost=7))
    fold.start_over()
    words = [plain(word.cells) for word in status_words(fold, 1.0, read_only=False, demo=False)]
    assert "profile lab" in words
    assert (fold.raises, fold.unread.lost) == (0, 0)


def test_an_unsubscribe_in_the_records_is_not_shown_as_expired() -> None:
    fold = ConsoleState()
    fold.take_states(Status("embedded"), [], [member(ttl=1.0)], 1.0)
    fold.take_records([Unsubscribed(0.0, subscription())], 1.5)
    fold.take_states(Status("embedded"), [], [], 1.6)
    assert fold.subscribers.subscribers == ()


def test_a_backend_that_is_away_is_reported_and_forgotten_when_it_is_back() -> None:
    fold, seen = ConsoleState(), list[str | None]()
    fold.take_trouble("no answer", 0.0)
    seen.append(fold.trouble)
    fold.take_states(Status("here"), [], [], 1.0)
    seen.append(fold.trouble)
    fold.take_states(Status("there", connected=False, detail="retry in 3 s"), [], [], 1.0)
    seen.append(fold.trouble)
    assert seen == ["no answer", None, "retry in 3 s"]


def test_what_the_view_skipped_is_not_lost() -> None:
    fold = ConsoleState()
    fold.take_records([raised()], 1.0, Unread(skipped=1_000))
    fold.take_states(Status("embedded"), [], [], 1.0)
    assert fold.lost == 0
    words = list(status_words(fold, 1.0, read_only=False, demo=False))
    assert [word.cells for word in words if "1,000" in plain(word.cells)] == [
        [("dim", "not shown "), ("dim", "1,000 ")]
    ]
    assert not any(role == "bad" for word in words for role, _ in word.cells)


def test_losses_that_a_server_does_not_tell_are_no_zero() -> None:
    fold = ConsoleState()
    fold.take_states(Status("udp:127.0.0.1:8080", dropped=None), [], [], 1.0)
    assert f"lost {UNTOLD}     " in [plain(word.cells) for word in status_words(fold, 1.0, read_only=False, demo=False)]
    fold.take_records([], 1.0, Unread(lost=3))
    assert fold.lost == 3


def test_what_viewers_do_makes_no_rows_and_changes_the_states() -> None:
    fold = ConsoleState()
    fold.stale = False
    viewer = Subscription("E_TEST", Socket("udp", f"{VIEWER_HOST}:4"), 60)
    fold.take_records([kind(0.0, viewer) for kind in (Subscribed, Refreshed, Unsubscribed, Expired)], 1.0)
    assert (len(fold.stream.view), fold.stale) == (0, True)
    fold.take_records([Refreshed(0.0, viewer), raised(), Refreshed(0.0, subscription())], 1.0)
    assert [type(row.record) for row in fold.stream.view] == [Raised, Refreshed]


def test_a_notification_is_a_proof_of_life() -> None:
    fold = ConsoleState()
    fold.take_records([raised()], 10.0)
    fold.take_trouble("udp:127.0.0.1:8080: no answer within 5 s; retry in 4 s", 10.0)
    said = [
        "".join(plain(word.cells) for word in status_words(fold, now, read_only=False, demo=False))
        for now in (12.0, 16.0)
    ]
    assert "● LIVE no answers retry 4 s" in said[0]
    assert "DISCONNECTED" not in said[0]
    assert "● DISCONNECTED retry 4 s" in said[1]


def test_a_watched_server_is_disconnected_as_soon_as_its_feed_is_lost() -> None:
    fold = ConsoleState()
    fold.take_records([raised()], 10.0)
    why = "unix:/run/mi.watch: Connection refused; next attempt in 4 s"
    fold.take_states(Status("unix:/run/mi.sock", connected=False, detail=why), [], [], 10.5)
    words = "".join(plain(word.cells) for word in status_words(fold, 10.5, read_only=False, demo=False))
    assert "● DISCONNECTED retry 4 s" in words
    assert hint_text(fold, None) == "unix:/run/mi.watch: Connection refused. What was received is still shown."


def test_a_server_whose_connection_stands_is_silent_and_not_disconnected() -> None:
    fold = ConsoleState()
    why = "unix:/run/mi.sock: it has said nothing for 4 s: it is stopped or busy"
    fold.take_states(Status("unix:/run/mi.sock", connected=False, detail=why, silence=4.2), [], [], 1.0)
    words = "".join(plain(word.cells) for word in status_words(fold, 1.0, read_only=False, demo=False))
    assert "● NO ANSWER 4 s" in words
    assert "DISCONNECTED" not in words


def test_a_question_without_an_answer_is_told_after_two_seconds_whatever_is_received() -> None:
    fold = ConsoleState()
    fold.take_states(Status("http://127.0.0.1:8888/mi"), [], [], 10.0)
    fold.asked_at = 10.0
    said = list[str]()
    for now in (11.5, 12.5):
        fold.take_records([raised()], now)
        said.append("".join(plain(word.cells) for word in status_words(fold, now, read_only=False, demo=False)))
    assert "● LIVE" in said[0]
    assert "● NO ANSWER 2 s" in said[1]
    assert "LIVE" not in said[1]


def test_a_restart_is_a_row_and_is_known_until_the_next_poll_that_began_after_it() -> None:
    fold = ConsoleState()
    fold.stale = False
    fold.take_records([Restarted(0.0, 7.25)], 1.0)
    (row,) = fold.stream.view
    assert change_text(row.record) == "up to 7.2 s missing: the server was restarted"
    assert all("up to 7.2 s missing" in plain(row_line(row, width)) for width in (78, 118, 198))
    assert fold.stream.received == 0
    fold.take_states(Status("x"), [], [], 1.0)
    assert fold.was_restarted, "this answer is of a poll that began before"
    fold.stale = False
    fold.take_states(Status("x"), [], [], 2.0)
    assert not fold.was_restarted
