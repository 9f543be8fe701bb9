"""How often the consoles of viewers look for what is new."""

import pytest

from evtui.serve.terminal.frame_shares import MOST_LOOKS, UNSEEN, frame_seconds


@pytest.mark.parametrize(("consoles", "looks"), [(1, 10.0), (6, 10.0), (12, 5.0), (60, 1.0), (600, 0.1)])
def test_few_consoles_look_as_often_as_they_are_drawn_and_many_share_the_looks(consoles: int, looks: float) -> None:
    assert 1 / frame_seconds(10, consoles) == pytest.approx(looks)
    assert consoles / frame_seconds(10, consoles) <= MOST_LOOKS + 1e-9


def test_a_console_that_is_not_seen_looks_once_a_second() -> None:
    assert frame_seconds(30, 1, is_seen=False) == UNSEEN
    assert frame_seconds(30, 600, is_seen=False) == frame_seconds(30, 600)
