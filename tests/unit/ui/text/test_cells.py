"""Pieces of lines, matches marked, columns chosen, lines folded."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from evtui.ui.text.cells import Cells, mark_matches, plain
from evtui.ui.text.columns import TableColumn, fit, header
from evtui.ui.text.wrap import wrap

COLUMNS = (
    TableColumn("first", "first", 6, 1),
    TableColumn("second", "second", 8, 0, grow=1),
    TableColumn("third", "third", 5, 2),
)


def test_a_match_is_marked_in_every_place_and_over_pieces() -> None:
    cells: Cells = [("name", "ip="), ("value", "203.0.113.7 ip=")]
    assert mark_matches(cells, "ip=2") == [("match", "ip="), ("match", "2"), ("value", "03.0.113.7 ip=")]
    assert mark_matches(cells, "ip") == [
        ("match", "ip"), ("name", "="), ("value", "203.0.113.7 "), ("match", "ip"), ("value", "="),
    ]  # fmt: skip
    assert mark_matches(cells, "zz") == cells


@given(st.lists(st.text("abß ", max_size=6), max_size=5), st.text("abß", min_size=1, max_size=3))
def test_marking_never_changes_the_text(pieces: list[str], needle: str) -> None:
    cells: Cells = [("text", piece) for piece in pieces]
    assert plain(mark_matches(cells, needle)) == plain(cells)


def test_what_matters_least_is_cut_first() -> None:
    assert fit(COLUMNS, 40) == {"first": 6, "second": 27, "third": 5}
    assert fit(COLUMNS, 16) == {"first": 6, "second": 9}
    assert fit(COLUMNS, 9) == {"second": 9}
    assert fit(COLUMNS, 3) == {"second": 3}


@given(st.integers(1, 200))
def test_the_columns_fill_the_width_and_no_more(width: int) -> None:
    assert cell_len(plain(header(COLUMNS, fit(COLUMNS, width)))) == width


@given(st.lists(st.text("ab 日́", max_size=60), max_size=4), st.integers(8, 40))
def test_folding_loses_nothing_and_keeps_to_the_width(pieces: list[str], width: int) -> None:
    line: Cells = [("text", piece) for piece in pieces]
    folded = [plain(cells) for cells in wrap([line], width)]
    assert all(cell_len(text) <= width for text in folded)
    assert "".join(folded).replace(" ", "") == plain(line).replace(" ", "")
