"""How often the stream is painted, calmly and in a rush."""

from hypothesis import given
from hypothesis import strategies as st

from evtui.ui.stream.paint_pacing import PaintPacing

FRAME = 0.1
ROOM = 40


def painted(pacing: PaintPacing, counts: list[int]) -> list[bool]:
    """Look once a frame; `counts` are the rows that came before each look."""
    return [pacing.is_due(rows, ROOM, FRAME, 100 + place * FRAME) for place, rows in enumerate(counts)]


def test_each_look_with_rows_paints_while_they_can_be_read() -> None:
    assert painted(PaintPacing(), [1, 0, 2, 3, 0]) == [True, False, True, True, False]


def test_every_second_look_paints_in_a_rush() -> None:
    shown = painted(PaintPacing(), [100] * 40)
    assert shown == [True, False] * 20


def test_each_look_paints_in_a_rush_where_looks_are_seldom() -> None:
    pacing = PaintPacing()
    assert all(pacing.is_due(100, ROOM, 0.8, 100 + place * 0.8) for place in range(20))


def test_what_a_rush_left_out_is_painted_when_it_ends() -> None:
    assert painted(PaintPacing(), [100, 100, 0, 0]) == [True, False, True, False]


@given(st.lists(st.integers(0, 200), max_size=60))
def test_rows_are_painted_at_the_latest_one_look_later(counts: list[int]) -> None:
    shown = painted(PaintPacing(), [*counts, 0])
    for place, rows in enumerate(counts):
        assert not rows or shown[place] or shown[place + 1]
