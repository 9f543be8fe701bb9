"""The caches of a painted line are made when something is kept in them, and keep it."""

import gc

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.cache import FIFOCache
from textual.strip import Strip

from evtui.ui.terminal.light_strips import lighten_strips


def _caches(strip: Strip) -> int:
    return sum(isinstance(each, FIFOCache) for each in gc.get_referents(strip))


@pytest.fixture(autouse=True)
def _lighten() -> None:
    lighten_strips()
    lighten_strips()


def test_a_new_line_has_no_cache() -> None:
    assert _caches(Strip([Segment("a line")], 6)) == 0


def test_what_is_made_of_a_line_is_kept() -> None:
    strip = Strip([Segment("a line "), Segment("of words")], 15)
    assert strip.crop(2, 9).text == "line of"
    assert strip.crop(2, 9) is strip.crop(2, 9)
    assert _caches(strip) == 1
    assert [each.text for each in strip.divide([2, 15])] == ["a ", "line of words"]
    assert strip.divide([2, 15])[0] is strip.divide([2, 15])[0]
    assert strip.adjust_cell_length(20).text == "a line of words     "
    bold = Style(bold=True)
    assert strip.apply_style(bold) is strip.apply_style(bold)
    assert [each.style for each in strip.apply_style(bold)] == [bold, bold]
    assert _caches(strip) == 4


def test_as_many_are_kept_as_textual_keeps() -> None:
    strip = Strip([Segment("x" * 100)], 100)
    first = strip.crop(0, 1)
    for end in range(2, 60):
        assert strip.crop(0, end).cell_length == end
    assert strip.crop(0, 1) is not first
