"""The files of rows that were copied."""

import stat
from pathlib import Path

import pytest

from evtui.ui.forms.export.saved_copy import save_new


def test_a_file_is_never_overwritten_and_is_its_owners_alone(tmp_path: Path) -> None:
    first = save_new(tmp_path / "new", "evtui", ".json", ["{}"])
    second = save_new(tmp_path / "new", "evtui", ".json", ["[]"])
    assert (first.read_text(), second.read_text()) == ("{}\n", "[]\n")
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "evtui.json").symlink_to(tmp_path / "victim")
    save_new(tmp_path, "evtui", ".json", ["{}"])
    assert not (tmp_path / "victim").exists()


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        save_new(tmp_path / "file" / "below", "evtui", ".json", [])
