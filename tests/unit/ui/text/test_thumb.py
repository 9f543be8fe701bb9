"""Where the thumb of a scroll bar stands: two bars with the same thumb are drawn alike by Textual."""

from hypothesis import given
from hypothesis import strategies as st
from textual.scrollbar import ScrollBarRender

from evtui.ui.text.thumb import EIGHTHS, NO_THUMB, thumb


def _drawn(size: int, lines: int, window: int, first: float) -> list[object]:
    # As Textual's bar gives it: no window where all lines are in view.
    shown = window if window < lines else 0
    return [*ScrollBarRender.render_bar(size, lines, shown, first).segments]


@given(st.integers(1, 60), st.integers(1, 400), st.integers(0, 3), st.floats(0, 1))
def test_bars_with_the_same_thumb_are_drawn_alike(size: int, lines: int, more: int, place: float) -> None:
    first = place * max(0, lines - size)
    one, other = (size, lines, size, first), (size, lines + more, size, first + more)
    if thumb(*one) == thumb(*other):
        assert _drawn(*one) == _drawn(*other)


def test_a_long_list_that_grows_by_a_line_keeps_the_thumb_of_one_that_follows() -> None:
    assert thumb(36, 1000, 36, 964) == thumb(36, 1001, 36, 965)
    assert thumb(36, 1000, 36, 964)[1] == 36 * EIGHTHS


def test_a_list_that_is_all_in_view_has_no_thumb() -> None:
    assert thumb(36, 36, 36, 0) == thumb(36, 10, 36, 0) == NO_THUMB
