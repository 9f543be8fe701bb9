"""Marks of rows: bounded, and gone with what the journal evicts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.core.ports import JournalUse
from evtui.filters.parse_filter import parse_filter
from evtui.ui.forms.export.export_draft import row_choices
from evtui.ui.forms.export.row_members import row_json
from evtui.ui.forms.export.row_table import RowTable
from evtui.ui.stream import marks as marks_module
from evtui.ui.stream.marks import Marks
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_lines import row_line
from evtui.ui.stream.stream_pane import mark_note
from evtui.ui.stream.stream_view import StreamView
from evtui.ui.text.cells import plain
from tests.unit.ui.records import raised


def filled(count: int, *, subscribers: int = 1) -> StreamView:
    view = StreamView()
    view.take([raised("E_A", {"n": place}, subscribers=subscribers) for place in range(count)])
    return view


def only(text: str) -> StreamFilter:
    return StreamFilter().added(parse_filter(text, 0.0))


def shown(view: StreamView) -> list[int]:
    view.take_changes()
    return [row.number for row in view.view]


@pytest.mark.parametrize("width", [60, 78, 118, 198])
def test_a_marked_row_has_a_sign_that_takes_no_room(width: int) -> None:
    view = filled(2)
    before = plain(row_line(view.view[1], width))
    view.marks.add((1,))
    marked = plain(row_line(view.view[1], width))
    assert "◆" in marked
    assert marked.replace("◆", " ", 1) == before
    assert "◆" not in plain(row_line(view.view[0], width))


@pytest.mark.parametrize("text", ["mark=*", "mark=hand", "marked", "mark~AND"])
def test_a_filter_shows_the_marked_rows_of_a_raise_and_follows_their_marks(text: str) -> None:
    view = filled(3, subscribers=3)
    view.show_only(only(text))
    assert shown(view) == []
    view.marks.add((4, 8))
    assert shown(view) == [4, 8]
    view.marks.remove(4)
    assert shown(view) == [8]
    view.show_only(only("not mark=*"))
    assert shown(view) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_rows_that_come_after_a_marked_one_are_not_taken_for_it() -> None:
    view = filled(1, subscribers=3)
    view.show_only(only("marked"))
    view.marks.add((1,))
    assert shown(view) == [1]
    view.take([raised("E_A", {"n": 9}, subscribers=3)])
    assert shown(view) == [1]


def test_a_rule_is_named_by_the_mark() -> None:
    view = filled(2)
    view.marks.add((0,), "slow")
    view.marks.add((1,))
    view.show_only(only("mark=slow"))
    assert shown(view) == [0]


def test_marks_end_with_the_records_that_the_journal_evicts_and_are_counted() -> None:
    view = filled(10)
    view.marks.add((1, 8))
    assert mark_note(view.marks) == "◆ 2"
    view.take([raised("E_A")], JournalUse(kept=5, evicted=6))
    assert list(view.marks) == [8]
    assert mark_note(view.marks) == "◆ 1 (1 evicted)"
    view.clear()
    assert not len(view.marks)


def test_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks_module, "MOST_MARKS", 3)
    marks = Marks()
    assert marks.add(range(10)) == 3
    assert list(marks) == [0, 1, 2]
    assert marks.add((0, 5)) == 0


def test_marked_rows_are_a_choice_of_the_export_and_say_so() -> None:
    view = filled(5)
    assert [choice.word for choice in row_choices(view, None)] == ["all"]
    view.marks.add((1,))
    view.marks.add((3,), "slow")
    choices = {choice.word: choice for choice in row_choices(view, view.view[4])}
    assert list(choices) == ["marked", "all", "one"]
    assert [json.loads(row_json(row))["mark"] for row in choices["marked"].rows] == ["hand", "slow"]
    assert "mark" not in json.loads(row_json(view.view[0]))
    table = RowTable()
    assert ",mark" in table.header()
    assert table.line(view.view[3]).rstrip().endswith(",slow")


@given(st.lists(st.tuples(st.sampled_from(("add", "remove", "drop")), st.integers(0, 30)), max_size=60))
def test_marks_are_as_a_plain_set(steps: list[tuple[str, int]]) -> None:
    marks, plain_set, evicted = Marks(), set[int](), 0
    for what, number in steps:
        if what == "add":
            assert marks.add((number,)) == (number not in plain_set)
            plain_set.add(number)
        elif what == "remove":
            marks.remove(number)
            plain_set.discard(number)
        else:
            gone = {each for each in plain_set if each < number}
            marks.drop_before(number)
            plain_set -= gone
            evicted += len(gone)
        assert list(marks) == sorted(plain_set)
        assert marks.evicted == evicted
        for size in (1, 4):
            assert marks.touches(number, size) == any(number <= each < number + size for each in plain_set)
        later = [each for each in sorted(plain_set) if each > number]
        assert marks.next_to(number, 1) == next(iter(later or sorted(plain_set)), None)
        earlier = [each for each in sorted(plain_set) if each < number]
        assert marks.next_to(number, -1) == next(reversed(earlier or sorted(plain_set)), None)
