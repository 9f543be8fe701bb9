"""The places and texts of syntax errors."""

import pytest

from evtui.script.syntax.lexer import (
    _ITEM_WORDS,  # pyright: ignore[reportPrivateUsage]
    _SYMBOLS,  # pyright: ignore[reportPrivateUsage]
    KEYWORDS,
    OPERATOR_WORDS,
)
from evtui.script.syntax.mistakes.expected_tokens import describe_tokens
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
    ("body", "reason"),
    [
        ("$var(x) = 1\n $var(y) = 2;", "expected ';' at the end of line 2"),
        ("exit }", "expected ';' after 'exit'"),
        ("if ($x === 1) exit;", "unexpected '===': expected '=='"),
        ("if ($x =< 1) exit;", "expected '<='"),
        ("if ($x <> 1) exit;", "unexpected '<>': expected '!='"),
        ("if ($x == 1 & $y == 2) exit;", "after the '&' of 2:13: expected '&&'"),
        ("if ($x == 1 | !($y == 2)) exit;", "unexpected '!' after the '|' of 2:13: expected '||'"),
        ("if (!$x == 1 & !$y) exit;", "expected '&&'"),
        ("if (1 < $x < 3) exit;", "expected 'and' between two comparisons"),
        ("if ($x == 1 AND $y == 2) exit;", "expected 'and' in small letters"),
        ("if ($x == 1 && && 1) exit;", "unexpected '&&': expected a value"),
        ("if ($x == 1 { exit; }", "unexpected '{' within the '(' of 2:4: expected ')' or an operator"),
        ("if (1) { exit; } elseif (2) { exit; }", "expected 'else if' for 'elseif'"),
        ("if (1) { exit; }; else exit;", "unexpected 'else': the ';' of 2:17 ends the 'if'"),
        ("else exit;", "unexpected 'else' without an 'if' before it"),
        ("IF (1) { exit; }", "expected 'if' in small letters"),
        ("if (1) then exit;", "unexpected 'then'"),
        ("foreach ($x in $y) { }", "expected 'for' for 'foreach'"),
        ("for ($x = 0; $x < 3; $x += 1) { }", "to count, write a while"),
        ('f("a";', "unexpected ';' within the '(' of 2:2: expected ')', ',' or an operator"),
        ('f("a"));', "this ')' closes no '('"),
        ('f("a"];', "this ']' closes no '['"),
        ('f("a" "b");', "unexpected '\"b\"' after '\"a\"': expected ')', ',' or an operator"),
        ("f(hello world);", "after 'hello': a text stands in quotes"),
        ("my-function();", "unexpected '-' in a name"),
        ("log_level=3", "a setting stands outside of routes"),
        ("var(x) = 1;", "expected ';', or '$' before the name of a variable: $var(…)"),
        ("$var (x) = 1;", "a variable has no blank before its '('"),
        ("$x++;", "unexpected '++': expected '+= 1'"),
        ("-- a", "expected '#' before a comment"),
        ("exit; */", "this '*/' ends no comment"),
        ("$x = $y ? 1 : 2;", "after '?', which means nothing in a script"),
        ('$x = "a" {s.len};', "a transformation stands within the brackets of a variable"),
        ("route[foo];", "a call of a route has round brackets, not '[': expected route(foo);"),
        ("include_file foo.cfg", "expected a string in quotes"),
        ("<<<<<<< HEAD", "a mark of a merge conflict, '<<<<<<<'"),
    ],
)
def test_a_common_mistake_in_a_route_is_explained(body: str, reason: str) -> None:
    assert reason in _refused(f"route {{\n{body}\n}}\n").reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("route {\n exit;\n}\n}", "this '}' closes no block: the '}' of 3:1 ended the block before"),
        ("route {\n exit; }\n}\nxlog(1);", "this '}' closes no block"),
        ("route {\n if (1) {\n exit; }}\n xlog(1);\n}", "outside of all routes: the '}' of 3:9 ended the block before"),
        ("$var(x) = 1;", "'$var(x)' stands outside of all routes: expected a route around it"),
        ("onreplay_route[x] { }", "did you mean onreply_route?"),
        ("ROUTE { }", "did you mean route?"),
        ('include "a.cfg"', "did you mean include_file?"),
        ("loadmodule tm.so", "unexpected 'tm': expected a string in quotes"),
        ('loadmodule("tm.so")', "expected a string in quotes directly behind loadmodule, without brackets"),
        ('modparam("tm", "x", 2\nroute { }', "unexpected 'route' within the '(' of 1:9: expected ')'"),
        ("debug: 3", "a setting is written NAME=VALUE"),
        ("route(foo) { }", "the name of a route stands in square brackets: route[foo]"),
        ("route[foo-bar] { }", 'expected quotes around it, as in ["foo-…"]'),
        ("route[foo bar] { }", "a name with blanks stands in quotes"),
        ("route[foo { }", "unexpected '{' within the '[' of 1:6: expected ',' or ']'"),
        ("route {\n  if (1) {\n    exit;\n}\n", "perhaps that of 2:10: the '}' of 4:1 stands further left"),
        ("route {\n  if (1) {\n    exit;\n}\nroute[a] { }", "perhaps that of 2:10"),
    ],
)
def test_a_common_mistake_outside_of_routes_is_explained(text: str, reason: str) -> None:
    assert reason in _refused(text).reason


def test_no_message_has_the_name_of_a_token() -> None:
    """Every text of tokens has a sentence: capital letters occur in NULL, in examples and in what was written."""
    names = [*_TOKENS, "$END"]
    for name in names:
        words = describe_tokens([name])
        assert words
        assert name == "NULL" or name not in words
        assert name == "NULL" or f"'{name.lower()}'" not in words or name in _WORDS


_TOKENS = sorted({*_SYMBOLS.values(), *OPERATOR_WORDS.values(), *KEYWORDS.values(), *_ITEM_WORDS.values(), "STRING"})
_WORDS = {word.upper() for word in (*KEYWORDS, *OPERATOR_WORDS, "loadmodule", "modparam", "mpath")}


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
        "f.cfg:3:1: unexpected '}': expected ';' at the end of line 2",
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
