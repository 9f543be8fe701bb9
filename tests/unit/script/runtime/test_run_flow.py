"""Control flow: conditions, loops, switches, routes, and how a script ends."""

import sys
from collections.abc import Iterator

import pytest

from evtui.script.check.findings import KnownNames
from evtui.script.check.script_check import check
from evtui.script.runtime.host_ports import ERROR
from evtui.script.runtime.message_scope import Scope
from evtui.script.syntax.parse import parse
from evtui.script.syntax.tree_depth import raise_recursion_limit
from tests.unit.script.world import World, program, run, said


def test_else_if_takes_the_first_true_condition() -> None:
    body = 'if ($var(x) == 1) xlog("1"); else if ($var(x) == 0) xlog("0"); else if (1) xlog("late"); else xlog("else");'
    assert said(f"$var(x) = 0; {body}") == ["0"]


def test_a_condition_needs_no_parentheses() -> None:
    assert said('if $avp(x) == NULL { xlog("null"); }') == ["null"]


def test_while_runs_until_its_condition_fails_and_break_leaves_it() -> None:
    assert said(
        "$var(i) = 0;"
        ' while ($var(i) < 3) { $var(i) = $var(i) + 1; if ($var(i) == 2) break; xlog("$var(i)"); } xlog("after");'
    ) == [
        "1",
        "after",
    ]


def test_a_switch_falls_through_to_the_next_case_until_a_break() -> None:
    body = 'switch ("b") { case "a": xlog("a"); case "B": xlog("b"); case "c": xlog("c"); break; default: xlog("d"); }'
    assert said(body) == ["b", "c"]


def test_a_switch_without_a_match_takes_the_default() -> None:
    assert said('switch (6) { case 1: xlog("1"); break; case "5": xlog("text"); break; default: xlog("d"); }') == ["d"]


def test_an_integer_matches_the_case_of_its_text_and_a_text_no_case_of_a_number() -> None:
    cases = '{ case 5: xlog("number"); break; case "5": xlog("text"); break; default: xlog("d"); }'
    assert said(f"$var(n) = 5; switch ($var(n)) {cases}") == ["number"]
    assert said(f'$var(n) = "5"; switch ($var(n)) {cases}') == ["text"]
    assert said('$var(n) = 5; switch ($var(n)) { case "5": xlog("text"); }') == ["text"]


def test_for_walks_over_all_values_newest_first() -> None:
    assert said('$avp(x) = 1; $avp(x) = 2; for ($var(v) in $(avp(x)[*])) { xlog("$var(v)"); }') == ["2", "1"]


def test_for_sees_what_its_body_changes() -> None:
    three = "$avp(x) = 1; $avp(x) = 2; $avp(x) = 3;"
    assert said(f'{three} for ($var(v) in $(avp(x)[*])) {{ $avp(x) = NULL; xlog("$var(v)"); }}') == ["3", "1"]


def test_for_over_one_value_has_no_turn() -> None:
    lines = said('$avp(x) = 1; for ($var(v) in $avp(x)) { xlog("$var(v)"); } xlog("$rc");')
    assert lines == ["a loop over $avp needs all its values: write $(avp(…)[*])", "-10"]


def test_a_route_takes_arguments_and_returns_a_code_and_values() -> None:
    world = World()
    loaded = program(
        """
        route { route(SUM, 2, "x$var(n)", $var(n)); xlog("$rc $retcode $return(0) $return(1) $return(2)"); }
        route[SUM] { xlog("$param(1) $(param(2)) $param(3)"); return (5, "more", 7); }
        """,
        world,
    )
    loaded.run("route")
    assert world.said == ["2 x$var(n) <null>", "5 5 more 7 <null>"]


@pytest.mark.parametrize(
    ("statement", "code"), [("return;", "1"), ("return(-3);", "-3"), ("", "1"), ("return(4);", "4")]
)
def test_the_code_of_a_route(statement: str, code: str) -> None:
    world = World()
    program(f'route {{ route(R); xlog("$rc"); }} route[R] {{ {statement} }}', world).run("route")
    assert world.said == [code]


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        ("$var(x) = 1;", "1"), ('$var(x) = "a" + 1;', "-1"), ("if ($var(none) == NULL) { }", "1"),
        ("if ($var(none) != NULL) { }", "0"), ("if ($var(none) != NULL) route(R); else { }", "0"),
        ('$var(s) = "a"; route(R); if ($var(s) == 5) route(R);', "-1"),
        ("if ($var(none) == NULL) route(R);", "7"), ("if ($var(none) != NULL) exit; else route(R);", "7"),
        ("$var(i) = NULL; while ($var(i) == NULL) { $var(i) = 1; route(R); }", "1"),
        ("while ($var(none) == NULL) { route(R); break; }", "-5"),
        ("for ($var(i) in $(avp(none)[*])) route(R);", "1"),
        ("$avp(l) = 1; for ($var(i) in $(avp(l)[*])) route(R);", "7"),
        ("switch ($var(none)) { case 1: route(R); }", "1"),
        ("$var(i) = 1; switch ($var(i)) { case 1: route(R); }", "7"),
        ("$var(i) = 1; switch ($var(i)) { case 1: route(R); break; }", "-5"),
        ("route(FAILS);", "-1"), ("route(NO);", "1"),
    ],
)  # fmt: skip
def test_the_code_of_the_last_statement(statements: str, code: str) -> None:
    world = World()
    program(
        f"""route {{ {statements} xlog("$rc"); }} route[R] {{ return(7); }}
        route[FAILS] {{ $var(y) = "a" - 1; }} route[NO] {{ if ($var(none) != NULL) exit; }}""",
        world,
    ).run("route")
    assert world.said[-1] == code


def test_the_arguments_of_a_route_are_its_own() -> None:
    world = World()
    program(
        'route { route(A, "a"); } route[A] { route(B, "b"); xlog("$param(1)"); } route[B] { xlog("$param(1)"); }', world
    ).run("route")
    assert world.said == ["b", "a"]


def test_a_route_can_be_named_by_a_variable() -> None:
    world = World()
    program('route { $var(r) = "X"; route($var(r)); route("$var(r)"); } route[X] { xlog("x"); }', world).run("route")
    assert world.said == ["x", "x"]


@pytest.mark.parametrize("main", ["route", "route[0]"])
def test_the_main_route_is_route_0(main: str) -> None:
    world = World()
    loaded = program(f'{main} {{ xlog("main"); }} route[1] {{ route(0); }}', world)
    loaded.run("route")
    loaded.run("route", "1")
    assert world.said == ["main", "main"]


@pytest.mark.parametrize("statement", ["return(0);", "exit;", "drop;", "exit();"])
def test_zero_exit_and_drop_end_the_whole_script(statement: str) -> None:
    world = World()
    outcome = program(f'route {{ route(R); xlog("not reached"); }} route[R] {{ {statement} }}', world).run("route")
    assert world.said == []
    assert outcome.ended == ("drop" if statement == "drop;" else "exit")


def test_a_call_that_gives_zero_in_a_condition_ends_the_script_too() -> None:
    world = World()
    outcome = program('route { if (route(R)) xlog("a"); else xlog("b"); } route[R] { return(0); }', world).run("route")
    assert (world.said, outcome.ended) == ([], "exit")


def test_a_negative_code_is_false() -> None:
    world = World()
    program('route { if (route(R)) xlog("a"); else xlog("b"); } route[R] { return(-1); }', world).run("route")
    assert world.said == ["b"]


def test_the_outcome_of_a_run_is_its_code() -> None:
    assert run("return(7);").code == 7
    assert run("$var(x) = 1;").code == 1
    assert program("route[X] { }").run("route", "missing").ended == "end"


def test_a_loop_ends_after_ten_thousand_turns_and_the_script_continues() -> None:
    world = World()
    run('$var(n) = 0; while (1) { $var(n) = $var(n) + 1; } xlog("$var(n)");', world)
    assert world.said == ["this loop was ended after 10000 turns", "10000"]


def test_exactly_ten_thousand_turns_are_no_fault() -> None:
    assert said('$var(n) = 0; while ($var(n) < 10000) { $var(n) = $var(n) + 1; } xlog("$var(n)");') == ["10000"]


def test_the_number_of_turns_is_a_setting() -> None:
    world = World()
    program(
        'max_while_loops = 3\nroute { $var(n) = 0; while (1) { $var(n) = $var(n) + 1; } xlog("$var(n)"); }', world
    ).run("route")
    assert world.said == ["this loop was ended after 3 turns", "3"]


def test_a_loop_inside_a_loop_logs_once_a_run_that_it_was_ended() -> None:
    world = World()
    body = "$var(i) = 0; while ($var(i) < 3) { $var(i) = $var(i) + 1; while (1) { $var(n) = 1; } }"
    looping = program(f"max_while_loops = 3\nroute {{ {body} }}", world)
    looping.run("route")
    looping.run("route")
    assert world.said == ["this loop was ended after 3 turns"] * 2


def test_a_route_that_calls_itself_is_stopped_at_the_hundredth() -> None:
    world = World()
    outcome = program(
        'route { $var(n) = 0; route(R); xlog("$rc $var(n)"); } route[R] { $var(n) = $var(n) + 1; route(R); }', world
    ).run("route")
    assert world.said == ["R: more than 100 routes inside each other", "1 99"] or "99" in world.said[-1]
    assert outcome.ended == "end"


@pytest.fixture
def room() -> Iterator[None]:
    before = sys.getrecursionlimit()
    raise_recursion_limit()
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("room")
def test_a_hundred_routes_with_deep_blocks_still_fit() -> None:
    world = World()
    deep = "if (1) { while (1) { switch (1) { case 1: if (1) { route(R); } } break; } }"
    program(
        f'route {{ $var(n) = 0; route(R); xlog("$var(n)"); }} route[R] {{ $var(n) = $var(n) + 1; {deep} }}', world
    ).run("route")
    assert world.said[-1] == "99"


@pytest.fixture
def as_before() -> Iterator[None]:
    before = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("as_before")
def test_nesting_deeper_than_python_allows_ends_the_run_with_an_error() -> None:
    deep = "if (1) { " * 60 + "route(R);" + " }" * 60
    there = program(f"route {{ {deep} }} route[R] {{ {deep} }}")
    sys.setrecursionlimit(1_000)  # Python's own; a deep tree allows more, but not without end
    outcome = there.run("route")
    assert outcome.ended == "error"
    assert "too many calls are nested here" in (outcome.error or "")


@pytest.mark.usefixtures("as_before")
def test_hundreds_of_blocks_within_each_other_are_checked_compiled_and_run() -> None:
    sys.setrecursionlimit(1_000)
    world = World()
    text = "route { " + "if (1) { " * 900 + 'xlog("deep");' + " }" * 900 + " }"
    check({"f.cfg": parse(text, "f.cfg")}, KnownNames(frozenset(), frozenset(), frozenset(), {}))
    program(text, world).run("route")
    assert world.said == ["deep"]


def test_a_host_that_raises_ends_the_run_with_an_error_and_its_place() -> None:
    world = World(pause_limit=5)
    outcome = run("while (1) { while (1) { $var(n) = 1; } }", world)
    assert outcome.ended == "error"
    assert outcome.error == "test.cfg:2:13: TimeoutError: the script ran for too long"
    assert world.lines[-1][:2] == (ERROR, "TimeoutError: the script ran for too long")


def test_two_routes_that_call_each_other_twice_meet_the_host_s_limit() -> None:
    world = World(pause_limit=10)
    outcome = program(
        "route { route(A); } route[A] { route(B); route(B); } route[B] { route(A); route(A); }", world
    ).run("route")
    assert outcome.ended == "error"


def test_after_an_error_the_same_program_runs_again() -> None:
    world = World(pause_limit=1)
    loaded = program(
        "route { if ($var(n) == NULL) $var(n) = 0; while ($var(n) < 900) { $var(n) = $var(n) + 1; } }", world
    )
    scope = Scope()
    assert loaded.run("route", None, scope).ended == "error"
    world.pause_limit = 1000
    assert loaded.run("route", None, scope).ended == "end"
    assert scope.depth == 0


def test_loops_pause_now_and_then() -> None:
    world = World()
    run("$var(n) = 0; while ($var(n) < 5000) { $var(n) = $var(n) + 1; }", world)
    assert 10 <= len(world.pauses) <= 100


def test_async_waits_and_continues_in_its_resume_route() -> None:
    world = World()
    program(
        'route { $avp(a) = "kept"; async(sleep(5), NEXT); xlog("no"); } route[NEXT] { xlog("next $avp(a) $rc"); }',
        world,
    ).run("route")
    assert world.pauses == [5.0]
    assert world.said == ["next kept 1"]


def test_launch_runs_beside_the_script() -> None:
    world = World()
    program('route { launch(sleep(5), DONE); xlog("first"); } route[DONE] { xlog("done"); }', world).run("route")
    assert world.said == ["first"]
    world.spawned[0]()
    assert world.said == ["first", "done"]


def test_a_long_chain_of_conditions_nests_no_deeper_than_one() -> None:
    chain = " else ".join(f'if ($var(x) == {count + 1}) {{ xlog("{count}"); }}' for count in range(120))
    assert said(f'{chain} else {{ xlog("end"); }}') == ["end"]
    assert said(f'if ({" and ".join(["1 == 1"] * 120)}) xlog("all");') == ["all"]
