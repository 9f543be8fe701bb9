"""The load of this process in the last second, minute and ten minutes."""

import pytest

from evtui.mi.load_meter import WINDOWS, LoadMeter
from tests.fakes.engine_fakes import FakeClock


class EnoughError(Exception):
    """The sleep of a test that ends it."""


class _Process:
    """A process of which each second has a busy part."""

    def __init__(self) -> None:
        self.clock = FakeClock(1000.0)
        self.used = 5.0
        self.meter = LoadMeter(self.clock, lambda: self.used)

    def pass_by(self, seconds: int, busy: float) -> None:
        for _ in range(seconds):
            self.clock.pass_by(1.0)
            self.used += busy
            self.meter.sample()


def test_before_any_time_has_passed_it_is_idle() -> None:
    assert _Process().meter.loads() == (0, 0, 0)


def test_a_window_that_has_not_passed_counts_since_the_start() -> None:
    process = _Process()
    process.clock.pass_by(0.5)
    process.used += 0.25
    assert process.meter.loads() == (50, 50, 50)


def test_each_window_counts_its_own_time() -> None:
    process = _Process()
    process.pass_by(2000, 1.0)
    process.pass_by(540, 0.0)
    process.pass_by(59, 0.5)
    process.pass_by(1, 0.25)
    second, minute, ten_minutes = process.meter.loads()
    assert (second, minute) == (25, 49)
    assert ten_minutes == pytest.approx(100 * (59 * 0.5 + 0.25) / 600, abs=1)


def test_it_keeps_no_more_samples_than_the_longest_window_needs() -> None:
    process = _Process()
    process.pass_by(5 * int(WINDOWS[-1]), 0.125)
    assert process.meter.loads() == (12, 12, 12)


async def test_it_takes_a_sample_each_second() -> None:
    process = _Process()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 3:
            raise EnoughError
        process.clock.pass_by(seconds)
        process.used += 0.5

    with pytest.raises(EnoughError):
        await process.meter.run(sleep)
    assert slept == [1.0] * 4
    process.clock.pass_by(1.0)
    assert process.meter.loads() == (0, 37, 37)
