"""The garbage collector while large trees are made."""

import gc

import pytest

from evtui.scripting.garbage_collection import MANY_OBJECTS, collection_disabled, freeze_many


def test_the_collector_is_off_within_and_on_again_behind_also_after_an_error() -> None:
    with pytest.raises(KeyError):
        _fail()
    assert gc.isenabled()


def _fail() -> None:
    with collection_disabled():
        assert not gc.isenabled()
        raise KeyError


def test_one_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collection_disabled():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_many_new_objects_are_frozen_and_a_few_are_not() -> None:
    try:
        with collection_disabled():
            gc.collect()
            before = gc.get_freeze_count()  # the test run freezes what it has collected
            freeze_many()
            assert gc.get_freeze_count() <= before  # frozen objects that are no longer used may end meanwhile
            made = [[place] for place in range(MANY_OBJECTS + 1)]
            freeze_many()
            assert gc.get_freeze_count() > before + len(made)
    finally:
        gc.unfreeze()
        gc.freeze()
