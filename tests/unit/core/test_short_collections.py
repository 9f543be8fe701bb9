"""Full collections stay short while a server grows, and cycles among exempted objects are found all the same."""

import gc
from collections.abc import Generator

import pytest

from evtui.core.short_collections import LONGEST, SEARCH_ALL_AFTER, ShortCollections
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
    """Give the collector back as it was."""
    callbacks, was_on = gc.callbacks[:], gc.isenabled()
    gc.disable()
    gc.unfreeze()
    _Cycle.freed = 0
    yield
    gc.callbacks[:] = callbacks
    gc.unfreeze()
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


def test_an_exempted_cycle_that_nobody_uses_is_freed_in_the_end() -> None:
    clock = FakeClock()
    watched = ShortCollections(clock)
    kept = _Cycle()
    _collect(watched, clock, LONGEST * 2)
    del kept
    for _ in range(SEARCH_ALL_AFTER - 1):
        assert not _Cycle.freed
        _collect(watched, clock, LONGEST * 2)
    _collect(watched, clock, LONGEST * 2)
    assert _Cycle.freed == 1


def test_starting_exempts_what_there_is_and_enables_the_collector() -> None:
    ShortCollections(FakeClock()).start()
    assert gc.isenabled()
    assert gc.get_freeze_count() > FEW
