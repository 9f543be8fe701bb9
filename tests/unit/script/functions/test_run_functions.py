"""Functions for logs, flags, the cache and waiting, and functions that evtui does not run."""

import pytest

from evtui.script.check import known_names as known
from evtui.script.runtime.host_ports import ERROR, INFO, NOTICE, WARNING
from evtui.script.runtime.local_cache import MAX_ENTRIES, MAX_SIZE, LocalCache
from evtui.script.runtime.script_values import ScriptFault
from tests.unit.script.world import World, program, run, said


@pytest.mark.parametrize(
    ("levels", "call", "shown"),
    [
        ("", 'xlog("x");', True),
        ("", 'xlog("L_ERR", "x");', True),
        ("", 'xlog("L_NOTICE", "x");', True),
        ("", 'xlog("L_INFO", "x");', False),
        ("", 'xlog(L_DBG, "x");', False),
        ("", 'xlog(-3, "x");', True),
        ("xlog_level = 4\n", 'xlog("L_DBG", "x");', True),
        ("log_level = 4\n", 'xlog("L_DBG", "x");', False),
        ("xlog_level = -1\n", 'xlog("L_WARN", "x");', False),
        ("", 'log(3, "x");', False),
        ("log_level = 3\n", 'log(3, "x");', True),
        ("", '$xlog_level = 4; xlog("L_DBG", "x");', True),
    ],
)
def test_xlog_logs_up_to_its_level(levels: str, call: str, shown: bool) -> None:
    world = World()
    program(f"{levels}route {{ {call} }}", world).run("route")
    assert world.said == (["x"] if shown else [])


def test_the_levels_and_the_place_go_to_the_host() -> None:
    world = World()
    program('xlog_level = 3\nroute {\n xlog("a\\n");\n xlog("L_INFO", "b"); xlog("X_RATED", "c");\n}', world).run(
        "route"
    )
    assert world.lines[:2] == [(NOTICE, "a", 3), (INFO, "b", 4)]
    assert world.lines[2][1] == "xlog: not a log level: 'X_RATED'"


def test_a_function_that_is_not_known_logs_once_a_place_and_gives_minus_one() -> None:
    world = World()
    run(
        '$var(i) = 0; while ($var(i) < 3) { $var(i) = $var(i)+1; fancy_module_call("x", , 3); }'
        '\nfancy_module_call(); xlog("$rc");',
        world,
    )
    assert world.lines == [
        (WARNING, "evtui does not have the function fancy_module_call(): its code is -1", 2),
        (WARNING, "evtui does not have the function fancy_module_call(): its code is -1", 3),
        (NOTICE, "-1", 3),
    ]


def test_functions_of_a_proxy_are_logged_once_and_the_script_continues() -> None:
    world = World()
    run(
        '$var(i) = 0; while ($var(i) < 3) { $var(i) = $var(i) + 1; if (!t_relay()) { xlog("no"); } } xlog("end");',
        world,
    )
    assert [text for text in world.said if text != "end"] == [
        "t_relay() does nothing here: evtui is not a proxy; its code is 1"
    ]


def test_an_unknown_transformation_and_an_unwritable_variable_are_logged_once() -> None:
    lines = said('$fU = "x"; $var(a) = $(var(b){sdp.codec,m}); xlog("$var(a)");')
    assert lines == [
        "$fU cannot be assigned here",
        "evtui does not have the transformation {sdp.codec}: it gives NULL",
        "<null>",
    ]


def test_flags() -> None:
    body = """
        setflag(ACC); setflag(3);
        if (isflagset(ACC) && isflagset("3") && !isflagset(4)) xlog("set");
        resetflag(ACC);
        if (isflagset(ACC)) xlog("still");
        if (isbflagset(3)) xlog("branch");
    """
    assert said(body) == ["set"]


def test_the_local_cache() -> None:
    world = World()
    body = """
        $var(n) = 0; cache_store("local", "k$var(n)", "v1", 10);
        cache_fetch("local", "k0", $avp(x)); xlog("$rc $avp(x)");
        cache_fetch("local:group", "k0", $avp(y)); xlog("$rc $avp(y)");
        sleep(11);
        cache_fetch("local", "k0", $avp(z)); xlog("$rc $avp(z)");
        cache_add("local", "c", 5, 0); cache_sub("local", "c", 2, 0, $var(c)); xlog("$var(c)");
        cache_counter_fetch("local", "c", $var(d)); if ($var(d) == 3) xlog("number");
        cache_remove("local", "c"); xlog("$rc"); cache_remove("local", "c"); xlog("$rc");
        cache_add("local", "k0", 1, 0); xlog("$rc");
    """
    run(body, world)
    assert world.said == ["1 v1", "-2 <null>", "-2 <null>", "3", "number", "1", "1", "1"]


def test_only_the_local_cache_is_supported() -> None:
    lines = said('cache_store("redis:x", "k", "v"); xlog("$rc");')
    assert lines == ["only the local cache is supported, not 'redis:x'", "-1"]


def test_a_counter_of_text_is_a_fault_with_code_minus_one() -> None:
    assert said('cache_store("local", "k", "v"); cache_add("local", "k", 1, 0); xlog("$rc");')[-1] == "-1"


def test_a_full_cache_removes_expired_entries_and_else_refuses() -> None:
    store = LocalCache()
    for number in range(MAX_ENTRIES):
        store.put(str(number), "x", 10, now=0.0)
    with pytest.raises(ScriptFault, match="full"):
        store.put("more", "x", 0, now=5.0)
    store.put("more", "x", 0, now=11.0)
    assert store.get("more", 1e9) == "x"


def test_the_cache_bounds_its_characters() -> None:
    store = LocalCache()
    for number in range(3):
        store.put("a", "x" * (MAX_SIZE - 10), 0, now=float(number))
    with pytest.raises(ScriptFault, match="full"):
        store.put("b", "x" * 20, 0, now=5.0)
    assert store.remove("a")
    store.put("b", "x" * 20, 0, now=5.0)


def test_sleeping_is_the_host_s() -> None:
    world = World()
    run('sleep(2); usleep(500000); sleep("1"); sleep(-1);', world)
    assert [seconds for seconds in world.pauses if seconds] == [2.0, 0.5, 1.0]


def test_assert() -> None:
    world = World()
    assert run('assert(1 == 1, "fine"); assert($var(x) == 1, "x is $var(x)"); xlog("no");', world).ended == "exit"
    assert world.said == ["assertion failed: x is <null>"]


def test_the_known_names_are_those_that_run() -> None:
    assert {"raise_event", "subscribe_event", "xlog", "route", "t_relay", "fetch_event_params"} <= known.FUNCTIONS
    assert {"avp", "var", "ru", "param", "stat", "time", "hdr", "rc"} <= known.VARIABLES
    assert {"s.len", "uri.user", "re.subst", "param.value", "csv.count", "ip.isip"} <= known.TRANSFORMATIONS
    assert "t_relay" in known.IDLE


def test_a_python_error_inside_ends_the_run_with_its_place() -> None:
    class Broken(World):
        def statistic(self, name: str) -> int | None:
            raise ZeroDivisionError("a bug")

    world = Broken()
    outcome = program('route {\n  xlog("a");\n  xlog("$stat(x)");\n}', world).run("route")
    assert (outcome.ended, outcome.error) == ("error", "test.cfg:3:3: ZeroDivisionError: a bug")
    assert world.lines[-1] == (ERROR, "ZeroDivisionError: a bug", 3)
