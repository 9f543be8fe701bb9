"""Filters with names, in a file and in the configuration."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.ui.stream.filters.saved_filters import MAX_BYTES, MAX_SAVED, SavedFilter, SavedFilters, SavedFiltersError


def test_what_is_saved_is_listed_by_name_beside_the_configuration(tmp_path: Path) -> None:
    saved = SavedFilters({"calls": "event=E_CALL"}, tmp_path / "filters.toml")
    saved.save("slow", "latency>1s")
    saved.save("also", 'text~"a b"')
    saved.save("slow", "latency>2s")
    assert saved.read() == [
        SavedFilter("also", 'text~"a b"', is_configured=False),
        SavedFilter("calls", "event=E_CALL", is_configured=True),
        SavedFilter("slow", "latency>2s", is_configured=False),
    ]
    saved.delete("also")
    assert [each.name for each in saved.read()] == ["calls", "slow"]
    assert (tmp_path / "filters.toml").stat().st_mode & 0o777 == 0o600


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(st.dictionaries(NAMES, NAMES, max_size=4))
def test_any_name_and_text_comes_back(tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]) -> None:
    saved = SavedFilters({}, tmp_path_factory.mktemp("saved") / "filters.toml")
    for name, text in texts.items():
        saved.save(name, text)
    assert {each.name: each.text for each in saved.read()} == texts


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"x = [", "Invalid value"),
        (b"x = 5", "'x' is not a text"),
        (b"\xff", "utf-8"),
        (b"#" * (MAX_BYTES + 1), "bytes"),
    ],
)
def test_a_file_that_is_not_such_a_table_is_refused_and_kept(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "filters.toml"
    file.write_bytes(content)
    saved = SavedFilters({}, file)
    for work in (saved.read, lambda: saved.save("a", "b"), lambda: saved.delete("a")):
        with pytest.raises(SavedFiltersError) as caught:
            work()
        assert why in str(caught.value)
    assert file.read_bytes() == content


def test_a_name_of_the_configuration_and_one_too_many_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "filters.toml"
    saved = SavedFilters({"calls": "x"}, file)
    with pytest.raises(SavedFiltersError, match="the configuration has"):
        saved.save("calls", "y")
    file.write_text("".join(f'f{number} = "x"\n' for number in range(MAX_SAVED)))
    saved.save("f1", "y")
    with pytest.raises(SavedFiltersError, match="already"):
        saved.save("one more", "y")


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SavedFiltersError, match="Not a directory"):
        SavedFilters({}, tmp_path / "file" / "filters.toml").save("a", "b")
    with pytest.raises(SavedFiltersError):
        SavedFilters({}, tmp_path / "filters.toml").save("a", "\udc80")
