"""Parsing texts with variables."""

import pytest

from evtui.script.syntax.expressions import Number, Place, Variable
from evtui.script.syntax.format_strings import parse_format, parse_variable
from evtui.script.syntax.script_errors import ScriptError


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("from $fu.", ("from ", Variable("fu"), ".")),
        ("$avp(a)$(hdr(Via)[1])x", (Variable("avp", "a"), Variable("hdr", "Via", Number(1)), "x")),
        ("5$$ and $ alone, 1$", ("5$ and $ alone, 1$",)),
        ("$$ru", ("$ru",)),
    ],
)
def test_a_text_is_split_into_plain_parts_and_variables(text: str, pieces: tuple[object, ...]) -> None:
    assert parse_format(text) == pieces


def test_a_wrong_variable_in_a_text_is_an_error_at_the_text() -> None:
    with pytest.raises(ScriptError, match="not closed") as caught:
        parse_format("x $avp(a", Place("f.cfg", 3, 9))
    assert str(caught.value.place) == "f.cfg:3:9"


def test_a_text_can_be_one_variable() -> None:
    assert parse_variable("$avp(x)") == Variable("avp", "x")


@pytest.mark.parametrize("text", ["", "avp", "$", "$avp(x) ", "$5"])
def test_a_text_that_is_no_variable_is_refused(text: str) -> None:
    with pytest.raises(ScriptError):
        parse_variable(text)
