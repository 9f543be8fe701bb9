"""A raise being written: rows become parameters or say why not; rows and quick line tell the same."""

import pytest
from hypothesis import given

from evtui.codecs.quickline import parse_line
from evtui.core.ports import EventState
from evtui.core.values import Event, Parameter, Params
from evtui.engine.catalogue import static_events
from evtui.ui.forms.raising.raise_draft import BadRow, ParameterRow, RaiseDraft, ValueKind
from evtui.ui.forms.raising.raise_notes import event_note
from evtui.ui.state.backend_snapshot import BackendSnapshot
from tests.unit.codecs.test_quickline import PARAMS


@given(PARAMS)
def test_any_parameters_survive_the_rows(params: Params) -> None:
    draft = RaiseDraft("E").filled(params)
    if all(params.names):
        assert draft.params() == params
    else:
        assert len(draft.problems()) >= params.names.count("")


@given(PARAMS)
def test_rows_and_quick_line_say_the_same(params: Params) -> None:
    if all(params.names):
        assert parse_line(RaiseDraft("E").filled(params).line()) == params


def test_hostile_text_is_written_as_json_and_kept() -> None:
    (row,) = RaiseDraft("E").filled(Params(("\x1b]52;c;x\x07",), ("a",))).rows
    assert row == ParameterRow("a", ValueKind.JSON, '"\\u001b]52;c;x\\u0007"')
    assert row.value() == "\x1b]52;c;x\x07"


@pytest.mark.parametrize(
    ("row", "value"),
    [
        (ParameterRow("a", ValueKind.TEXT, " 3 "), " 3 "),
        (ParameterRow("a", ValueKind.INT, " -3 "), -3),
        (ParameterRow("a", ValueKind.FLOAT, "1e3"), 1000.0),
        (ParameterRow("a", ValueKind.FLOAT, ".5"), 0.5),
        (ParameterRow("a", ValueKind.NULL, "left over"), None),
        (ParameterRow("a", ValueKind.JSON, "[1, 2]"), "[1, 2]"),
    ],
)
def test_a_row_is_read_as_its_kind(row: ParameterRow, value: object) -> None:
    assert (row.value(), type(row.value())) == (value, type(value))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (ParameterRow("a", ValueKind.INT, "3.5"), "a: '3.5' is not a whole number"),
        (ParameterRow("a", ValueKind.INT, ""), "a: a whole number is missing"),
        (ParameterRow("a", ValueKind.INT, "٣"), "a: '٣' is not a whole number"),
        (ParameterRow("a", ValueKind.INT, "9" * 5000), "is not a whole number"),
        (ParameterRow("a", ValueKind.FLOAT, "nan"), "a: 'nan' is not a number"),
        (ParameterRow("a", ValueKind.FLOAT, "1e999"), "a: '1e999' is too large for a float"),
        (ParameterRow("a", ValueKind.FLOAT, ""), "a: a number is missing"),
        (ParameterRow("a", ValueKind.JSON, "[1,"), "a: column 4: not JSON: expecting value"),
        (ParameterRow("a", ValueKind.JSON, ""), "a: column 1: a JSON value goes after :="),
        (ParameterRow("", ValueKind.TEXT, "x"), "row 1 has no name (F6 sends values only)"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(row: ParameterRow, why: str) -> None:
    draft = RaiseDraft("E", rows=(row,))
    assert why in draft.problems()[0].why
    with pytest.raises(BadRow):
        draft.params()


def test_a_wrong_value_stands_in_the_line_as_it_was_typed() -> None:
    assert (
        RaiseDraft("E", rows=(ParameterRow("a", ValueKind.INT, "x y"), ParameterRow("b", ValueKind.TEXT, "1"))).line()
        == 'a:="x y" b=1'
    )


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (ParameterRow("", ValueKind.TEXT, "abc"), "=abc"),
        (ParameterRow("", ValueKind.TEXT, "a b"), '="a b"'),
        (ParameterRow("", ValueKind.INT, "3"), ":=3"),
    ],
)
def test_a_row_without_a_name_stands_in_the_line_as_its_value(row: ParameterRow, line: str) -> None:
    assert RaiseDraft("E", rows=(row,)).line() == line


@pytest.mark.parametrize("kind", list(ValueKind))
def test_a_row_of_which_only_the_kind_was_changed_is_none(kind: ValueKind) -> None:
    draft = RaiseDraft(
        "E", rows=(ParameterRow("a", ValueKind.INT, "1"), ParameterRow("", kind), ParameterRow("b", ValueKind.TEXT, ""))
    )
    assert (draft.problems(), draft.line(), draft.params()) == ((), "a:=1 b=", Params((1, ""), ("a", "b")))


@pytest.mark.parametrize(
    ("kind", "values"), [(ValueKind.INT, (1,)), (ValueKind.TEXT, (1, "")), (ValueKind.NULL, (1, None))]
)
def test_of_values_only_a_last_row_that_says_no_value_is_none(kind: ValueKind, values: tuple[object, ...]) -> None:
    draft = RaiseDraft("E", named=False, rows=(ParameterRow("", ValueKind.INT, "1"), ParameterRow("", kind)))
    assert draft.params().values == values


def test_values_only_drops_the_names() -> None:
    assert RaiseDraft(
        "E", named=False, rows=(ParameterRow("a", ValueKind.INT, "1"), ParameterRow("", ValueKind.TEXT, ""))
    ).params() == Params((1, ""))


def test_documented_integers_start_at_zero() -> None:
    event = Event(0, "E", "m", "", (Parameter("used", "bytes (int)"), Parameter("who", "a name")))
    assert RaiseDraft("E").documented(event).params() == Params((0, ""), ("used", "who"))


def test_a_placeholder_of_the_catalogue_is_a_hint_and_never_a_parameter() -> None:
    (accounting,) = (event for event in static_events() if event.name == "E_ACC_CDR")
    assert any(one.is_placeholder for one in accounting.parameters)
    for event in static_events():
        names = RaiseDraft(event.name).documented(event).params().names
        assert len(names) == sum(not one.is_placeholder for one in event.parameters), event.name
        assert not [name for name in names if "<" in name], event.name
    note = event_note("E_ACC_CDR", BackendSnapshot((EventState(accounting),), is_taken=True))
    assert "; more: any names configured with extra_fields" in note.plain


def test_a_row_moves_as_far_as_the_ends() -> None:
    draft = RaiseDraft("E", rows=(ParameterRow("a"), ParameterRow("b"), ParameterRow("c")))
    names = [
        "".join(row.name for row in draft.with_row_moved(place, step).rows)
        for place, step in ((0, 1), (2, -1), (2, 1), (0, -1), (9, -1))
    ]
    assert names == ["bac", "acb", "abc", "abc", "abc"]
