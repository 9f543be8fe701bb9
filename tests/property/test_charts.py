"""Charts of blocks: exactly as wide and high as asked for, in scale, and without a value that is lost."""

import math

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from evtui.ui.text.charts import FLAT, NOT_MEASURED, axis_top, columns, share_bar, stretch, time_axis

VALUES = st.lists(st.none() | st.just(math.nan) | st.just(0.0) | st.floats(1e-6, 1e9), max_size=80)
HEIGHT = " ▁▂▃▄▅▆▇█"


def height(rows: list[str], place: int) -> int:
    return sum(HEIGHT.index(row[place]) for row in rows)


@given(VALUES, st.integers(1, 8))
def test_a_chart_has_a_column_for_each_value_and_shows_each_that_is_not_zero(
    values: list[float | None], rows: int
) -> None:
    top = axis_top(max((value for value in values if value is not None and not math.isnan(value)), default=0.0))
    drawn = columns(values, rows, top)
    assert len(drawn) == rows
    assert all(cell_len(row) == len(values) for row in drawn)
    for place, value in enumerate(values):
        if value is None or math.isnan(value):
            assert [row[place] for row in drawn] == [" "] * (rows - 1) + [NOT_MEASURED]
        elif value > 0:
            wanted = max(1, math.ceil(value / top * (8 * rows - 1)))
            assert height(drawn, place) == wanted
            assert 1 <= wanted < 8 * rows
        elif top:
            assert height(drawn, place) == 0
        else:
            assert [row[place] for row in drawn] == [" "] * (rows - 1) + [FLAT]


@given(st.lists(st.floats(0.0, 1e9), min_size=2, max_size=40), st.integers(1, 8))
def test_of_two_values_the_higher_one_is_not_drawn_lower(values: list[float], rows: int) -> None:
    drawn = columns(values, rows, axis_top(max(values)) or 1.0)
    ordered = sorted(range(len(values)), key=lambda place: values[place])
    heights = [height(drawn, place) for place in ordered]
    assert heights == sorted(heights)


@given(st.lists(st.floats(0.1, 1e9), min_size=1, max_size=60), st.integers(0, 100))
def test_no_value_is_left_out_of_a_wider_chart(values: list[float | None], more: int) -> None:
    cells = len(values) + more
    wide = stretch(values, cells)
    assert len(wide) == cells
    shown = [value for place, value in enumerate(wide) if place == 0 or (value != wide[place - 1])]
    assert {*wide} == {*values}
    assert len(shown) <= len(values)


def test_nothing_is_drawn_of_nothing() -> None:
    assert columns([], 3, 10.0) == ["", "", ""]
    assert stretch([], 10) == []
    assert columns([0.0, None], 2, 0.0) == ["  ", "─·"]


@given(st.floats(1e-9, 1e12))
def test_an_axis_ends_at_a_round_number_that_has_room_for_the_highest_value(highest: float) -> None:
    top = axis_top(highest)
    assert highest <= top <= highest * 2.6
    mantissa = top / 10 ** math.floor(math.log10(top) + 1e-9)
    assert min(abs(mantissa - step) for step in (1, 2, 5, 10)) < 1e-6


def test_an_axis_of_nothing_has_no_end() -> None:
    assert [axis_top(value) for value in (0.0, -1.0, math.nan, math.inf)] == [0.0] * 4


@given(st.sampled_from((1, 5, 15)), st.integers(1, 200))
def test_the_axis_of_time_is_as_wide_as_the_chart_and_ends_now(minutes: int, cells: int) -> None:
    axis = time_axis(minutes, cells)
    assert cell_len(axis) == cells
    assert cells < 3 or axis.endswith("now")
    assert "  " in axis or cells < 20


@given(st.floats(0.0, 1.0), st.integers(1, 120))
def test_a_bar_is_as_long_as_its_share(share: float, cells: int) -> None:
    bar = share_bar(share, cells)
    assert cell_len(bar) == cells
    assert (bar.strip() != "") == (share > 0)
    assert abs(bar.count("█") - share * cells) <= 1
