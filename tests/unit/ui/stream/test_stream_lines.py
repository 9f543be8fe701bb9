"""The lines of the stream, for any width and any text."""

import re

import pytest
from rich.cells import cell_len

from evtui.core.records import Record, Subscribed
from evtui.core.values import Params
from evtui.transports import INFOS
from evtui.ui.stream.name_widths import MOST_CELLS, NameWidths
from evtui.ui.stream.stream_lines import params_cells, row_line
from evtui.ui.text.cells import plain
from tests.unit.ui.records import HOSTILE, RECORDS, assert_safe, raised, row, subscription


@pytest.mark.parametrize("width", [1, 7, 30, 78, 120, 200])
@pytest.mark.parametrize("record", RECORDS)
def test_a_row_of_the_stream_is_safe_and_exactly_as_wide_as_its_pane(record: Record, width: int) -> None:
    line = row_line(row(record, HOSTILE), width)
    assert cell_len(plain(line)) == width
    assert_safe([line])


def test_a_row_says_event_subscriber_outcome_latency_and_attributes() -> None:
    text = plain(row_line(row(RECORDS[0]), 120))
    for part in ("E_TEST", "udp:127.0.0.1:9000", "✓", "1.2 ms", "ip=192.0.2.1 n=3"):
        assert part in text


def test_a_failed_delivery_says_why_first() -> None:
    text = plain(row_line(row(RECORDS[0], "ECONNREFUSED: Connection refused"), 140))
    assert "✗" in text
    assert text.index("ECONNREFUSED") < text.index("ip=")


def test_attributes_are_the_last_to_be_cut() -> None:
    assert "ip=192.0.2.1" in plain(row_line(row(RECORDS[0]), 60))
    assert "1.2 ms" not in plain(row_line(row(RECORDS[0]), 60))


@pytest.mark.parametrize("width", [57, 69, 77, 85])
def test_the_stream_of_every_layout_has_time_subscriber_and_attributes(width: int) -> None:
    text = plain(row_line(row(RECORDS[0]), width, INFOS))
    for part in ("E_TEST", "127.0.0.1:9000", "✓", "ip=192.0.2.1"):
        assert part in text
    assert re.match(r"\d\d:\d\d:\d\d", text)


def test_a_change_names_the_subscriber_and_the_expiry() -> None:
    text = plain(row_line(row(Subscribed(0.0, subscription(expire=60))), 120))
    assert "subscribed for 60 s" in text
    assert "udp:127.0.0.1:9000" in text


def test_in_a_narrow_stream_a_name_takes_room_from_attributes() -> None:
    text = plain(row_line(row(raised("E_PIKE_BLOCKED", {"ip": "192.0.2.1"})), 57, INFOS, names=19))
    for part in ("E_PIKE_BLOCKED", "127.0.0.1:9000", "ip=192.0.2.1"):
        assert part in text


@pytest.mark.parametrize("width", [72, 78, 120, 198])
def test_names_are_whole_before_latencies_and_other_columns_have_more_room(width: int) -> None:
    names = [f"E_{'N' * length}" for length in (2, 17, 21)]
    measured = NameWidths()
    for name in names:
        measured.add(name)
    lines = [
        plain(row_line(row(raised(name, {"ip": "192.0.2.1"})), width, INFOS, names=measured.widest)) for name in names
    ]
    for name, line in zip(names, lines, strict=True):
        assert f" {name} " in line
        assert cell_len(line) == width
        assert "ip=192.0.2.1" in line
    assert len({line.index("127.0.0.1:9000") for line in lines}) == 1


def test_the_column_of_names_only_grows_and_is_bounded() -> None:
    measured, widths = NameWidths(), list[int]()
    for name in ("E_LONG_NAME", "E_A", "E_日本", "E_" + "X" * 100, *(f"E_{number}" for number in range(3000))):
        measured.add(name)
        widths.append(measured.widest)
    assert widths == [11, 11, 11, *[MOST_CELLS] * 3001]


def test_a_row_of_a_name_that_was_never_measured_is_still_as_wide_as_its_pane() -> None:
    line = plain(row_line(row(raised("E_" + "X" * 60)), 100, names=8))
    assert cell_len(line) == 100
    assert "127.0.0.1:9000" in line


@pytest.mark.parametrize("width", range(1, 24))
def test_attributes_that_are_cut_say_so_wherever_the_cut_is(width: int) -> None:
    text = plain(params_cells(Params.of({"aor": "bob", "名": "値", "n": 7}), width))
    whole = "aor=bob 名=値 n=7"
    assert cell_len(text) <= width
    assert text == whole if width >= cell_len(whole) else text.endswith("…")
    assert whole.startswith(text.rstrip("…"))
