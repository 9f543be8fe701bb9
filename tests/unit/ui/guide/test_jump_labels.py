"""The letters that are given to panes and lines."""

import pytest

from evtui.ui.guide.jump_labels import HOME_ROW, LETTERS, line_letters, pane_letters
from evtui.ui.panes import ALL_PANES, PANES, SCRIPT_PANES, STATISTICS_PANES


def test_each_pane_with_a_number_has_a_letter_of_the_home_row_of_its_own() -> None:
    assert "".join(pane_letters((*PANES, *SCRIPT_PANES)).values()) == HOME_ROW
    assert pane_letters(("events", "routes")) == {"events": "s", "routes": "h"}


def test_panes_without_numbers_take_what_is_free() -> None:
    assert pane_letters((*STATISTICS_PANES, "stream")) == {"stream": "a", "charts": "s", "tables": "d"}
    assert len(set(pane_letters(ALL_PANES).values())) == len(ALL_PANES)


@pytest.mark.parametrize("count", [0, 1, 20, 21, 180, 181, 520])
def test_no_letters_are_the_begin_of_others(count: int) -> None:
    taken = set("asdfgh")
    letters = line_letters(count, taken)
    assert len(letters) == len(set(letters)) == count
    every = [*letters, *taken]
    assert not [(one, other) for one in every for other in every if one != other and other.startswith(one)]


def test_few_lines_have_one_letter_more_have_two() -> None:
    assert line_letters(4, "asdfgh") == ["j", "k", "l", "q"]
    assert {len(each) for each in line_letters(20, "asdfgh")} == {1}
    assert {len(each) for each in line_letters(21, "asdfgh")} == {2}
    assert all(each[1] in HOME_ROW for each in line_letters(180, "asdfgh"))


def test_the_number_of_letters_is_bounded() -> None:
    assert len(line_letters(1_000_000, "")) == len(LETTERS) ** 2
    assert line_letters(10, set(LETTERS)) == []
