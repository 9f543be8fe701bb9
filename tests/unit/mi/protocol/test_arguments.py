"""The parameters of a request, fitted to those of a command."""

import pytest

from evtui.codecs.jsonvalue import Json, Members
from evtui.mi.protocol.arguments import MAX_INT, Arguments, ParameterSets, fit
from evtui.mi.refusals import RefusedError

SETS: ParameterSets = (("event", "socket"), ("event", "socket", "expire"))
TWINS: ParameterSets = (("a",), ("b",))


def _why(error: pytest.ExceptionInfo[RefusedError]) -> str | None:
    assert (error.value.code, error.value.message) == (-32602, "Invalid params")
    return error.value.data


@pytest.mark.parametrize(
    "params", [["E", "s"], Members([("event", "E"), ("socket", "s")]), Members([("socket", "s"), ("event", "E")])]
)
def test_a_set_is_found_by_number_or_by_name(params: list[Json] | Members) -> None:
    assert fit(SETS, params) == Arguments({"event": "E", "socket": "s"})


@pytest.mark.parametrize(
    ("sets", "params", "why"),
    [
        (SETS, ["E"], "Too few or too many parameters"),
        (SETS, [], "Too few or too many parameters"),
        (SETS, Members([("event", "E")]), "Too few or too many parameters"),
        (SETS, Members([("event", "E"), ("sucket", "s")]), "Named parameters do not match"),
        (SETS, Members([("EVENT", "E"), ("socket", "s")]), "Named parameters do not match"),
        (SETS, Members([("event", "E"), ("event", "E")]), "Named parameters do not match"),
        (TWINS, ["x"], "Ambiguous call, use named parameters instead"),
    ],
)
def test_what_fits_no_set_is_refused_with_the_texts_of_the_reference(
    sets: ParameterSets, params: list[Json] | Members, why: str
) -> None:
    with pytest.raises(RefusedError) as error:
        fit(sets, params)
    assert _why(error) == why


@pytest.mark.parametrize(("value", "expected"), [("E", "E"), (5, "5"), (1.5, "1.5"), ("", "")])
def test_text_may_be_a_number_or_empty(value: Json, expected: str) -> None:
    assert Arguments({"x": value}).text("x") == expected


def test_a_filled_text_is_not_empty() -> None:
    assert Arguments({"x": 5}).filled_text("x") == "5"
    with pytest.raises(RefusedError) as error:
        Arguments({"x": ""}).filled_text("x")
    assert _why(error) == "Bad type for parameter 'x'"


@pytest.mark.parametrize("value", [None, True, ["E"], Members()])
def test_nothing_else_is_text(value: Json) -> None:
    with pytest.raises(RefusedError) as error:
        Arguments({"x": value}).text("x")
    assert _why(error) == "Bad type for parameter 'x'"


@pytest.mark.parametrize(
    ("value", "expected"), [(60, 60), ("60", 60), ("-5", -5), ("+5", 5), (1.7, 1), (-1.7, -1), (MAX_INT, MAX_INT)]
)
def test_a_number_may_be_text_and_loses_its_fraction(value: Json, expected: int) -> None:
    assert Arguments({"x": value}).number("x") == expected


@pytest.mark.parametrize(
    "value", ["abc", "1.5", "", " 5", "٣", None, True, [], MAX_INT + 1, 1e30, "9" * 19, "9" * 5000]
)
def test_nothing_else_is_a_number_of_64_bits(value: Json) -> None:
    with pytest.raises(RefusedError) as error:
        Arguments({"x": value}).number("x")
    assert _why(error) == "Bad type for parameter 'x'"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("evi:", "Bad type for parameter 'x'"),
        ([], "Empty array in parameter 'x'"),
        (["evi:", None], "Bad type for array item in parameter 'x'"),
        ([5, True], "Bad type for array item in parameter 'x'"),
        ([["evi:"]], "Bad type for array item in parameter 'x'"),
    ],
)
def test_an_array_of_texts_is_not_empty_and_holds_nothing_else(value: Json, why: str) -> None:
    with pytest.raises(RefusedError) as error:
        Arguments({"x": value}).texts("x")
    assert _why(error) == why
