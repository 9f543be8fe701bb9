"""Raises from CSV and JSONL files."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio
import pytest

from evtui.core.records import TEST_PARAMS
from evtui.core.values import NO_PARAMS, Params
from evtui.raising.raise_file import MAX_LINE, RaiseFileError, file_steps, open_rows
from evtui.raising.raise_run import AnyStep, BadStep, SkippedStep, Step
from evtui.raising.raise_template import RaiseRequest
from evtui.ui.forms.export.export_rows import ExportFormat, export_rows
from evtui.ui.stream.stream_view import StreamView
from tests.fakes.engine_fakes import fake_engine


def _rows(text: str | bytes, event: str | None = "E_A") -> list[AnyStep]:
    raw = text.encode() if isinstance(text, str) else text
    return list(open_rows("f", io.BytesIO(raw), event))


def _requests(text: str | bytes, event: str | None = "E_A") -> list[tuple[int, RaiseRequest]]:
    return [(row.number, row.request) for row in _rows(text, event) if isinstance(row, Step)]


def _bad(text: str | bytes, event: str | None = "E_A") -> list[tuple[int, str]]:
    return [(row.number, row.reason) for row in _rows(text, event) if isinstance(row, BadStep)]


def test_the_columns_of_csv_are_the_attributes() -> None:
    found = _requests("ip,count:,note\n192.0.2.1,3,\n192.0.2.2,,a b\n")
    assert found == [
        (2, RaiseRequest("E_A", Params(("192.0.2.1", 3, ""), ("ip", "count", "note")))),
        (3, RaiseRequest("E_A", Params(("192.0.2.2", "a b"), ("ip", "note")))),
    ]


def test_a_column_chooses_the_event() -> None:
    found = _requests("event,a\nE_B,1\n,2\n")
    assert [request.event for _, request in found] == ["E_B", "E_A"]


def test_cells_may_hold_commas_quotes_and_line_ends() -> None:
    found = _rows('a,b\n"1,2","x ""y""\nz"\n3,4\n')
    assert [(row.number, row.request.params.values) for row in found if isinstance(row, Step)] == [
        (2, ("1,2", 'x "y"\nz')),
        (4, ("3", "4")),
    ]


def test_a_mark_at_the_start_and_line_ends_of_windows_are_no_part_of_it() -> None:
    assert _requests("\ufeffa\r\n1\r\n\r\n")[0][1].params == Params(("1",), ("a",))


def test_members_of_json_lines_are_the_attributes() -> None:
    found = _requests('{"ip":"192.0.2.1","count":3,"x":null}\n\n{"event":"E_B","a":[1]}\n["x",2]\n{}')
    assert [request for _, request in found] == [
        RaiseRequest("E_A", Params(("192.0.2.1", 3, None), ("ip", "count", "x"))),
        RaiseRequest("E_B", Params(("[1]",), ("a",))),
        RaiseRequest("E_A", Params(("x", 2))),
        RaiseRequest("E_A", NO_PARAMS),
    ]
    assert [number for number, _ in found] == [1, 3, 4, 5]


def test_lines_of_an_export_are_read_too() -> None:
    assert _requests('{"time":"t","event":"E_B","params":{"a":1},"serial":7}')[0][1] == RaiseRequest(
        "E_B", Params((1,), ("a",))
    )


def test_nothing_in_a_file_is_a_placeholder() -> None:
    assert _requests("a\n{n}\n")[0][1].params.values == ("{n}",)


def test_bad_lines_are_told_by_number_and_the_others_are_read() -> None:
    text = '{"a":1}\n{"a":\n42\n{"event":3}\n{"a":2}\n'
    assert [number for number, _ in _requests(text)] == [1, 5]
    assert [number for number, _ in _bad(text)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "number", "why"),
    [
        ("a,b\n1\n", 2, "it has 1 cells, the header has 2"),
        ("a,b\n1,2,3\n", 2, "it has 3 cells"),
        ("a:\n[1\n", 2, "a: '[1' is not JSON"),
        ('a\n"x"y\n', 2, "expected after"),
        ("event\n" + "x" * 65 + "\n", 2, "at most 64"),
        ("a\n" + "x" * (MAX_LINE + 9) + "\n", 2, "longer than 1,048,576 bytes"),
        ("{}\n" + '{"a":"' + "x" * (3 * MAX_LINE) + '"}\n{}\n', 2, "longer than"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(text: str, number: int, why: str) -> None:
    ((found, reason),) = _bad(text)
    assert found == number
    assert why in reason


def test_after_a_line_that_is_too_long_the_next_is_read() -> None:
    assert [number for number, _ in _requests("a\n" + "x" * (2 * MAX_LINE) + "\n1\n")] == [3]


@pytest.mark.parametrize(
    ("text", "event", "why"),
    [
        ("", "E_A", "it is empty"),
        ("a,,b\n1,2,3\n", "E_A", "line 1: column 2 has no name"),
        ("a\n1\n", None, "no column 'event'"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(text: str, event: str | None, why: str) -> None:
    with pytest.raises(RaiseFileError, match=why):
        _rows(text, event)


def test_a_line_that_names_no_event_is_bad_when_none_was_named() -> None:
    assert "names no 'event'" in _bad('{"a":1}', None)[0][1]
    assert "names no 'event'" in _bad("event,a\n,1\n", None)[0][1]


def test_bytes_that_are_not_utf_8_stay_what_they_are() -> None:
    assert _requests(b"a\n\xff\n")[0][1].params.values == ("\udcff",)


class Endless(io.RawIOBase):
    """A file without end, of which only what is asked for is made."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.lines += 1
        return b"a\n" if self.lines == 1 else b"%d\n" % self.lines


def test_a_file_is_read_no_further_than_it_is_raised() -> None:
    file = Endless()
    rows: Iterator[AnyStep] = open_rows("f", file, "E_A")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    for _ in range(10):
        next(rows)
    assert file.lines <= 12


async def test_a_file_is_walked_in_a_thread(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a\n" + "".join(f"{number}\n" for number in range(350)))
    assert len([row async for row in file_steps(path, "E_A")]) == 350


async def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(RaiseFileError, match=str(path)):
            [row async for row in file_steps(path, "E_A")]


def _export(path: Path, form: ExportFormat) -> bytes:
    """Write a real export of two raises to two subscribers each, one raise to no subscriber, and some changes."""
    engine = fake_engine("E_A", "E_B", "E_C")
    view = StreamView()
    watch = engine.watch()
    engine.subscribe("E_A", "fake:a")
    engine.subscribe("E_A", "fake:b")
    engine.raise_event("E_A", {"n": "1", "note": 'x,"y"'})
    engine.raise_event("E_A", {"n": "1", "note": 'x,"y"'})
    engine.raise_event("E_B", ["v", "w"])
    engine.raise_event("E_C")
    engine.refuse_raise("E_A", NO_PARAMS, "bad parameters", "wrong")
    anyio.run(engine.tests.test, "E_A", engine.parse("fake:a"), TEST_PARAMS)
    engine.unsubscribe("E_A", "fake:a")
    view.take(watch.read())
    anyio.run(partial(export_rows, view.view, path, form, replace=False, progress=int))
    return path.read_bytes()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_each_raise_of_an_export_is_raised_once(tmp_path: Path, form: ExportFormat) -> None:
    rows = _rows(_export(tmp_path / "export", form), None)
    assert [row.request for row in rows if isinstance(row, Step)] == [
        *[RaiseRequest("E_A", Params(("1", 'x,"y"'), ("n", "note")))] * 2,
        RaiseRequest("E_B", Params(("v", "w"))),
        RaiseRequest("E_C", NO_PARAMS),
    ]
    skipped = [row.why for row in rows if isinstance(row, SkippedStep)]
    assert skipped.count("the same raise as a line before") == 2
    assert skipped.count("a test notification") == 1
    assert len(skipped) == 2 + 1 + 1 + 3  # and the refused raise, two subscriptions, the end of one
    assert not [row for row in rows if isinstance(row, BadStep)]


def test_attributes_that_are_named_as_an_exports_members_are_raised() -> None:
    found = _requests('{"time":1,"serial":5}\n{"time":1,"serial":5}\n{"time":1,"type":"end"}\n')
    assert [request.params.names for _, request in found] == [("time", "serial"), ("time", "serial"), ("time", "type")]


def test_the_lines_of_a_recording_are_raises_once() -> None:
    found = _rows(
        '{"type":"header","time":1.0,"recording":1}\n{"type":"plan","time":1.0}\n'
        '{"type":"raised","time":1.0,"event":"E_A","params":[],"serial":1}\n{"type":"end","time":2.0}\n'
    )
    assert [isinstance(row, Step) for row in found] == [False, False, True, False]
