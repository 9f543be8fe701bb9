"""The rate of raises."""

from evtui.ui.stream.rate_meter import RateMeter


def test_a_meter_forgets_what_is_long_ago() -> None:
    meter = RateMeter(samples=3)
    meter.add(10.0, 6)
    meter.add(11.2, 4)
    assert meter.rate(11.0) == 10.0
    assert meter.history(12.0) == (0, 6, 4)
    assert meter.rate(20.0) == 0.0
