"""The garbage collector while large trees are made."""

import gc

import pytest

from evtui.bootstrap.collections_off import collections_off


def test_the_collector_is_off_within_and_on_again_behind_also_after_an_error() -> None:
    with pytest.raises(KeyError):
        _fail()
    assert gc.isenabled()


def _fail() -> None:
    with collections_off():
        assert not gc.isenabled()
        raise KeyError


def test_one_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collections_off():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
