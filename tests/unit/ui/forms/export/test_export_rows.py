"""Files that an export writes: whole or not there, and never in place of another unasked."""

import csv
import io
import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread

from evtui.core.records import DispatchGroup, DispatchPlan, Raised
from evtui.core.values import Params, Socket
from evtui.filters.parse_filter import parse_filter
from evtui.raising.export_columns import EXPORT_COLUMNS
from evtui.ui.forms.export.export_draft import row_choices
from evtui.ui.forms.export.export_file import ExportFile
from evtui.ui.forms.export.export_rows import AT_ONCE, ExportFormat, export_rows
from evtui.ui.forms.export.row_table import MAX_ATTRIBUTES
from evtui.ui.stream import record_rows
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_rows import StreamRow
from evtui.ui.stream.stream_view import StreamView
from tests.unit.ui.records import HOSTILE, raised


def rows_of(*params: Params | Mapping[str, str | int] | Sequence[str | int]) -> Sequence[StreamRow]:
    view = StreamView()
    view.take([raised("E_T", each) for each in params])
    return view.rows


async def written(path: Path, rows: Sequence[StreamRow], form: ExportFormat, *, replace: bool = False) -> str:
    await export_rows(rows, path, form, replace=replace, progress=lambda _rows: None)
    return path.read_bytes().decode()


async def test_each_row_is_a_line_of_json(tmp_path: Path) -> None:
    text = await written(tmp_path / "x.jsonl", rows_of({"n": 1}, {"n": 2}), "jsonl")
    assert [json.loads(line)["params"] for line in text.splitlines()] == [{"n": 1}, {"n": 2}]
    assert stat.S_IMODE((tmp_path / "x.jsonl").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]


async def test_csv_has_a_column_for_each_member_and_each_attribute(tmp_path: Path) -> None:
    text = await written(tmp_path / "x.csv", rows_of({"ip": "192.0.2.1"}, {"n": 7, "ip": 'a,"b"\r\nc'}, ["v"]), "csv")
    assert text.endswith("\r\n")
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert table[0] == [*EXPORT_COLUMNS, "param.ip", "param.n", "param.1"]
    assert [line[len(EXPORT_COLUMNS) :] for line in table[1:]] == [
        ["192.0.2.1", "", ""], ['a,"b"\r\nc', "7", ""], ["", "", "v"],
    ]  # fmt: skip
    assert [dict(zip(table[0], line, strict=True))["outcome"] for line in table[1:]] == ["sent"] * 3


async def test_a_spreadsheet_finds_no_formula(tmp_path: Path) -> None:
    for sign in ("=cmd()", "+1", "-1", "@x", "\t=1", "\r=1"):
        text = await written(tmp_path / "x.csv", rows_of({"=name": sign}), "csv", replace=True)
        table = list(csv.reader(io.StringIO(text, newline="")))
        assert table[1][-1] == f"'{sign}"
        assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r"} for line in table for cell in line)
    text = await written(tmp_path / "x.csv", rows_of({"n": -1}), "csv", replace=True)
    assert text.rstrip().endswith(",-1")


async def test_hostile_text_and_bytes_that_are_not_utf_8_stay_one_cell(tmp_path: Path) -> None:
    text = await written(tmp_path / "x.csv", rows_of({"a": HOSTILE, "b": "\udcff"}), "csv")
    (_, line) = csv.reader(io.StringIO(text, newline=""))
    assert line[-2:] == [HOSTILE.encode("utf-8", "backslashreplace").decode(), "\\udcff"]


async def test_more_attributes_than_columns_stand_together_and_none_is_lost(tmp_path: Path) -> None:
    names = tuple(f"a{number}" for number in range(MAX_ATTRIBUTES + 20))
    text = await written(tmp_path / "x.csv", rows_of(Params(tuple(range(len(names))), names), {"z": 1}), "csv")
    head, first, second = csv.reader(io.StringIO(text, newline=""))
    assert (len(head), head[-1]) == (len(EXPORT_COLUMNS) + MAX_ATTRIBUTES + 1, "other params")
    assert json.loads(first[-1]) == {f"a{number}": number for number in range(MAX_ATTRIBUTES, len(names))}
    assert json.loads(second[-1]) == {"z": 1}


async def test_names_that_occur_twice_in_one_raise_keep_both_values(tmp_path: Path) -> None:
    text = await written(tmp_path / "x.csv", rows_of(Params((1, 2), ("a", "a"))), "csv")
    head, line = csv.reader(io.StringIO(text, newline=""))
    assert (head[-2:], line[-2:]) == (["param.a", "other params"], ["1", '{"a":2}'])


async def test_a_file_is_replaced_only_when_that_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        await written(path, rows_of({"n": 1}), "jsonl")
    assert path.read_text() == "mine"
    assert "mine" not in await written(path, rows_of({"n": 1}), "jsonl", replace=True)
    assert len(list(tmp_path.iterdir())) == 1


async def test_what_is_not_a_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "x.jsonl").symlink_to(tmp_path / "victim")
    for replace in (False, True):
        with pytest.raises(FileExistsError):
            await written(tmp_path / "x.jsonl", rows_of({"n": 1}), "jsonl", replace=replace)
    assert (tmp_path / "victim").read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    file = ExportFile(tmp_path / "x.csv", replace=False)
    file.write(["new"])
    (tmp_path / "x.csv").write_text("mine")
    with pytest.raises(FileExistsError):
        file.keep()
    file.discard()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.csv", "mine")]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
async def test_an_export_that_is_cancelled_leaves_nothing_and_tells_how_far_it_is(
    tmp_path: Path, form: ExportFormat
) -> None:
    rows = rows_of(*({"n": number} for number in range(3 * AT_ONCE)))
    told: list[int] = []
    with anyio.CancelScope() as scope:

        def note(number: int) -> None:
            told.append(number)
            if len(told) == 2:
                scope.cancel()

        await export_rows(rows, tmp_path / "x", form, replace=False, progress=note)
    assert told == [AT_ONCE, 2 * AT_ONCE]
    assert list(tmp_path.iterdir()) == []


class CountedGroups(tuple[DispatchGroup, ...]):
    """The groups of a dispatch plan, which count how many of them were looked at."""

    looked_at = 0

    def __iter__(self) -> Iterator[DispatchGroup]:
        for group in super().__iter__():
            CountedGroups.looked_at += 1
            yield group


def huge(count: int) -> StreamView:
    """One raise to many queued subscribers, which have a group each, and many raises to three that failed."""
    groups = CountedGroups(DispatchGroup((Socket("tcp", f"127.0.0.1:{n}"),), 0, queued=True) for n in range(count))
    plan = DispatchPlan(("jsonrpc",), groups, count, count)
    wide = Raised(1, 0.0, "E_T", Params((1,), ("n",)), plan, (b"{}",), (0.0,) * count)
    view = StreamView()
    view.take([wide, *[raised("E_T", {"n": 2}, subscribers=3, failed=(0, 1, 2)) for _ in range(count // 3)]])
    return view


@pytest.mark.parametrize("form", ["jsonl", "csv"])
async def test_no_step_makes_more_rows_than_a_part_and_the_work_is_linear(
    tmp_path: Path, form: ExportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: the rows that one visit to the thread makes, and the groups that all of them look at."""
    view, count, made = huge(6000), 12_000, 0
    real, steps = to_thread.run_sync, list[int]()

    class Counted(Sequence[StreamRow]):
        """Rows that count how many of them are made."""

        def __len__(self) -> int:
            return count

        def __getitem__(self, index: Any) -> Any:
            raise NotImplementedError("a row by its index costs a walk to it")

        def __iter__(self) -> Iterator[StreamRow]:
            nonlocal made
            for row in view.rows.copy():
                made += 1
                yield row

    async def run_sync(work: Any, *given: Any) -> Any:
        before = made
        result = await real(work, *given)
        steps.append(made - before)
        return result

    monkeypatch.setattr(to_thread, "run_sync", run_sync)
    CountedGroups.looked_at = 0
    told: list[int] = []
    await export_rows(Counted(), tmp_path / "x", form, replace=False, progress=told.append)
    passes = 2 if form == "csv" else 1
    assert max(steps) == AT_ONCE
    assert sum(steps) == made == count * passes, "a row was made outside the thread"
    assert told == [*range(AT_ONCE, count + 1, AT_ONCE)]
    assert CountedGroups.looked_at == 6000 * passes


def test_opening_the_dialog_makes_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    view = huge(600)
    view.marks.add(range(100, 700))
    view.show_only(StreamFilter().with_one(parse_filter("failed", 0.0), "typed"))
    monkeypatch.setattr(record_rows, "row_at", None)
    monkeypatch.setattr(record_rows, "rows_at", None)
    assert [len(choice.rows) for choice in row_choices(view, None)] == [len(view.view), 600, len(view.rows)]


def test_the_marked_rows_are_those_of_their_numbers() -> None:
    view = huge(60)
    numbers = [view.rows[place].number for place in (0, 7, 59, 60, 62, 119)]
    view.marks.add([*numbers, 10_000])
    assert list(view.marked_rows()) == [view.rows[place] for place in (0, 7, 59, 60, 62, 119)]
    assert list(view.rows) == [view.rows[place] for place in range(len(view.rows))]


def test_a_filter_looks_at_each_group_of_a_raise_once() -> None:
    view = huge(3000)
    CountedGroups.looked_at = 0
    view.show_only(StreamFilter().with_one(parse_filter("queued and 2999", 0.0), "typed"))
    while view.progress is not None:
        view.scan(500)
    assert len(view.view) == 1
    assert CountedGroups.looked_at <= 3 * 3000
