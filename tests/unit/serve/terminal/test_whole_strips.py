"""A painted line that is not divided is freed without a garbage collection."""

import gc
from collections.abc import Generator

import pytest
from rich.segment import Segment
from textual.strip import Strip

from evtui.serve.terminal.whole_strips import forget_whole_strips


@pytest.fixture
def no_collections() -> Generator[None]:
    was_on = gc.isenabled()
    gc.disable()
    yield
    if was_on:
        gc.enable()


@pytest.mark.usefixtures("no_collections")
def test_a_line_that_is_not_divided_keeps_no_reference_to_itself() -> None:
    forget_whole_strips()
    strips = [Strip([Segment(f"line {number}")]) for number in range(100)]
    assert all(strip.divide([strip.cell_length]) == [strip] for strip in strips)
    assert [part.text for part in strips[7].divide([4, 6])] == ["line", " 7"]
    gc.collect()
    strips.clear()
    assert gc.collect() == 0
