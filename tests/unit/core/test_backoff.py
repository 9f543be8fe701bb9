"""The growing pause."""

from evtui.core.backoff import Backoff


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(0.5, 3.0)
    assert [backoff.next_pause() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_after_a_reset_the_first_pause_comes_again() -> None:
    backoff = Backoff(1.0, 60.0)
    states = [backoff.is_at_start]
    backoff.next_pause()
    backoff.next_pause()
    states.append(backoff.is_at_start)
    backoff.reset()
    assert [*states, backoff.is_at_start] == [True, False, True]
    assert backoff.next_pause() == 1.0


def test_jitter_takes_at_most_half_of_a_pause_away() -> None:
    assert Backoff(8.0, 60.0, lambda: 0.0).next_pause() == 4.0
    assert Backoff(8.0, 60.0, lambda: 1.0).next_pause() == 8.0


def test_a_pause_stays_a_number_after_any_count_of_failures() -> None:
    backoff = Backoff(0.001, float("inf"))
    pauses = [backoff.next_pause() for _ in range(5000)]
    assert pauses[-1] == pauses[-2] < 1e7
