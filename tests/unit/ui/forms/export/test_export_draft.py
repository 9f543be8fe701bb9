"""What can be exported, how the file is called, and which paths are refused."""

import os
from pathlib import Path

import pytest

from evtui.ui.forms.export.export_draft import RowChoice, check_path, proposed_name, row_choices, with_format
from evtui.ui.stream.stream_view import StreamView
from evtui.ui.widgets.path_field import completed, matching_names
from tests.unit.ui.records import raised
from tests.unit.ui.stream.filters.stream_filters import only


def test_the_filtered_rows_come_first_and_stay_as_they_were() -> None:
    view = StreamView()
    view.take([raised("E_A"), raised("E_B")])
    assert [choice.word for choice in row_choices(view, None)] == ["all"]
    view.show_only(only("event=E_A"))
    choices = row_choices(view, view.view[0])
    view.take([raised("E_A")])
    assert [(choice.word, len(choice.rows)) for choice in choices] == [("shown", 1), ("all", 2), ("one", 1)]
    assert choices[0].told() == "1 row, as filtered: event=E_A"


def test_a_file_is_called_by_the_time_and_the_filter_in_letters_that_every_shell_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = proposed_name(RowChoice("shown", (), "E_A ../../etc $(x) \x1b[2J é"), "csv", 0.0)
    assert name.endswith("-E_A-..-..-etc-x-2J.csv")
    assert "/" not in name
    assert proposed_name(RowChoice("all", ()), "jsonl", 0.0).count("-") == 2
    assert len(proposed_name(RowChoice("shown", (), "x" * 5000), "csv", 0.0)) < 100


def test_the_suffix_follows_the_format() -> None:
    assert with_format("/tmp/a.b.jsonl", "csv") == "/tmp/a.b.csv"
    assert with_format("/tmp/a.txt", "csv") == "/tmp/a.txt"


def test_a_path_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    own = tmp_path / "own"
    (tmp_path / "there").write_text("x")
    (tmp_path / "dir").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    os.mkfifo(tmp_path / "pipe")

    def wrong(path: str, *, only_own: bool = False) -> str:
        return check_path(path, own, only_own=only_own).wrong

    assert check_path(str(own / "new.csv"), own, only_own=True) == check_path(str(own / "new.csv"), own, only_own=False)
    assert not wrong(str(tmp_path / "new.csv"))
    assert check_path(str(tmp_path / "there"), own, only_own=False).exists
    assert wrong("") == wrong(f"{tmp_path}/") == "the name of a file is missing"
    assert wrong(str(tmp_path / "no" / "x")) == f"there is no directory {tmp_path / 'no'}"
    for other in ("dir", "link", "pipe"):
        assert wrong(str(tmp_path / other)) == "there is something else of this name"
    assert wrong(str(tmp_path / "a\0b"))
    assert wrong("~nobody-of-this-name/x")
    assert wrong(str(tmp_path / "there" / "x"))
    for outside in (tmp_path / "new.csv", own / ".." / "new.csv", own / "sub" / "x"):
        assert wrong(str(outside), only_own=True) == f"read-only: files are written to {own} only"


async def test_a_directory_is_completed_as_far_as_it_is_unique(tmp_path: Path) -> None:
    for name in ("alpha-one", "alpha-two", "beta", "bad\x1bname"):
        (tmp_path / name).mkdir()
    (tmp_path / "alphabet").write_text("")

    async def complete(text: str) -> str:
        path = f"{tmp_path}/{text}"
        return completed(path, await matching_names(path, files=False)).removeprefix(f"{tmp_path}/")

    assert await complete("al") == "alpha-"
    assert await complete("alpha-t") == "alpha-two/"
    assert await complete("be") == "beta/"
    assert await complete("ba") == "ba"
    assert await complete("zebra") == "zebra"
    assert await complete("") == ""
    assert await matching_names(f"{tmp_path}/no/x", files=False) == ()
