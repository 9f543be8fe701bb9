"""The detail of rows, events and subscribers, for any text."""

import pytest
from rich.cells import cell_len

from evtui.core.ports import EventState, SubscriptionState
from evtui.core.records import Record
from evtui.core.values import Event, Params
from evtui.ui.detail.detail_lines import DetailLines
from evtui.ui.detail.payload_lines import hex_lines
from evtui.ui.detail.subject import TABS, Subject, Tab
from evtui.ui.detail.subject_lines import subject_lines
from evtui.ui.subscribers.subscribers_view import Subscriber
from evtui.ui.text.cells import plain
from tests.unit.ui.records import EVIL, HOSTILE, RECORDS, assert_safe, row, state


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("record", RECORDS)
def test_the_detail_of_anything_is_safe_and_keeps_to_the_width(record: Record, tab: Tab) -> None:
    lines = DetailLines()
    lines.fill_in(row(record, HOSTILE), tab, 50, 0.0)
    written = [lines.line(index, 50) for index in range(len(lines))]
    assert written
    assert max(cell_len(plain(line)) for line in written) <= 50
    assert_safe(written)


def test_the_detail_of_an_event_and_a_subscriber_are_safe() -> None:
    evil = Subscriber(SubscriptionState(EVIL, 5.0, failed=3, last_error=HOSTILE), 5.0)
    subjects: tuple[Subject, ...] = (state("E_" + HOSTILE, 0, HOSTILE), evil)
    for subject in subjects:
        assert_safe(subject_lines(subject, "tree", 80, 0.0))


def test_an_event_that_was_raised_without_parameters_says_so() -> None:
    for params, said in (
        (Params(()), ["Last raised with no parameters"]),
        (Params((1,)), ["Last raised with", "└─ 0"]),
    ):
        subject = EventState(Event(1, "E_X"), last_params=params)
        lines = [plain(line).strip() for line in subject_lines(subject, "tree", 80, 0.0)]
        begin = next(place for place, line in enumerate(lines) if line.startswith("Last raised"))
        assert [line[: len(text)] for line, text in zip(lines[begin:], said, strict=True)] == said


def test_the_tree_and_the_pretty_view_show_every_attribute() -> None:
    for tab in ("tree", "pretty"):
        text = "\n".join(plain(line) for line in subject_lines(row(RECORDS[0]), tab, 80, 0.0))
        assert "ip" in text
        assert "192.0.2.1" in text


def test_hex_and_wire_show_the_bytes_that_were_sent() -> None:
    shown = {tab: "\n".join(plain(line) for line in subject_lines(row(RECORDS[0]), tab, 80, 0.0)) for tab in TABS}
    assert '0000  7b 22 6a 73 6f 6e 72 70 63 22 3a 22 32 2e 30 22  {"jsonrpc":"2.0"' in shown["hex"]
    assert '{"jsonrpc":"2.0"}' in shown["wire"]
    assert "udp:127.0.0.1:9000" in shown["wire"]


@pytest.mark.parametrize(
    ("width", "first"),
    [
        (71, '0000  7b 22 6a 73 6f 6e 72 70 63 22 3a 22 32 2e 30 22  {"jsonrpc":"2.0"'),
        (70, '0000 7b22 6a73 6f6e 7270 6322 3a22 322e 3022 {"jsonrpc":"2.0"'),
        (61, '0000 7b22 6a73 6f6e 7270 6322 3a22 322e 3022 {"jsonrpc":"2.0"'),
        (60, '0000  7b 22 6a 73 6f 6e 72 70  {"jsonrp'),
    ],
)
def test_a_line_of_bytes_has_sixteen_from_a_pane_of_68_columns_on(width: int, first: str) -> None:
    lines = [plain(line) for line in hex_lines(RECORDS[0].payloads[0] + b"\x00", width)]  # type: ignore[union-attr]
    assert lines[0] == first
    assert max(map(len, lines)) <= width
