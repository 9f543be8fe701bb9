"""Templates of raises: words and lines with placeholders, and the raises that come of them."""

import pytest

from evtui.codecs.quickline import BadWordError
from evtui.core.values import Params
from evtui.raising.placeholders import Sample
from evtui.raising.raise_template import RaiseRequest, template_of_line, template_of_params, template_of_words

THIRD = Sample(3, 0.0, lambda low, high: high)


def test_texts_and_json_are_filled() -> None:
    template = template_of_words("E", ["a=x{n}", "b:={n}", 'c:={"d":{n}}', "e:=null"])
    assert template.request(THIRD) == RaiseRequest("E", Params(("x3", 3, '{"d":3}', None), ("a", "b", "c", "e")))


def test_names_are_never_filled() -> None:
    assert template_of_words("E", ["{n}={n}"]).request(THIRD).params == Params(("3",), ("{n}",))


def test_values_without_names_are_filled() -> None:
    assert template_of_words("E", ["{n}", ":={rand:1-9}", "={n}"]).request(THIRD).params == Params(("3", 9, "3"))


def test_a_line_is_read_as_a_shell_would() -> None:
    assert template_of_line("E", 'a="x {n}" b:={n}').request(THIRD).params == Params(("x 3", 3), ("a", "b"))


@pytest.mark.parametrize("words", [[], ["a=1", "b:=[1]"], ['a={"x":1}'], ["x", ":=2"]])
def test_without_placeholders_every_raise_is_the_same(words: list[str]) -> None:
    template = template_of_words("E", words)
    assert template.request(THIRD).params is template.request(THIRD).params


def test_an_escaped_brace_is_written_once() -> None:
    assert template_of_words("E", ["a={{n}"]).request(THIRD).params == Params(("{n}",), ("a",))


def test_what_is_taken_from_parameters_holds_no_placeholder() -> None:
    params = Params(("{n}",), ("a",))
    assert template_of_params("E", params).request(THIRD).params == params


@pytest.mark.parametrize(
    ("line", "column", "why"),
    [
        ("a=1 b=x{no}", 8, "{no} is not a placeholder"),
        ('a=1 b="x {no}"', 10, "{no} is not a placeholder"),
        ("a:={n}x", 4, "not JSON"),
        ("a:={n", 5, "not JSON"),
        ("a={n} b", 7, "has no name"),
        ("a={n} b:=[", 11, "not JSON"),
    ],
)
def test_what_is_wrong_is_pointed_at_in_the_line(line: str, column: int, why: str) -> None:
    with pytest.raises(BadWordError) as caught:
        template_of_line("E", line)
    assert caught.value.column == column
    assert why in caught.value.reason


def test_what_is_wrong_is_pointed_at_in_the_words() -> None:
    with pytest.raises(BadWordError, match=r"argument 2, column 4: \{no\}"):
        template_of_words("E", ["a={n}", "b=x{no}"])
