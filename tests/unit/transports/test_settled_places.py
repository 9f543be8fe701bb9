"""Places that are neighbours are settled with one call."""

from hypothesis import given
from hypothesis import strategies as st

from evtui.transports.settled_places import settle_delivered
from tests.functional.processes.waiting import Pad


class _CountingPad(Pad):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def all_delivered(self, first: int, behind: int) -> None:
        assert first < behind
        self.calls += 1
        super().all_delivered(first, behind)


@given(st.lists(st.integers(0, 30)))
def test_each_is_settled_once_and_in_order(places: list[int]) -> None:
    pad = _CountingPad()
    settle_delivered(pad, places)
    assert pad.told == [(place, None) for place in places]


def test_neighbours_are_settled_together() -> None:
    pad = _CountingPad()
    settle_delivered(pad, [2, 3, 4, 9, 11, 12])
    assert pad.calls == 3
