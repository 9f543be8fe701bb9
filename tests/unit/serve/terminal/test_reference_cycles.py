"""Painted lines that are not divided, and caches that are cleared, are freed without a garbage collection."""

import gc
import weakref
from collections.abc import Generator

import pytest
from rich.segment import Segment
from textual.cache import LRUCache
from textual.strip import Strip

from evtui.serve.terminal.reference_cycles import break_cycles_early


@pytest.fixture
def no_collections() -> Generator[None]:
    was_on = gc.isenabled()
    gc.disable()
    yield
    if was_on:
        gc.enable()


class _Text(str):
    """A text that tells whether it is still there."""

    __slots__ = ("__weakref__",)


class _Line(Strip):
    """A painted line that tells whether it is still there."""

    __slots__ = ("__weakref__",)


@pytest.mark.usefixtures("no_collections")
def test_a_line_that_is_not_divided_keeps_no_reference_to_itself() -> None:
    break_cycles_early()
    strips = [_Line([Segment(f"line {number}")]) for number in range(100)]
    alive = [weakref.ref(strip) for strip in strips]
    assert all(strip.divide([strip.cell_length]) == [strip] for strip in strips)
    assert [part.text for part in strips[7].divide([4, 6])] == ["line", " 7"]
    strips.clear()
    assert [strip for strip in alive if strip() is not None] == []


@pytest.mark.usefixtures("no_collections")
def test_what_a_cleared_cache_held_is_freed() -> None:
    break_cycles_early()
    cache: LRUCache[int, _Text] = LRUCache(3)
    alive: list[weakref.ref[_Text]] = []
    for _ in range(2):
        for number in range(5):
            cache[number] = _Text(number)
            alive.append(weakref.ref(cache[number]))
        assert [cache.get(number) for number in range(5)] == [None, None, "2", "3", "4"]
        cache.clear()
        assert not cache
    assert [text for text in alive if text() is not None] == []
