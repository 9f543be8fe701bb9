"""What a user chose in the console is there at the next start, whatever became of the file."""

import json
from pathlib import Path

import pytest

from evtui.persistence.kept_choices import MOST_BYTES, KeptChoices
from evtui.ui.state.console_choices import LONGEST_TEXT, MOST_TEXTS, ConsoleChoices, with_text

CHOSEN = ConsoleChoices(
    theme="evtui-light", events_order="name", subscribers_order="queue", columns={"-wide": (26, 50, 24)},
    filters=("failed", "latency>5ms"), searches=("ENOENT",),
)  # fmt: skip


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evtui" / "console.json"


def test_what_was_chosen_is_found_at_the_next_start(path: Path, told: list[str]) -> None:
    kept = KeptChoices(path, told.append)
    assert kept.found == ConsoleChoices()
    kept.keep(CHOSEN)
    assert KeptChoices(path, told.append).found == CHOSEN
    assert (path.stat().st_mode & 0o777, told) == (0o600, [])


def test_what_nobody_chose_is_not_written(path: Path, told: list[str]) -> None:
    KeptChoices(path, told.append).keep(ConsoleChoices())
    assert not path.exists()
    KeptChoices(path, told.append).keep(ConsoleChoices(theme="evtui-light"))
    assert json.loads(path.read_text()) == {"theme": "evtui-light"}


def test_of_two_consoles_each_writes_what_was_chosen_in_it(path: Path, told: list[str]) -> None:
    one, other = KeptChoices(path, told.append), KeptChoices(path, told.append)
    one.keep(ConsoleChoices(theme="evtui-light"))
    other.keep(ConsoleChoices(events_order="name"))
    assert KeptChoices(path, told.append).found == ConsoleChoices(theme="evtui-light", events_order="name")


@pytest.mark.parametrize(
    "damaged",
    [b"{", b"\xff\xfe", b"[]", b'{"theme": 1}', b'{"columns": {"x": ["a"]}}', b'{"filters": ["' + b"x" * 1001 + b'"]}',
     b'{"theme": "' + b" " * MOST_BYTES + b'"}', b""],
)  # fmt: skip
def test_a_damaged_file_is_put_aside_and_said(path: Path, told: list[str], damaged: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damaged)
    kept = KeptChoices(path, told.append)
    assert kept.found == ConsoleChoices()
    (text,) = told
    assert "is damaged" in text
    assert path.with_name("console.json.damaged").read_bytes() == damaged
    kept.keep(CHOSEN)
    assert KeptChoices(path, told.append).found == CHOSEN


def test_members_of_a_later_release_are_no_damage(path: Path, told: list[str]) -> None:
    path.parent.mkdir()
    path.write_text('{"theme": "evtui-light", "later": 1}')
    assert KeptChoices(path, told.append).found == ConsoleChoices(theme="evtui-light")
    assert told == []


def test_a_place_that_cannot_be_written_is_told_once(tmp_path: Path, told: list[str]) -> None:
    (tmp_path / "evtui").write_text("a file where the directory should be")
    kept = KeptChoices(tmp_path / "evtui" / "console.json", told.append)
    for theme in ("one", "two"):
        kept.keep(ConsoleChoices(theme=theme))
    (text,) = told
    assert "not remembered" in text


def test_texts_are_kept_once_newest_last_and_bounded() -> None:
    texts: tuple[str, ...] = ()
    for number in range(MOST_TEXTS + 10):
        texts = with_text(texts, f"n={number}")
    texts = with_text(texts, "n=20")
    assert (len(texts), texts[-1], texts.count("n=20")) == (MOST_TEXTS, "n=20", 1)
    assert with_text(texts, " ") is texts
    assert with_text(texts, "x" * (LONGEST_TEXT + 1)) is texts
