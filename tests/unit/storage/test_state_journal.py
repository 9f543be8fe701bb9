"""The journal of a state file: what was appended counts, a torn end does not, and the clocks may jump."""

import logging
import os
from pathlib import Path

import pytest

from evtui.core.transport import SavedSubscription, SubscriptionChange
from evtui.storage import state_journal
from evtui.storage.json_text import escape, unescape
from evtui.storage.state_file import read_state, write_state
from evtui.storage.state_journal import Moment, StateJournal, journal_path

WALL, MONOTONIC, HOUR = 1_800_000_000.0, 5000.0, 3600.0
A, B, C = (SavedSubscription("E_A", f"udp:127.0.0.1:{port}", 600, 500.0) for port in (1, 2, 3))


def changed(saved: SavedSubscription) -> SubscriptionChange:
    return SubscriptionChange(saved.event, saved.source, saved.is_wildcard, saved)


def ended(saved: SavedSubscription) -> SubscriptionChange:
    return SubscriptionChange(saved.event, saved.source, saved.is_wildcard, None)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Write a file with A and B."""
    write_state(tmp_path / "state", [A, B], WALL)
    return tmp_path / "state"


@pytest.fixture
def journal(state: Path) -> StateJournal:
    journal = StateJournal(state)
    journal.start(Moment(WALL, MONOTONIC))
    return journal


def left(state: Path, wall: float, monotonic: float) -> dict[str, float | None]:
    return {each.source[-1]: each.left for each in read_state(state, wall, monotonic)}


def test_changes_are_applied_in_order_each_with_the_time_since(state: Path, journal: StateJournal) -> None:
    journal.append([changed(C), ended(A)], MONOTONIC + 10)
    journal.append([changed(B), changed(A)], MONOTONIC + 20)
    assert list(left(state, WALL + 30, MONOTONIC + 30).items()) == [("2", 490.0), ("3", 480.0), ("1", 490.0)]
    assert journal.lines == 4


@pytest.mark.parametrize("jump", [-HOUR, 0.0, HOUR])
def test_a_jump_of_the_wall_clock_changes_no_expiry_while_the_machine_runs(
    state: Path, journal: StateJournal, jump: float
) -> None:
    journal.append([changed(C)], MONOTONIC + 10)
    assert left(state, WALL + 30 + jump, MONOTONIC + 30) == {"1": 470.0, "2": 470.0, "3": 480.0}


def test_after_a_start_of_the_machine_the_wall_clock_tells(
    state: Path, journal: StateJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append([changed(C)], MONOTONIC + 10)
    monkeypatch.setattr(state_journal, "_boot", lambda: "another")
    assert left(state, WALL + 30, MONOTONIC + 30_000) == {"1": 470.0, "2": 470.0, "3": 480.0}
    assert left(state, WALL + 30, MONOTONIC - 1000) == {"1": 470.0, "2": 470.0, "3": 480.0}


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_last_line_is_ignored_and_said(
    state: Path, journal: StateJournal, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    journal.append([ended(A), changed(C)], MONOTONIC)
    path = journal_path(state)
    path.write_bytes(path.read_bytes()[:-cut])
    assert set(left(state, WALL, MONOTONIC)) == {"2"}
    assert "last line was not written to its end" in caplog.text


def test_a_damaged_line_is_ignored_and_said_and_the_others_count(
    state: Path, journal: StateJournal, caplog: pytest.LogCaptureFixture
) -> None:
    journal.append([ended(A), changed(C)], MONOTONIC)
    lines = journal_path(state).read_bytes().split(b"\n")
    lines[1] = b"\xff" + lines[1][1:]
    journal_path(state).write_bytes(b"\n".join(lines))
    assert set(left(state, WALL, MONOTONIC)) == {"1", "2", "3"}
    assert "line 2 is damaged" in caplog.text


def test_a_journal_of_an_older_file_counts_for_nothing(state: Path, journal: StateJournal) -> None:
    journal.append([ended(A), changed(C)], MONOTONIC)
    write_state(state, [A], WALL + 50)  # evtui was killed before it began a new journal
    assert left(state, WALL + 50, MONOTONIC + 50) == {"1": 500.0}


def test_a_journal_that_is_none_or_has_no_state_file_is_said(
    state: Path, journal: StateJournal, caplog: pytest.LogCaptureFixture
) -> None:
    journal_path(state).write_bytes(b"\0" * 100)
    assert set(left(state, WALL, MONOTONIC)) == {"1", "2"}
    assert "it is not a journal" in caplog.text
    state.unlink()
    assert left(state, WALL, MONOTONIC) == {}
    assert "the file is gone" in caplog.text


def test_nothing_is_said_of_a_whole_journal(
    state: Path, journal: StateJournal, caplog: pytest.LogCaptureFixture
) -> None:
    journal.append([changed(C)], MONOTONIC)
    with caplog.at_level(logging.DEBUG):
        assert len(left(state, WALL, MONOTONIC)) == 3
    assert caplog.text == ""


@pytest.mark.parametrize("text", ["E_\udcff*", "E_\ud800", "\0a", "\1a", "é\0", "", "E_\udcff\ud800"])
def test_any_text_comes_back_from_the_file_and_its_journal(tmp_path: Path, text: str) -> None:
    assert unescape(escape(text)) == text
    state = tmp_path / "state"
    derived = SavedSubscription("E_A", "udp:127.0.0.1:9", pattern=text)
    itself = SavedSubscription(text, f"unix:/{text}", is_wildcard=True)
    write_state(state, [derived], WALL)
    journal = StateJournal(state)
    journal.start(Moment(WALL, MONOTONIC))
    journal.append([changed(itself)], MONOTONIC)
    assert list(read_state(state, WALL)) == [derived, itself]


def test_a_line_that_could_not_be_written_whole_leaves_no_trace(
    state: Path, journal: StateJournal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def half(file: int, text: bytes) -> None:
        os.write(file, text[: len(text) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(state_journal, "_write", half)
        with pytest.raises(OSError, match="No space"):
            journal.append([ended(A)], MONOTONIC)
    journal.append([changed(C)], MONOTONIC)
    assert set(left(state, WALL, MONOTONIC)) == {"1", "2", "3"}
    assert caplog.text == ""
