"""The health of a process: its stage, its parts, and how late its loop is."""

from functools import partial

import pytest

from evtui.core.ports import QueueUse
from evtui.serve.service.health import Health, check_queues
from evtui.serve.service.loop_lag import BOUNDS, RECENT, LoopLag
from tests.fakes.engine_fakes import FakeClock, fake_clocks


def _health(clock: FakeClock | None = None) -> Health:
    return Health(fake_clocks(clock), "1.2")


def test_it_is_ready_only_between_start_and_stop_and_while_it_reloads() -> None:
    health = _health()
    assert (health.report().ready, health.report().reasons) == (False, ("evtui is starting",))
    health.stage = "ready"
    assert (health.report().ready, health.report().reasons) == (True, ())
    health.stage = "reloading"
    assert health.report().ready
    health.stage = "stopping"
    assert health.report().reasons == ("evtui is stopping",)


def test_while_it_starts_it_says_with_what_and_being_late_then_counts_no_more_afterwards() -> None:
    health = _health()
    health.doing = "it loads the script"
    health.lag.add(3.0)
    report = health.report()
    assert (report.alive, report.ready, report.stage) == (True, False, "starting")
    assert report.reasons == (
        "evtui is starting: it loads the script", "the event loop was 3.0 s late within the last 10 s"
    )  # fmt: skip
    health.begin()
    assert (health.report().stage, health.report().reasons) == ("ready", ())


def test_a_part_that_is_wrong_is_a_reason_until_it_is_well_again() -> None:
    health, wrong = _health(), [""]
    health.stage = "ready"
    health.add_check(lambda: wrong[0])
    assert health.report().ready
    wrong[0] = "state /x: No space left on device"
    assert (health.report().ready, health.report().reasons) == (False, ("state /x: No space left on device",))
    wrong[0] = ""
    assert health.report().ready


def test_a_warning_does_not_make_it_unready() -> None:
    health = _health()
    health.stage = "ready"
    health.add_warning(lambda: "the script was not reloaded")
    assert (health.report().ready, health.report().warnings) == (True, ("the script was not reloaded",))


def test_a_loop_that_was_late_is_a_reason_for_ten_seconds() -> None:
    clock = FakeClock()
    health = _health(clock)
    health.stage = "ready"
    health.lag.add(2.345)
    assert health.report().reasons == ("the event loop was 2.3 s late within the last 10 s",)
    clock.pass_by(RECENT + 1)
    assert health.report().ready
    assert health.report().uptime == 11


@pytest.mark.parametrize(
    ("held", "told"), [(0, ""), (94, ""), (95, "the queues hold 95 % of the 100 bytes of engine.queue_bytes")]
)
def test_queues_that_are_about_to_be_full_are_told(held: int, told: str) -> None:
    assert check_queues(QueueUse(bytes=held, limit=100)) == told


def test_queues_of_which_no_bound_is_known_are_never_full() -> None:
    assert check_queues(QueueUse(bytes=5)) == ""


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (0.001, 0), (0.0011, 1), (10.0, 12), (10.1, 13)])
def test_a_lag_is_counted_in_the_first_bucket_that_reaches_it(seconds: float, bucket: int) -> None:
    lag = LoopLag(fake_clocks())
    lag.add(seconds)
    assert lag.counts.numbers == tuple(int(number == bucket) for number in range(len(BOUNDS) + 1))
    assert lag.counts.sum == seconds


async def test_the_lag_is_what_passes_beyond_the_sleep() -> None:
    clock, late, lags = FakeClock(), iter([0.0, 0.7]), list[float]()

    async def sleep(seconds: float) -> None:
        clock.pass_by(seconds + next(late))

    lag = LoopLag(fake_clocks(clock, sleep=sleep))
    lag.add = partial(_take, lags)  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):  # the sleeps are used up
        await lag.run()
    assert lags == pytest.approx([0.0, 0.7])


def _take(lags: list[float], seconds: float) -> None:
    lags.append(seconds)
