"""Columns that a key makes wider."""

from evtui.ui.panes import Pane
from evtui.ui.screens.column_shares import LEAST, STEP, ColumnShares


def three() -> ColumnShares[Pane]:
    return ColumnShares(((("events",), 30), (("stream", "detail"), 40), (("subscribers",), 30)))


def test_an_outer_column_takes_from_its_neighbour() -> None:
    columns = three()
    assert columns.grid_columns is None
    assert columns.widen("events", 1)
    assert columns.shares == [30 + STEP, 40 - STEP, 30]
    assert columns.widen("subscribers", -1)
    assert columns.shares == [30 + STEP, 40, 30 - STEP]
    assert columns.grid_columns == "34fr 40fr 26fr"


def test_a_middle_column_takes_from_both_alike_and_a_step_back_returns_it() -> None:
    columns = three()
    assert columns.widen("detail", 1)
    assert columns.shares == [30 - STEP // 2, 40 + STEP, 30 - STEP // 2]
    assert columns.widen("detail", -1)
    assert columns.shares == [30, 40, 30]


def test_every_column_keeps_some_width_and_nothing_is_lost() -> None:
    for pane in ("events", "stream", "subscribers"):
        for step in (1, -1):
            columns = three()
            while columns.widen(pane, step):
                assert sum(columns.shares) == 100
            assert LEAST <= min(columns.shares) < LEAST + STEP


def test_a_pane_that_is_in_no_column_has_none_to_widen() -> None:
    assert not three().widen("raise", 1)
