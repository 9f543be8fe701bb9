"""Events from scripts: raising, subscribing, handling, waiting (docs/opensips-behaviour.md 2.1, 3 and 4;
captures/classic).
"""

import pytest

from evtui.core.values import Params
from evtui.script.functions.wait_functions import accepts
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_values import ScriptFault
from tests.unit.script.world import World, program, run

PAIRS = '$avp(n) = "a"; $avp(v) = 1; $avp(n) = "b"; $avp(v) = "two";'


def raised(body: str, **changes: bool) -> tuple[list[tuple[str, Params]], list[str]]:
    world = World(**changes)  # type: ignore[arg-type]
    run(body, world)
    return world.raised, world.said


@pytest.mark.parametrize(
    ("call", "params"),
    [
        ('raise_event("E");', Params()),
        ('raise_event("E", $avp(v));', Params(("two", 1))),
        ('raise_event("E", , $avp(v));', Params(("two", 1))),
        ('raise_event("E", $avp(n), $avp(v));', Params(("two", 1), ("b", "a"))),
        ('raise_event("E", "$avp(n)", "$avp(v)");', Params(("two", 1), ("b", "a"))),
        ('$var(m) = "n"; raise_event("E", $avp($var(m)), $avp(v));', Params(("two", 1), ("b", "a"))),
        ('$var(e) = "E"; raise_event("$var(e)", $avp(n), $avp(v));', Params(("two", 1), ("b", "a"))),
        ('raise_event("E", $avp(none), $avp(nothing));', Params()),
    ],
)
def test_the_forms_of_raise_event(call: str, params: Params) -> None:
    events, lines = raised(f'{PAIRS} {call} xlog("$rc");')
    assert events == [("E", params)]
    assert lines == ["1"]


@pytest.mark.parametrize(
    ("body", "is_unread"),
    [
        ('raise_event("E", $avp(n), $avp(v)); $var(x) = 1;', True),
        ('raise_event("E"); $var(x) = 1;', True),
        ('raise_event("E", $avp(v)); $avp(v) = $var(x);', True),
        ('$var(x) = 0; while ($var(x) < 1) { raise_event("E"); $var(x) = $var(x) + 1; }', True),
        ('raise_event("E");', False),
        ('raise_event("E"); xlog("$rc");', False),
        ('raise_event("E"); $var(x) = $rc;', False),
        ('raise_event("E"); $avp($rc) = 1;', False),
        ('raise_event("E"); $var(x) = $retcode + 1;', False),
        ('if (raise_event("E")) { $var(x) = 1; }', False),
        ('raise_event("E"); return;', False),
        ('raise_event("E"); raise_event("F");', False),
        ('if ($var(x) == NULL) { raise_event("E"); } $var(x) = 1;', True),
        ('if ($var(x) == NULL) { raise_event("E"); } xlog("$rc");', False),
    ],
)
def test_a_raise_whose_code_may_be_read_is_not_held(body: str, *, is_unread: bool) -> None:
    world = World()
    run(f"{PAIRS} {body}", world)
    assert world.raised[0][0] == "E"
    assert world.unread == ["E"] * is_unread


def test_avps_are_kept_after_a_raise() -> None:
    world = World()
    run(f'{PAIRS} raise_event("E", $avp(n), $avp(v)); xlog("$avp(v) $(avp(v)[*]) $(avp(v)[1])");', world)
    assert world.said == ["two two, 1 1"]


def test_a_name_too_few_is_an_error_and_nothing_is_raised() -> None:
    events, lines = raised(f'{PAIRS} $avp(v) = 3; raise_event("E", $avp(n), $avp(v)); xlog("$rc");')
    assert events == []
    assert lines == ["raise_event: E: 2 names for 3 values: it is not raised", "-1"]


def test_a_name_too_many_is_logged_and_left_out() -> None:
    events, lines = raised(f'{PAIRS} $avp(n) = "c"; raise_event("E", $avp(n), $avp(v)); xlog("$rc");')
    assert events == [("E", Params(("two", 1), ("c", "b")))]
    assert lines[-1] == "1"
    assert "3 names for 2 values" in lines[0]


def test_a_name_that_is_a_number_is_an_error() -> None:
    events, lines = raised('$avp(n) = 1; $avp(v) = 1; raise_event("E", $avp(n), $avp(v)); xlog("$rc");')
    assert (events, lines[-1]) == ([], "-1")


def test_without_subscribers_the_names_are_not_checked() -> None:
    _, lines = raised('$avp(v) = 1; raise_event("E", $avp(n), $avp(v)); xlog("$rc");', listeners=False)
    assert lines == ["1"]


def test_an_unreachable_peer_gives_minus_one_and_the_script_continues() -> None:
    world = World(code=-1)
    run(f'{PAIRS} if (raise_event("E", $avp(n), $avp(v))) {{ xlog("sent"); }} else {{ xlog("not: $rc"); }}', world)
    assert world.said == ["not: -1"]


def test_only_avps_can_be_raised() -> None:
    events, lines = raised('raise_event("E", $var(x)); xlog("$rc");')
    assert events == []
    assert lines[-1] == "-1"


def test_the_events_a_script_names_are_known_before_it_runs() -> None:
    loaded = program(
        'route { if (0) raise_event("E_A"); subscribe_event("E_B", "udp:h:1"); raise_event("E_$var(x)"); }'
    )
    assert loaded.events == {"E_A", "E_B"}


@pytest.mark.parametrize(
    ("third", "expire"), [("", None), (", 1200", 1200), (", 0", None), (', "60"', 60), (", -1", None)]
)
def test_subscribing(third: str, expire: int | None) -> None:
    world = World()
    run(f'subscribe_event("E", "udp:127.0.0.1:8888"{third}); xlog("$rc");', world)
    assert world.subscribed == [("E", "udp:127.0.0.1:8888", expire)]
    assert world.said == ["1"]


def handled(body: str, params: Params, scope: Scope | None = None) -> list[str]:
    world = World()
    program(f"event_route[E] {{ {body} }}", world).run("event_route", "E", scope, params=params)
    return world.said


def test_an_event_route_reads_its_parameters_by_name_and_by_place() -> None:
    params = Params((1, "two", 1.5), ("first", "second", "third"))
    body = '$var(i) = 2; xlog("$param(first) $param(second) $param(3) $(param(second){s.len}) $param($var(i))");'
    assert handled(body, params) == ["1 two 1 3 two"]


def test_a_parameter_the_event_does_not_have_is_null_and_one_warning() -> None:
    body = '$var(i) = 0; while ($var(i) < 3) { $var(i) = $var(i) + 1; xlog("$param(missing)"); }'
    assert handled(body, Params((1,), ("a",))) == ["no parameter missing here: it is NULL"] + ["<null>"] * 3


@pytest.mark.parametrize(
    ("wanted", "params", "code", "left"),
    [
        ("a=$avp(x);b=$avp(y)", Params((42, "vb"), ("a", "b")), "2", "42 vb"),
        ("$avp(x); $avp(y)", Params((42, "vb"), ("a", "b")), "2", "42 vb"),
        ("nosuch=$avp(x)", Params((42,), ("a",)), "-3", "<null> <null>"),
        ("a=$avp(x);nosuch=$avp(y)", Params((42,), ("a",)), "1", "42 <null>"),
        ("a=$avp(x)", Params(), "-2", "<null> <null>"),
        ("a=$avp(x)", Params(("first",)), "-3", "<null> <null>"),
        ("b=$avp(x);$avp(y)", Params(("first", "second"), ("a", "b")), "2", "second first"),
        (" $avp(x) ; b = $avp(y) ", Params(("first", "second"), ("a", "b")), "2", "first second"),
        ("$avp(x);$avp(y);$avp(z)", Params(("first", "second")), "2", "first second"),
    ],
)
def test_fetch_event_params_as_2_4_had_it(wanted: str, params: Params, code: str, left: str) -> None:
    lines = handled(f'fetch_event_params("{wanted}"); xlog("$rc $avp(x) $avp(y)");', params)
    assert lines[-1] == f"{code} {left}"


def test_fetch_event_params_outside_of_an_event() -> None:
    world = World()
    run('fetch_event_params("a=$avp(x)"); xlog("$rc");', world)
    assert world.said[-1] == "-1"


def test_fetch_event_params_in_a_route_that_the_event_route_calls() -> None:
    world = World()
    loaded = program(
        'event_route[E] { route(R); } route[R] { fetch_event_params("a=$avp(x)"); xlog("$avp(x)"); }', world
    )
    loaded.run("event_route", "E", params=Params(("v",), ("a",)))
    assert world.said == ["v"]


def test_the_tutorial_s_event_route() -> None:
    body = 'fetch_event_params("ip=$avp(pike-ip)"); xlog("IP $avp(pike-ip) has been blocked\\n");'
    assert handled(body, Params(("192.0.2.7",), ("ip",))) == ["IP 192.0.2.7 has been blocked"]


def test_a_sync_event_route_shares_its_raiser_s_avps_and_exit_ends_only_the_route() -> None:
    world = World()
    loaded = program(
        """
        route { $avp(seen) = "from_raiser"; raise_event("E"); xlog("after $rc $avp(set) $var(v)"); }
        event_route[E, sync] { xlog("in $avp(seen)"); $avp(set) = "yes"; $var(v) = 5; exit; }
        """,
        world,
    )
    world.handler = lambda name, params, scope: loaded.run("event_route", name, scope, params=params)
    loaded.run("route")
    assert world.said == ["in from_raiser", "after 1 yes 5"]


def test_an_event_route_that_raises_its_own_event_is_stopped_at_a_hundred() -> None:
    world = World()
    loaded = program('event_route[E] { $var(n) = 1; raise_event("E"); } route { raise_event("E"); }', world)
    world.handler = lambda name, params, scope: loaded.run("event_route", name, scope, params=params)
    assert loaded.run("route").ended == "end"
    assert world.said == ["more than 100 routes inside each other"]
    assert len(world.raised) == 100


def test_several_routes_handle_one_event() -> None:
    loaded = program("event_route[E] { exit; } event_route[E, async] { exit; }")
    assert [found.route.mode for found in loaded.find("event_route", "E")] == [None, "async"]
    assert [loaded.run_route(found).ended for found in loaded.routes] == ["exit", "exit"]


def test_waiting_for_an_event_brings_its_parameters() -> None:
    world = World(comes=[Params(("1.2.3.4", 5), ("ip", "n")), Params(("10.0.0.1", 6), ("IP", "n"))])
    run(
        '$avp(f) = "ip=10.*"; $avp(f) = "other=x"; wait_for_event("E", $avp(f), 5); xlog("$rc $avp(n) $param(n)");',
        world,
    )
    assert world.said == ["1 6 6"]


@pytest.mark.parametrize(("event", "code"), [("E", "-2"), ("E_UNKNOWN", "-1")])
def test_waiting_ends_after_its_time(event: str, code: str) -> None:
    world = World()
    run(f'wait_for_event("{event}", $avp(f), 1); xlog("$rc");', world)
    assert world.said[-1] == code


def test_waiting_beside_the_script_continues_in_the_resume_route() -> None:
    world = World(comes=[Params(("v",), ("a",))])
    program('route { async(wait_for_event("E", , 5), R); xlog("no"); } route[R] { xlog("$rc $avp(a)"); }', world).run(
        "route"
    )
    assert world.said == ["1 v"]


def test_notify_runs_a_route_for_each_event_that_matches() -> None:
    world = World(comes=[Params((1, "x"), ("n", "k")), Params((2, "y"), ("n", "k")), Params((3, "x"), ("n", "k"))])
    script = 'route { $avp(f) = "k=x"; notify_on_event("E", $avp(f), "R", 60); } route[R] { xlog("$avp(n)"); exit; }'
    program(script, world).run("route")
    assert world.said == ["1", "3"]


TCP_LOAD = """
route[TCP_LOAD_CHECK] {
    if ($stat(tcp-load) > 80) {
        # raise the event, specifying the limit and the real load
        $avp(attrs) = "limit";
        $avp(vals) = 80;
        $avp(attrs) = "load";
        $avp(vals) = $stat(tcp-load);
        raise_event("E_SCRIPT_TCP_LOAD", $avp(attrs), $avp(vals));
    }
}
"""


@pytest.mark.parametrize(
    ("statistics", "events"),
    [
        ({"tcp-load": 320}, [("E_SCRIPT_TCP_LOAD", Params((320, 80), ("load", "limit")))]),
        ({"tcp-load": 80}, []),
        ({}, []),
    ],
)
def test_the_tutorial_s_check_of_the_load(statistics: dict[str, int], events: list[tuple[str, Params]]) -> None:
    world = World(statistics=statistics)
    program(TCP_LOAD, world).run("route", "TCP_LOAD_CHECK")
    assert world.raised == events
    assert world.said == []


VALUES = '$avp(n) = "a"; $avp(v) = 1; $avp(n) = "b"; $avp(v) = "two";'


@pytest.mark.parametrize(
    ("body", "names", "values"),
    [
        (f'{VALUES} raise_event("E", $avp(n), $avp(v));', ("b", "a"), ("two", 1)),
        (f'{VALUES} raise_event("E", "$avp(n)", "$avp(v)");', ("b", "a"), ("two", 1)),
        (f'{VALUES} raise_event("E", $avp(v));', (), ("two", 1)),
        (f'{VALUES} raise_event("E", , $avp(v));', (), ("two", 1)),
        (f'{VALUES} raise_event("E");', (), ()),
        (f'{VALUES} $avp(n) = "c"; raise_event("E", $avp(n), $avp(v));', ("c", "b"), ("two", 1)),
        ('$(avp(v)[append]) = 1; $(avp(v)[append]) = 2; raise_event("E", , $avp(v));', (), (1, 2)),
        ('$var(e) = "E"; raise_event($var(e));', (), ()),
        ('$var(e) = ""; raise_event("E$var(e)", $avp(n), $avp(v));', (), ()),
    ],
)
def test_every_form_of_arguments_raises_what_the_reference_would(
    body: str, names: tuple[str, ...], values: tuple[int | str, ...]
) -> None:
    world = World()
    run(body, world)
    assert world.raised == [("E", Params(values, names))]


@pytest.mark.parametrize("wrong", ["$avp(v) = 3;", "$avp(n) = 5; $avp(v) = 3;"])
def test_fewer_names_and_names_that_are_numbers_raise_nothing_when_there_are_subscribers(wrong: str) -> None:
    body = f'{VALUES} {wrong} raise_event("E", $avp(n), $avp(v)); xlog("rc $rc");'
    world, alone = World(), World(listeners=False)
    run(body, world)
    run(body, alone)
    assert (world.raised, world.said[-1]) == ([], "rc -1")
    assert alone.said == ["rc 1"]


@pytest.mark.parametrize(
    ("filters", "accepted"),
    [
        ([], True),
        (["ip=10.*"], True),
        (["IP=10.0.0.?"], True),
        (["ip=11.*"], False),
        (["ip=10.*", "port=50[0-9]0"], True),
        (["ip=10.*", "port=5061"], False),
        (["ip="], True),
        (["nosuch=x"], True),
        (["note=A*"], False),
        (["note=a*"], True),
    ],
)
def test_an_event_is_waited_for_when_every_filter_for_what_it_has_holds(filters: list[str], accepted: bool) -> None:
    assert accepts(filters)(Params(("10.0.0.1", 5060, "abc"), ("ip", "port", "note"))) is accepted


@pytest.mark.parametrize("wrong", ["novalue", "=x", "", " =x"])
def test_a_filter_that_is_no_key_and_value_is_refused(wrong: str) -> None:
    with pytest.raises(ScriptFault, match="write key=value"):
        accepts(["ip=10.*", wrong])
