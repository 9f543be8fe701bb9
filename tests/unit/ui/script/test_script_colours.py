"""Which words of a script get which colour, line by line, also where it does not parse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.ui.script.script_colours import LINE_LIMIT, ScriptColours
from evtui.ui.text.cells import Cells, Role, plain


def coloured(text: str) -> list[Cells]:
    colours = ScriptColours(text)
    return [colours.cells(line) for line in range(len(colours))]


def roles(text: str, line: int = 0) -> dict[str, Role]:
    return {word: role for role, word in ScriptColours(text).cells(line)}


@pytest.mark.parametrize(
    ("text", "word", "role"),
    [
        ("route[ACC] {", "route", "strong"),
        ("if ($var(x) > 80) {", "if", "strong"),
        ("if ($var(x) > 80) {", "$var(x)", "name"),
        ("if ($var(x) > 80) {", "80", "number"),
        ("mhomed=yes", "yes", "number"),
        ("$var(x) = NULL;", "NULL", "number"),
        ("$(avp(x)[$var(i)]{s.len}) = 0x1F;", "$(avp(x)[$var(i)]{s.len})", "name"),
        ("$(avp(x)[$var(i)]{s.len}) = 0x1F;", "0x1F", "number"),
        ("x = 1 # if so", "# if so", "dim"),
        ("x = 'a # b' # c", "'a # b'", "string"),
        (r'log("a \" b", 1)', r'"a \" b"', "string"),
        ('xlog("from $si to $du")', "$si", "name"),
        ('xlog("costs $$5")', '"costs $$5"', "string"),
        ("iffy(a)", "iffy(a)", "text"),
    ],
)  # fmt: skip
def test_a_word_has_the_colour_of_what_it_is(text: str, word: str, role: Role) -> None:
    found = roles(text)
    assert found.get(word) == role, found


def test_comments_nest_over_lines() -> None:
    lines = coloured("a /* one\n/* two */ still\nend */ b\nc")
    assert lines[1] == [("dim", "/* two */ still")]
    assert lines[2] == [("dim", "end */"), ("text", " b")]
    assert lines[3] == [("text", "c")]


def test_a_string_goes_on_over_lines_until_it_is_closed() -> None:
    lines = coloured('a "one\ntwo # if\nthree" if')
    assert lines[1] == [("string", "two # if")]
    assert lines[2] == [("string", 'three"'), ("text", " "), ("strong", "if")]


def test_what_is_left_open_takes_the_rest() -> None:
    assert coloured("a /* b\nif")[1] == [("dim", "if")]
    assert coloured("a 'b\nif")[1] == [("string", "if")]


def test_line_ends_of_other_systems_are_not_shown() -> None:
    assert [plain(cells) for cells in coloured("a\r\nb\r\n")] == ["a", "b", ""]


@given(st.text(alphabet=st.sampled_from("ab1 \n\r\"'#/*\\$(){}[]if"), max_size=200) | st.text(max_size=100))
def test_no_character_is_lost_whatever_the_text(text: str) -> None:
    colours = ScriptColours(text)
    assert "".join(colours.text(line) for line in range(len(colours))) == text.replace("\r\n", "\n").replace(
        "\n", ""
    ).removesuffix("\r" if text.endswith("\r") else "")
    for line in range(len(colours)):
        assert plain(colours.cells(line)) == colours.text(line)[:LINE_LIMIT]


@pytest.mark.parametrize("part", ["$(", '"', "/*", "$x(", "a", "\\", "#", "$(a(", "' "])
def test_a_hostile_line_is_coloured_in_time_that_grows_with_its_length(part: str) -> None:
    # Were it the square of the length, this would not end.
    assert plain(ScriptColours(part * 500_000).cells(0)) == (part * 500_000)[:LINE_LIMIT]
