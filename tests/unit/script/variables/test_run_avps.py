"""Reads and assignments of AVPs, as in docs/opensips-behaviour.md 5.4."""

import pytest

from tests.unit.script.world import World, run, said

THREE = '$avp(x) = "a"; $avp(x) = "b"; $avp(x) = "c";'


@pytest.mark.parametrize(
    ("access", "value"),
    [
        ("$avp(x)", "c"),
        ("$(avp(x))", "c"),
        ("$(avp(x)[0])", "c"),
        ("$(avp(x)[1])", "b"),
        ("$(avp(x)[-1])", "a"),
        ("$(avp(x)[-3])", "c"),
        ("$(avp(x)[3])", "<null>"),
        ("$(avp(x)[-4])", "<null>"),
        ("$(avp(x)[*])", "c, b, a"),
        ("$(avp(x)[*]{s.len})", "7"),
        ("$avp(s:x)", "<null>"),
        ("$avp(nothing)", "<null>"),
        ("$(avp(nothing)[*])", "<null>"),
    ],
)
def test_an_avp_is_a_stack_that_is_read_from_its_newest_value(access: str, value: str) -> None:
    assert said(f'{THREE} xlog("{access}");') == [value]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ('$avp(x) = "d";', "d, c, b, a"),
        ("$avp(x) = NULL;", "b, a"),
        ('$avp(x) := "z";', "z"),
        ("$avp(x) := NULL;", "<null>"),
        ("$(avp(x)[*]) = NULL;", "<null>"),
        ('$(avp(x)[append]) = "z";', "c, b, a, z"),
        ('$(avp(x)[1]) = "B";', "c, B, a"),
        ('$(avp(x)[-1]) = "A";', "c, b, A"),
        ("$(avp(x)[1]) = NULL;", "c, a"),
        ('$var(i) = 2; $(avp(x)[$var(i)]) = "A";', "c, b, A"),
        ('$avp(x) += "!";', "c!, c, b, a"),
        ('$(avp(x)[1]) += "!";', "c, b!, a"),
        ("$(avp(x)[1]) := NULL;", "<null>"),
        ("$(avp(x)[append]) := 5;", "5"),
        ("$(avp(x)[append]) = NULL;", "b, a"),
        ('avp_delete("$avp(x)");', "b, a"),
        ('avp_delete("$avp(x)/g");', "<null>"),
        ('avp_copy("$avp(x)", "$avp(y)"); $avp(x) := NULL; avp_copy($avp(y), $avp(x));', "c"),
    ],
)
def test_an_avp_is_changed(change: str, left: str) -> None:
    assert said(f'{THREE} {change} xlog("$(avp(x)[*])");') == [left]


def test_a_missing_value_cannot_be_replaced_and_the_script_continues() -> None:
    assert said(f'{THREE} $(avp(x)[7]) = "d"; xlog("$(avp(x)[*])");') == ["$avp(x) has no value 7", "c, b, a"]


def test_a_new_value_for_all_at_an_index_is_an_error_and_removes_all() -> None:
    assert said(f'{THREE} $(avp(x)[1]) := 5; xlog("$rc $(avp(x)[*])");') == [
        ":= with an index removes all values of $avp(x), and sets none",
        "-1 <null>",
    ]


def test_the_name_of_an_avp_may_come_from_a_variable() -> None:
    assert said('$var(n) = "x"; $avp($var(n)) = "v"; xlog("$avp(x)");') == ["v"]


def test_a_name_with_a_dash_is_one_name() -> None:
    assert said('$avp(pike-ip) = "192.0.2.1"; xlog("IP $avp(pike-ip) has been blocked\\n");') == [
        "IP 192.0.2.1 has been blocked"
    ]


def test_numbers_stay_numbers_in_an_avp() -> None:
    assert said('$avp(x) = 5; $avp(y) = $avp(x) + 1; xlog("$avp(y)");') == ["6"]


def test_an_avp_that_is_never_cleared_is_bounded() -> None:
    body = '$var(a) = 0; while ($var(a) < 10000) { $avp(x) = 1; $var(a) = $var(a) + 1; } $avp(x) = 1; xlog("on");'
    lines = said(body)
    assert lines == ["more than 10000 values in $avp(x): is it never cleared?", "on"]


def test_is_avp_set() -> None:
    assert said(f'{THREE} if (is_avp_set("$avp(x)")) xlog("x"); if (!is_avp_set("$avp(y)/s")) xlog("no y");') == [
        "x",
        "no y",
    ]


def test_long_texts_in_avps_are_bounded() -> None:
    world = World(pause_limit=10)
    body = """
        $var(s) = "0123456789"; $var(i) = 0; $var(n) = 0;
        while ($var(i) < 13) { $var(s) = $var(s) + $var(s); $var(i) = $var(i) + 1; }
        while ($var(n) < 10000) { $avp(x) = $var(s) + $var(n); $var(n) = $var(n) + 1; }
    """
    assert run(body, world).ended == "error"
    assert world.said[0] == "the AVPs hold more than 67108864 characters"


def test_long_texts_that_are_cleared_are_no_fault() -> None:
    body = """
        $var(s) = "0123456789"; $var(i) = 0; $var(n) = 0;
        while ($var(i) < 13) { $var(s) = $var(s) + $var(s); $var(i) = $var(i) + 1; }
        while ($var(n) < 2000) { $avp(x) := NULL; $avp(x) = $var(s) + $var(n); $var(n) = $var(n) + 1; }
        xlog("$(avp(x){s.len})");
    """
    assert said(body) == ["81924"]


def test_shared_variables_hold_no_more_than_avps_do_and_can_be_given_something_else() -> None:
    body = (
        '$var(s) = "0123456789abcdef"; $var(i) = 0; while ($(var(s){s.len}) < 250000) $var(s) = $var(s) + $var(s);'
        ' while ($var(i) < 257) { $var(i) = $var(i) + 1; $var(n) = "k" + $var(i); $shv($var(n)) = $var(s); }'
        ' $shv(k1) = NULL; $shv(k257) = $var(s); xlog("$(shv(k257){s.len}) $(shv(k256){s.len})");'
    )
    assert said(body) == ["the shared variables hold more than 67108864 characters", "262144 262144"]
