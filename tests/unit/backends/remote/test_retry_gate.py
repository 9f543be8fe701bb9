"""A server that is away is asked after 1, 2, 4 … 30 seconds."""

import pytest

from evtui.backends.remote.retry_gate import RetryGate
from evtui.core.errors import BackendError
from tests.unit.backends.remote.fakes import Ticker


def test_a_server_that_answers_is_always_asked() -> None:
    gate = RetryGate(Ticker())
    gate.succeeded()
    assert gate.check() is False


def test_pauses_double_up_to_half_a_minute() -> None:
    clock = Ticker()
    gate = RetryGate(clock)
    pauses: list[float] = []
    for _ in range(7):
        gate.failed("away")
        began = clock.now
        while True:
            try:
                gate.check()
                break
            except BackendError:
                clock.now += 1
        pauses.append(clock.now - began)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_until_then_it_says_why_and_for_how_long() -> None:
    clock = Ticker()
    gate = RetryGate(clock)
    gate.failed("unix:/s: Connection refused")
    gate.failed("unix:/s: Connection refused")
    clock.now += 0.5
    with pytest.raises(BackendError, match=r"^unix:/s: Connection refused; retry in 2 s$"):
        gate.check()


def test_the_first_success_tells_that_it_was_away_and_starts_over() -> None:
    clock = Ticker()
    gate = RetryGate(clock)
    gate.failed("away")
    clock.now += 1
    assert gate.check() is True
    gate.succeeded()
    assert gate.check() is False
