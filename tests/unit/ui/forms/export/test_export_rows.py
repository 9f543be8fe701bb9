"""Files that an export writes: whole or not there, and never in place of another unasked."""

import csv
import io
import json
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import pytest

from evtui.core.values import Params
from evtui.raising.export_columns import EXPORT_COLUMNS
from evtui.ui.forms.export.export_file import ExportFile
from evtui.ui.forms.export.export_rows import AT_ONCE, ExportFormat, export_rows
from evtui.ui.forms.export.row_table import MAX_ATTRIBUTES
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
