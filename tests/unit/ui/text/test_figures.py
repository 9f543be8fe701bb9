"""Times, durations, rates and counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from evtui.ui.text.figures import count, countdown, cut_end, cut_middle, expiry, fill, latency, rate, sparkline


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (None, "never"), (0.0, "expired"), (0.2, "0:01"), (7.0, "0:07"), (59.0, "0:59"), (59.1, "1:00"),
        (3552.0, "59:12"), (3600.0, "1:00:00"), (360_000.0, "4d 04h"), (8_639_999.0, "99d 23h"), (8_640_000.0, "100d"),
        (2_147_483_647.0, "24855d"),
    ],
)  # fmt: skip
def test_a_countdown_is_read_at_a_glance(left: float | None, shown: str) -> None:
    assert countdown(left) == shown


def test_of_an_unknown_time_left_the_expiry_is_shown_as_the_most() -> None:
    assert [expiry(None, 1200), expiry(59.0, 1200), expiry(None, None)] == ["≤20:00", "0:59", "never"]


def test_figures_have_their_units() -> None:
    assert [latency(0.000043), latency(0.0012), latency(3.4), latency(None)] == ["43 µs", "1.2 ms", "3.4 s", ""]
    assert [rate(41.23), rate(12_345.6)] == ["41.2/s", "12,346/s"]
    assert [count(12_345), count(1_234_567)] == ["12,345", "1.23M"]


def test_a_sparkline_shows_that_something_happened_however_little() -> None:
    assert sparkline([0, 1, 1000]) == " ▁█"
    assert sparkline([0, 0]) == "  "


def test_both_ends_of_a_cut_text_stay() -> None:
    assert cut_middle("udp:127.0.0.1:9000", 11) == "udp:1…:9000"
    assert cut_end("udp:127.0.0.1:9000", 8) == "udp:127…"


@given(st.text(max_size=40), st.integers(0, 30), st.booleans())
def test_a_filled_cell_is_exactly_as_wide_as_its_column(text: str, width: int, right: bool) -> None:
    shown = fill("".join(char for char in text if char.isprintable()), width, right=right)
    assert cell_len(shown) == width
