"""How many lines a second may go to a log."""

from evtui.core.line_limit import LINES_ALL, LINES_EACH, LINES_SAVED, LineLimit, more_lines
from tests.fakes.engine_fakes import FakeClock


def test_a_place_may_write_its_lines_of_each_second() -> None:
    clock = FakeClock()
    limit = LineLimit(clock)
    assert sum(limit.allows("a") for _ in range(5 * LINES_EACH)) == LINES_EACH
    assert limit.allows("b")
    assert limit.take_omitted() == {"a": 4 * LINES_EACH}
    assert limit.take_omitted() == {}
    clock.pass_by(1.0)
    assert sum(limit.allows("a") for _ in range(5 * LINES_EACH)) == LINES_EACH
    assert limit.omitted == 8 * LINES_EACH


def test_all_places_together_have_a_bound() -> None:
    clock = FakeClock()
    limit = LineLimit(clock)
    assert _written(limit, 2 * LINES_SAVED) == LINES_SAVED
    for _ in range(3):
        clock.pass_by(1.0)
        assert _written(limit, 2 * LINES_SAVED) == LINES_ALL


def test_what_was_not_written_is_saved_for_a_burst() -> None:
    clock = FakeClock()
    limit = LineLimit(clock)
    assert _written(limit, 2 * LINES_SAVED) == LINES_SAVED
    clock.pass_by(4.0)
    assert _written(limit, 2 * LINES_SAVED) == 4 * LINES_ALL
    clock.pass_by(3_600.0)
    assert _written(limit, 2 * LINES_SAVED) == LINES_SAVED


def _written(limit: LineLimit, places: int) -> int:
    return sum(limit.allows(place) for place in range(places))


def test_a_long_line_counts_as_several_and_the_first_one_may_always_be_written() -> None:
    limit = LineLimit(FakeClock())
    assert limit.allows("a", 1 << 18)
    assert not limit.allows("a", 1)
    assert limit.allows("b", 50_000)
    assert sum(limit.allows("b", 50_000) for _ in range(10)) == 1


def test_what_is_left_out_is_written_with_its_number() -> None:
    assert more_lines(1234) == "… 1,234 more"
