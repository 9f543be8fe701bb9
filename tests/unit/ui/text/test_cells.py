"""Pieces of lines, matches marked, columns chosen, lines folded."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from evtui.ui.text.cells import Cells, mark_matches, plain
from evtui.ui.text.columns import TableColumn, fit, header
from evtui.ui.text.wrap import centred_line, wrap
from evtui.ui.widgets.folded_text import fold_at_gaps

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


def test_lines_in_the_middle_are_folded_and_nothing_is_lost() -> None:
    texts = ("No watch rule.", "a adds one: failed > 3 in 10 s, queue > 80 %")
    lines = [plain(centred_line(texts, place, 24)) for place in range(-1, 5)]
    assert " ".join(" ".join(lines).split()) == " ".join(texts)
    assert (lines[0], lines[-1]) == ("", "")
    assert max(map(cell_len, lines)) <= 24


def test_hints_are_folded_between_two_keys() -> None:
    text = Content.assemble(("a", "bold"), " add one", "  ", ("esc", "bold"), " close it")
    assert fold_at_gaps(text, 12).plain == "a add one\nesc close it"
    assert fold_at_gaps(text, 40).plain == fold_at_gaps(text, 0).plain == text.plain


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
