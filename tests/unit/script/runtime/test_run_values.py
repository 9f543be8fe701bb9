"""Arithmetic, comparisons and truth, as docs/opensips-behaviour.md 5.2 and 5.3 define them."""

import time

import pytest

from evtui.script.runtime.patterns import search, translate
from evtui.script.runtime.script_values import ScriptFault
from tests.unit.script.world import World, program, run, said


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2", "3"),
        ('"a" + "b"', "ab"),
        ('"a" + $avp(five)', "a5"),
        ("5 + $avp(none)", "5"),
        ('"a" + $avp(none)', "a"),
        ('$avp(none) + "a"', "a"),
        ("$avp(none) + $avp(none)", ""),
        ("1 + 2 * 3", "9"),
        ("1 | 2 ^ 3 & 4 + 4", "0"),
        ("6 / $avp(none)", "0"),
        ("1 / 0", "0"),
        ("1 % 0", "0"),
        ('"a" | "b"', "c"),
        ('"" & ""', ""),
        ('"a$var(y)" + "b$$"', "a$var(y)b$$"),
        ("7 / 2", "3"),
        ("(0 - 7) / 2", "-3"),
        ("(0 - 7) % 2", "-1"),
        ("7 % 4 * 2", "6"),
        ("6 & 3", "2"),
        ("6 | 3", "7"),
        ("6 ^ 3", "5"),
        ("~0", "-1"),
        ("1 << 4", "16"),
        ("256 >> 4", "16"),
        ("2147483647 + 1", "-2147483648"),
        ("1 << 33", "2"),
        ("4294967297", "1"),
        ("2 - 5", "-3"),
        ("0x10 + 1", "17"),
    ],
)
def test_an_expression_has_its_value(expression: str, value: str) -> None:
    assert said(f'$avp(five) = 5; $var(x) = {expression}; xlog("$var(x)");') == [value]


@pytest.mark.parametrize(
    "expression",
    [
        '5 + "a"',
        '"a" + 5',
        '"a" - 1',
        "$avp(none) + 1",
        "$avp(none) - 1",
        '"ab" | "c"',
        '"a" << 1',
        '~"a"',
        "~$avp(none)",
    ],
)
def test_an_impossible_operation_fails_its_statement_and_the_script_continues(expression: str) -> None:
    lines = said(f'$var(x) = "before"; $var(x) = {expression}; xlog("$var(x)");')
    assert len(lines) == 2
    assert lines[1] == "before"


@pytest.mark.parametrize("statement", ["$var($ru) = 1;", "$var(x) = $var($ru);", 'xlog("$var($ru)");'])
def test_a_var_with_a_computed_name_fails_its_statement_and_the_script_continues(statement: str) -> None:
    lines = said(f'{statement} if ($var($ru) == 1) exit; xlog("on");')
    assert len(lines) == 3
    assert ("the name of a $var cannot contain another variable" in lines[0], lines[-1]) == (True, "on")


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("$var(x) = 6; $var(x) += 2;", "8"),
        ("$var(x) = 6; $var(x) -= 2;", "4"),
        ("$var(x) = 6; $var(x) *= 2;", "12"),
        ("$var(x) = 6; $var(x) /= 4;", "1"),
        ("$var(x) = 6; $var(x) %= 4;", "2"),
        ("$var(x) = 6; $var(x) &= 3;", "2"),
        ("$var(x) = 6; $var(x) |= 1;", "7"),
        ("$var(x) = 6; $var(x) ^= 2;", "4"),
        ('$var(x) = "a"; $var(x) += "b";', "ab"),
    ],
)
def test_compound_assignments(change: str, value: str) -> None:
    assert said(f'{change} xlog("$var(x)");') == [value]


@pytest.mark.parametrize("operator", ["+=", "-=", "*="])
def test_null_on_either_side_of_a_compound_assignment_is_a_fault(operator: str) -> None:
    lines = said(
        f'$var(x) = NULL; $var(x) {operator} 1; $var(y) = 1; $var(y) {operator} NULL; xlog("$var(x) $var(y)");'
    )
    assert lines[2:] == ["<null> 1"]
    assert all("invalid operation" in line and "NULL" in line for line in lines[:2])


@pytest.mark.parametrize("change", ['$var(x) += "b"', "$var(x) /= 0", "$var(x) |= $var(none)", '$var(x) ^= "1"'])
def test_a_compound_assignment_of_mixed_kinds_is_a_fault_and_changes_nothing(change: str) -> None:
    lines = said(f'$var(x) = 7; {change}; xlog("$var(x) $rc");')
    assert lines[1:] == ["7 -1"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("1 == 1", True), ("1 != 1", False), ("2 < 10", True), ("2 >= 3", False), ("2 <= 2", True), ("3 > 2", True),
        ('"ABC" == "abc"', True), ('"a" != "A"', False), ('"a" < "B"', True),
        ("NULL == NULL", True), ("NULL != NULL", False), ("$avp(n) == NULL", True), ("$avp(n) != 5", True),
        ('$avp(n) == ""', False), ("$avp(n) < 5", False), ('$avp(n) != "a"', True),
        ('"sip:bob@HOST" =~ "^SIP:.*@host$"', True), ('"abc" =~ "b"', True), ('"abc" !~ "b"', False),
        ('$avp(n) =~ "a"', False), ('$avp(n) !~ "a"', True), ("$avp(n) =~ $avp(m)", True),
        ("$var(never) == NULL", True), ("$var(never) == 0", False), ("$avp(n) <= $avp(m)", False),
        ('80 == "80"', True), ('80 < "9"', True), ("1 == 1 || 1 == 1 && 1 == 2", False),
        ('"\u00c9" == "\u00e9"', False),
        ('"\u00c9" =~ "\u00e9"', False), ('"x\u00e9" =~ "^...$"', True), ("[$var(never)]", False),
        ("[ 2 - 2 ]", False), ("[ 2 + 2 ]", True), ('""', False), ('"0"', True), ("0", False), ("5", True),
        ("1 == 1 && 2 == 2", True), ("1 == 2 || 2 == 2", True), ("not 1 == 2 and 1 == 1", True), ("!(1 == 1)", False),
        ("1 == 2 || 1 == 3 || 1 == 4", False), ("1 == 1 and 2 == 2 and 3 == 4", False),
    ],
)  # fmt: skip
def test_a_condition_holds_or_not(condition: str, holds: bool) -> None:
    assert said(f'if ({condition}) {{ xlog("yes"); }} else {{ xlog("no"); }}') == ["yes" if holds else "no"]


@pytest.mark.parametrize("operator", ["==", "!=", "<", ">"])
def test_text_against_a_number_is_an_invalid_operation_a_warning_and_false(operator: str) -> None:
    lines = said(f'$var(x) = "80"; if ($var(x) {operator} 80) {{ xlog("yes"); }} else {{ xlog("no"); }}')
    assert lines == ['invalid operation: text "80" compared with the number 80', "no"]


@pytest.mark.parametrize(
    "condition", ["!($var(x) == 5)", "$var(x) == 5 || 1 == 1", "1 == 1 && !$var(x) == 5 || 1 == 1"]
)
def test_an_invalid_comparison_makes_the_whole_condition_false(condition: str) -> None:
    lines = said(f'$var(x) = "a"; if ({condition}) {{ xlog("yes"); }} else {{ xlog("no"); }}')
    assert lines[1:] == ["no"]


def test_a_script_variable_keeps_its_value_between_runs() -> None:
    world = World()
    loaded = program(
        "route { if ($var(n) == NULL) $var(n) = 0;"
        ' $var(n) = $var(n) + 1; $avp(a) = "x"; xlog("$var(n) $(avp(a)[*])"); }',
        world,
    )
    loaded.run("route")
    loaded.run("route")
    assert world.said == ["1 x", "2 x"]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^2[0-9]{2}$", "200", True), ("^a$", "a\n", False), ("a.b", "a\nb", True), ("[[:digit:]]+x", "12X", True),
        (r"[\.]", "\\", True), (r"a\.b", "axb", False), ("[]x]", "]", True), ("[^]x]", "]", False),
        ("a{,2}b", "aab", True),
        ("^(ab|c)*$", "abcab", True), ("}", "}", True), ("a)", "a)", True), (r"\<foo\>", "a foo b", True),
        (r"(a)\1", "aa", True), ("a*+b", "aab", True), ("x?*y", "y", True),
        ("[a-c]", "-", False), ("[a-]", "-", True),
        (r"\d", "d", True), (r"\d", "5", False),
    ],
)  # fmt: skip
def test_patterns_are_posix_extended(pattern: str, text: str, found: bool) -> None:
    assert search(pattern, text) is found


@pytest.mark.parametrize(
    "pattern", ["*a", "a|*", "(?i)a", "[a", "a\\", "[[:nothing:]]", "a{9999}", "(a", "{", "a{", "a{x}", "a{}", "a|{"]
)
def test_a_text_that_is_no_pattern_is_a_fault(pattern: str) -> None:
    with pytest.raises(ScriptFault):
        search(pattern, "a")


def test_a_pattern_that_backtracks_for_ever_times_out() -> None:
    started = time.monotonic()
    lines = said('if ("' + "a" * 5000 + 'c" =~ "^(a|a)*$|(a+)+b") { xlog("yes"); } else { xlog("no"); }')
    assert "takes more than" in lines[0]
    assert lines[1:] == ["no"]
    assert time.monotonic() - started < 5


def substituted(pattern: str, replacement: str, text: str, flags: str) -> str:
    """Return what `{re.subst}` prints."""
    return said(f"$var(t) = '{text}'; xlog('$(var(t){{re.subst,/{pattern}/{replacement}/{flags}}})');")[-1]


def test_a_substitution_takes_the_longest_match_and_fills_in_groups() -> None:
    assert substituted("(a|ab|abc)", r"<\1>", "abcd", "") == "<abc>d"
    assert substituted("B", "x", "abab", "gi") == "axax"
    assert substituted("b", "x", "abab", "") == "axab"


def test_a_dollar_is_only_the_end() -> None:
    assert translate("^a$") == r"\Aa\Z"


def test_a_text_that_doubles_itself_ends_at_a_limit() -> None:
    outcome = run('$var(s) = "0123456789"; while (1) { $var(s) = $var(s) + $var(s); }', world := World())
    assert outcome.ended == "end"
    assert "at most 262144 are allowed" in world.said[0]


def test_words_such_as_yes_and_off_are_numbers() -> None:
    assert said('$var(x) = yes; $var(y) = off; if ($var(x) == on and $var(y) == 0) xlog("$var(x)$var(y)");') == ["10"]
