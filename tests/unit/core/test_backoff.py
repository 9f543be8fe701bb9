"""A server that is away is asked after 1, 2, 4 … 30 seconds."""

import pytest

from evtui.backends.backoff import Backoff
from evtui.core.errors import BackendError
from tests.unit.backends.remote.fakes import Ticker


def test_a_server_that_answers_is_always_asked() -> None:
    backoff = Backoff(Ticker())
    backoff.succeeded()
    assert backoff.check() is False


def test_pauses_double_up_to_half_a_minute() -> None:
    clock = Ticker()
    backoff = Backoff(clock)
    pauses: list[float] = []
    for _ in range(7):
        backoff.failed("away")
        began = clock.now
        while True:
            try:
                backoff.check()
                break
            except BackendError:
                clock.now += 1
        pauses.append(clock.now - began)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_until_then_it_says_why_and_for_how_long() -> None:
    clock = Ticker()
    backoff = Backoff(clock)
    backoff.failed("unix:/s: Connection refused")
    backoff.failed("unix:/s: Connection refused")
    clock.now += 0.5
    with pytest.raises(BackendError, match=r"^unix:/s: Connection refused; retry in 2 s$"):
        backoff.check()


def test_the_first_success_tells_that_it_was_away_and_starts_over() -> None:
    clock = Ticker()
    backoff = Backoff(clock)
    backoff.failed("away")
    clock.now += 1
    assert backoff.check() is True
    backoff.succeeded()
    assert backoff.check() is False
