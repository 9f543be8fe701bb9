"""The history of raises in its file."""

import stat
import threading
from pathlib import Path

import pytest

from evtui.raising.raise_history import MAX_ENTRIES, MAX_ENTRY, HistoryError, RaiseHistory, SentRaise, redacted


def _lines(history: RaiseHistory) -> list[str]:
    return [sent.line for sent in history.read().raises]


def test_what_was_sent_is_there_after_a_restart(tmp_path: Path) -> None:
    RaiseHistory(tmp_path / "state").add(SentRaise("E_A", "ip=192.0.2.{n} b:={n}", 5.0))
    RaiseHistory(tmp_path / "state").add(SentRaise("E_\udcff", 'a="x y"', 6.0))
    assert RaiseHistory(tmp_path / "state").read().raises == (
        SentRaise("E_A", "ip=192.0.2.{n} b:={n}", 5.0),
        SentRaise("E_\udcff", 'a="x y"', 6.0),
    )


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    history = RaiseHistory(tmp_path)
    history.add(SentRaise("E_A"))
    assert stat.S_IMODE(history.path.stat().st_mode) == 0o600


def test_the_same_raise_twice_in_a_row_is_kept_once(tmp_path: Path) -> None:
    history = RaiseHistory(tmp_path)
    for line in ("a=1", "a=1", "a=2", "a=1"):
        history.add(SentRaise("E_A", line))
    assert _lines(history) == ["a=1", "a=2", "a=1"]


def test_the_oldest_are_forgotten_and_the_file_stays_bounded(tmp_path: Path) -> None:
    history = RaiseHistory(tmp_path)
    for number in range(2 * MAX_ENTRIES + 50):
        history.add(SentRaise("E_A", f"n={number}"))
    assert _lines(history)[-1] == f"n={2 * MAX_ENTRIES + 49}"
    assert len(_lines(history)) == MAX_ENTRIES
    assert history.path.read_bytes().count(b"\n") <= 2 * MAX_ENTRIES + 1


def test_a_raise_that_is_too_long_is_left_out(tmp_path: Path) -> None:
    history = RaiseHistory(tmp_path)
    history.add(SentRaise("E_A", "a=" + "x" * MAX_ENTRY))
    assert _lines(history) == []


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("user=a password=hunter2", 'user=a password="***"'),
        ('db_passwd:="{n}hunter2"', 'db_passwd="***"'),
        ("api_token=hunter2", 'api_token="***"'),
        ("to=rabbitmq:guest:hunter2@host/q", 'to="rabbitmq:guest:***@host/q"'),
        ("rabbitmq:guest:hunter2@host/q", '"rabbitmq:guest:***@host/q"'),
        ('to:="rabbitmq:guest:hunter2@host/q"', 'to="rabbitmq:guest:***@host/q"'),
    ],
)
def test_passwords_are_not_written(tmp_path: Path, line: str, kept: str) -> None:
    history = RaiseHistory(tmp_path)
    history.add(SentRaise("E_A", line))
    assert b"hunter2" not in history.path.read_bytes()
    (sent,) = history.read().raises
    assert sent.redacted
    assert sent.line == kept


def test_a_raise_without_passwords_is_kept_as_it_is() -> None:
    sent = SentRaise("E_A", "ip=192.0.2.1 uri=sip:alice@example.com n:={n}", 1.0)
    assert redacted(sent) is sent


@pytest.mark.parametrize("damage", [b"not json\n", b'{"event":3}\n', b"\xff\xfe\n", b'{"event":"E_B"', b"\x00\n"])
def test_a_damaged_file_is_set_aside_and_the_rest_is_kept(tmp_path: Path, damage: bytes) -> None:
    history = RaiseHistory(tmp_path)
    history.add(SentRaise("E_A", "a=1"))
    with history.path.open("ab") as file:
        file.write(damage)
    history.add(SentRaise("E_A", "a=2"))
    kept = history.read()
    assert [sent.line for sent in kept.raises] == ["a=1", "a=2"]
    assert "raise-history-damaged-1.jsonl" in kept.damage
    assert damage.rstrip(b"\n") in (tmp_path / "raise-history-damaged-1.jsonl").read_bytes()
    assert history.read().damage == ""


def test_a_file_set_aside_before_is_not_replaced(tmp_path: Path) -> None:
    history = RaiseHistory(tmp_path)
    for number in (1, 2):
        history.path.write_bytes(b"damage %d\n" % number)
        assert f"damaged-{number}.jsonl" in history.read().damage
    assert (tmp_path / "raise-history-damaged-1.jsonl").read_bytes() == b"damage 1\n"


def test_two_writers_lose_nothing_of_each_other(tmp_path: Path) -> None:
    def write(name: str) -> None:
        history = RaiseHistory(tmp_path)
        for number in range(60):
            history.add(SentRaise("E_A", f"{name}={number}"))

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = _lines(RaiseHistory(tmp_path))
    assert [line for line in lines if line.startswith("a")] == [f"a={number}" for number in range(60)]
    assert [line for line in lines if line.startswith("b")] == [f"b={number}" for number in range(60)]


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    history = RaiseHistory(tmp_path)
    history.path.mkdir()
    with pytest.raises(HistoryError, match=r"raise-history\.jsonl"):
        history.read()
    with pytest.raises(HistoryError, match=r"raise-history\.jsonl"):
        history.add(SentRaise("E_A"))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    history = RaiseHistory(tmp_path)
    (tmp_path / "other").write_text("mine\n")
    history.path.symlink_to("other")
    with pytest.raises(HistoryError):
        history.add(SentRaise("E_A"))
    assert (tmp_path / "other").read_text() == "mine\n"
