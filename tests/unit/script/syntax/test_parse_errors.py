"""The places and texts of syntax errors."""

import pytest

from evtui.script.syntax.parse import parse
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.tree_depth import DEEPEST


def _refused(text: str) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        parse(text, "f.cfg")
    return caught.value


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('route {\n xlog("x")\n exit;\n}', "3:2", "unexpected 'exit': expected ';'"),
        ("route { if ($var(x) = 1) exit; }", "1:21", "'==' compares"),
        ('route { xlog("a", ; }', "1:19", "expected ')', ',' or a value"),
        ("foo", "1:1", "expected a setting such as log_level=3, loadmodule, modparam or a route"),
        ("route { return 1 2; }", "1:18", "expected ';' or an operator"),
        ("route { else exit; }", "1:9", "expected '}' or a statement"),
        ("route { for ($x on $y) exit; }", "1:17", "expected 'in'"),
        ("listen=\nroute{}", "2:1", "expected a number, a string or a word"),
        ("timer_route[x] {}", "1:13", "a timer_route needs its interval"),
        ("event_route {}", "1:1", "this event_route has no name"),
        ("event_route[E, fast] {}", "1:16", "expected 'sync' or 'async'"),
        ("startup_route[x] {}", "1:15", "a startup_route has no name"),
        ("route { // no\n}", "1:9", "'//' does not begin a comment: expected '#' before a comment"),
        ("listen=a // no", "1:10", "'//' does not begin a comment"),
        ("log_level=99999999999999999999", "1:11", "does not fit in 64 bits"),
        ("route { $(ru{s.len}) = 1; }", "1:9", "cannot be assigned to"),
    ],
)
def test_an_error_says_where_and_what_would_be_right(text: str, place: str, reason: str) -> None:
    error = _refused(text)
    assert f"{error.line}:{error.column}" == place
    assert reason in error.reason


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("route {\n  if (1) {\n  exit;\n", "2:10", "this '{' is not closed"),
        ('route { xlog("a); }\n', "1:14", "this string is not closed"),
        ("\n/* a /* b */", "2:1", "this comment is not closed"),
        ("route { $avp(x = 1;\n}", "1:13", "this '(' of a variable is not closed"),
        ("route[A] { if (1) { exit; }\nroute[B] { }", "2:1", "begins inside the block of line 1"),
        ('route { f("a); \n g("b"); }', "2:5", "after a string that runs over lines since 1:11"),
    ],
)
def test_an_unclosed_bracket_or_string_is_reported_where_it_was_opened(text: str, place: str, what: str) -> None:
    error = _refused(text)
    assert f"{error.line}:{error.column}" == place
    assert what in error.what


def test_the_message_shows_the_line_with_a_caret() -> None:
    assert str(_refused("route {\n\texit\n}")).split("\n") == [
        "f.cfg:3:1: unexpected '}': expected ';' or '('",
        "    }",
        "    ^",
    ]


def test_a_long_line_is_cut_around_its_caret() -> None:
    _, line, caret = str(_refused("route { $var(x) = " + "1 + " * 100 + "; }")).split("\n")
    assert len(line) <= 104
    assert line[caret.index("^")] == ";"


@pytest.mark.parametrize(
    "text",
    [
        "route {" + "{" * 2000 + "}" * 2000 + "}",
        "route { $x = " + "(" * 9000,
        "route { $x = " + "!" * 9000 + "1; }",
        "route { $x = 1" + " + 1" * 5000 + "; }",
        "route { if (1) {" + "} else if (1) {" * 2000 + "} }",
        "route { $x = " + "$avp(" * 3000 + ")" * 3000 + "; }",
        "route { $x = " + "$(avp(x)[" * 3000 + "; }",
    ],
    ids=["blocks", "brackets", "nots", "sums", "else ifs", "variables", "indexes"],
)
def test_too_deep_nesting_is_an_error_with_a_place(text: str) -> None:
    assert _refused(text).line == 1


def test_deep_nesting_below_the_limit_parses() -> None:
    deep = DEEPEST - 5
    parse("route { $x = " + "!" * deep + "1; }")
    parse("route { if (1) {" + "} else if (1) {" * deep + "} }")
