"""Full collections stay short while a server grows, and cycles among exempted objects are found all the same."""

import gc
from collections.abc import Generator

import pytest

from evtui.core import short_collections
from evtui.core.short_collections import LONGEST, SEARCH_ALL_AFTER, SHORT, ShortCollections, objects_that_stay
from tests.fakes.engine_fakes import FakeClock

FEW = 1000
"""More objects are searched here. Python 3.12 exempts its immortal objects itself: some hundred."""


class _Cycle:
    """An object that only the garbage collector frees."""

    freed = 0

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        _Cycle.freed += 1


@pytest.fixture(autouse=True)
def _own_collector() -> Generator[None]:
    """Give the collector back as it was, with what the test run exempted."""
    callbacks, was_on = gc.callbacks[:], gc.isenabled()
    gc.disable()
    gc.unfreeze()
    _Cycle.freed = 0
    yield
    gc.callbacks[:] = callbacks
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    if was_on:
        gc.enable()


def _collect(watched: ShortCollections, clock: FakeClock, seconds: float) -> None:
    """Make a full collection that takes so long."""
    watched.watch("start", {"generation": 2})
    gc.collect()
    clock.pass_by(seconds)
    watched.watch("stop", {"generation": 2})


def test_what_a_long_collection_searched_is_not_searched_again() -> None:
    clock = FakeClock()
    watched = ShortCollections(clock)
    _collect(watched, clock, LONGEST / 2)
    assert gc.get_freeze_count() < FEW
    _collect(watched, clock, LONGEST * 2)
    assert gc.get_freeze_count() > FEW


def test_a_partial_collection_exempts_nothing() -> None:
    clock = FakeClock()
    watched = ShortCollections(clock)
    for generation in (0, 1):
        watched.watch("start", {"generation": generation})
        clock.pass_by(1.0)
        watched.watch("stop", {"generation": generation})
    assert gc.get_freeze_count() < FEW


@pytest.fixture
def started() -> tuple[ShortCollections, FakeClock]:
    """Collections of a process whose objects were all exempted at the start; tests make the collections."""
    clock = FakeClock()
    watched = ShortCollections(clock, for_each=0.0)
    watched.start()
    gc.disable()
    gc.callbacks.remove(watched.watch)
    return watched, clock


def _search_all_costs(watched: ShortCollections, clock: FakeClock, seconds: float) -> None:
    """Let a search of all objects be made that takes so long."""
    gc.unfreeze()
    for _ in range(SEARCH_ALL_AFTER):
        _collect(watched, clock, LONGEST * 2)
    _collect(watched, clock, seconds)


@pytest.mark.parametrize(("seconds", "freed"), [(SHORT / 2, 1), (SHORT * 2, 0)])
def test_all_are_searched_now_and_then_when_that_is_short(
    started: tuple[ShortCollections, FakeClock], seconds: float, freed: int
) -> None:
    watched, clock = started
    _search_all_costs(watched, clock, seconds)
    kept = _Cycle()
    _collect(watched, clock, LONGEST * 2)
    del kept
    for _ in range(2, SEARCH_ALL_AFTER + 1):
        assert not _Cycle.freed
        _collect(watched, clock, LONGEST * 2)
    _collect(watched, clock, LONGEST * 2)
    assert _Cycle.freed == freed


@pytest.mark.parametrize("known", [True, False])
def test_all_are_searched_however_long_it_takes_when_there_are_many_that_nobody_knows_of(
    started: tuple[ShortCollections, FakeClock], monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    monkeypatch.setattr(short_collections, "GROWTH", 1.02)
    watched, clock = started
    _search_all_costs(watched, clock, SHORT * 2)
    kept = _Cycle()
    many = [[number] for number in range(gc.get_freeze_count() // 20)]
    _collect(watched, clock, LONGEST * 2)
    del kept
    with objects_that_stay(len(many) if known else 0):
        for _ in range(SEARCH_ALL_AFTER):
            _collect(watched, clock, LONGEST * 2)
    assert _Cycle.freed == (not known)
    del many


def test_starting_exempts_what_there_is_and_enables_the_collector() -> None:
    ShortCollections(FakeClock()).start()
    assert gc.isenabled()
    assert gc.get_freeze_count() > FEW
