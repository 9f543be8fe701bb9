"""Moments of a recording as they are typed."""

from datetime import datetime

import pytest

from evtui.core.recording_port import SPEEDS, PlaybackState
from evtui.ui.recording.moment_text import BadMomentError, parse_moment
from evtui.ui.recording.playback_keys import next_speed

BEGIN = datetime(2026, 11, 29, 23, 50, 0).astimezone().timestamp()
SHOWN = PlaybackState("rec.jsonl", BEGIN + 60, BEGIN, BEGIN + 1000)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("start", 0), ("end", 1000), ("+30s", 90), ("+30", 90), ("-10", 50), ("+2m", 180), ("+1h", 3660),
        ("-0.5", 59.5),
        ("50%", 500), ("0%", 0), ("300%", 1000), ("23:51", 60), ("23:50:01.5", 1.5), ("0:05", 900),
        ("2026-11-29 23:49", -60), (" 23:51:00 ", 60),
    ],
)  # fmt: skip
def test_a_moment_is_understood(text: str, seconds: float) -> None:
    assert parse_moment(text, SHOWN) - BEGIN == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "x", "25:00", "12:60", "2026-13-01 10:00", "+", "+5y", "9" * 400, "+" + "9" * 400]
)
def test_another_text_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BadMomentError, match="write 14:02:11"):
        parse_moment(text, SHOWN)


def test_speeds_go_up_and_down_and_stop_at_the_ends() -> None:
    up, down = [0.25], [100.0]
    for _ in SPEEDS:
        up.append(next_speed(up[-1], 1))
        down.append(next_speed(down[-1], -1))
    assert up[: len(SPEEDS)] == list(SPEEDS)
    assert down[: len(SPEEDS)] == list(reversed(SPEEDS))
    assert (up[-1], down[-1]) == (100.0, 0.25)
    assert (next_speed(3.0, 1), next_speed(3.0, -1)) == (5.0, 2.0)
