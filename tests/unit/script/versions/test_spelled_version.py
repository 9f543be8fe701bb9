"""The version that the spelling of a script shows, beside the one that is asked for."""

import pytest

from evtui.core.known_versions import ScriptVersion
from evtui.script.compiler.program import Program
from evtui.script.syntax.parse import parse
from evtui.script.versions.spelled_version import ReadAs, read_as
from tests.unit.script.world import World


def read(text: str, asked: ScriptVersion | None = None) -> ReadAs:
    return read_as([parse(text, "s.cfg")], asked)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("log_level=3\nchildren=4\nroute { exit; }", "s.cfg:2:1 has children="),
        ("fork=no\n", "s.cfg:1:1 has fork="),
        ("event_route[E_A, async] { exit; }", "s.cfg:1:1 has event_route[E_A, async]"),
        ("event_route[E_A, sync] { exit; }", "s.cfg:1:1 has event_route[E_A, sync]"),
    ],
)
def test_what_only_old_servers_start_with_shows_2_4_and_the_place_is_named(text: str, sign: str) -> None:
    found = read(text)
    assert found.dialect.version == "2.4"
    assert found.reason == f"{sign}, which 3.x does not have"
    assert not found.is_default


@pytest.mark.parametrize(
    "text",
    [
        "listen=udp:127.0.0.1:5060\nroute { exit; }",
        'route { setflag(5); fetch_event_params("a=$var(a)"); rewritehost("x"); if (method == "INVITE") exit; }',
        "children=4\nsocket=udp:127.0.0.1:5060\n",
        "event_route[E_A] { exit; }",
        "",
    ],
    ids=["3.6 takes it too", "within a route", "an old and a new setting", "no mode", "nothing"],
)
def test_what_leaves_a_doubt_is_the_default(text: str) -> None:
    assert read(text).is_default


@pytest.mark.parametrize("version", ["2.4", "3.6", "4.0"])
def test_the_version_asked_for_wins(version: ScriptVersion) -> None:
    found = read("children=4\n", version)
    assert (found.dialect.version, found.place) == (version, None)


def test_one_file_of_several_decides_for_all() -> None:
    assert read_as([parse("route { exit; }"), parse("children=4\n")]).dialect.version == "2.4"


def counted(text: str, version: ScriptVersion | None = None) -> list[str]:
    world = World()
    Program(parse(text), world, world, version=version).run("route")
    return world.said


_COUNT = 'route { $var(i) = 2; $var(i) += 5; xlog("$var(i)"); }'


def test_a_program_runs_by_the_version_that_its_script_shows_or_by_the_one_asked_for() -> None:
    assert counted(_COUNT) == ["7"]
    assert counted(f"children=4\n{_COUNT}") == ["5"]
    assert counted(f"children=4\n{_COUNT}", "3.6") == ["7"]
    assert counted(_COUNT, "2.4") == ["5"]


def test_max_while_loops_counts_in_2_4_too() -> None:
    loop = 'route { $var(i) = 0; while ($var(i) < 500) { $var(i) = $var(i) + 1; } xlog("$var(i)"); }'
    assert counted(loop, "2.4")[-1] == "100"
    assert counted(f"max_while_loops=300\n{loop}", "2.4")[-1] == "300"
    assert counted(loop, "3.6") == ["500"]


def test_2_4_publishes_no_event_that_is_only_subscribed() -> None:
    script = parse('route { subscribe_event("E_S", "udp:127.0.0.1:9"); raise_event("E_R"); }')
    world = World()
    assert Program(script, world, world, version="2.4").events == {"E_R"}
    assert Program(script, world, world).events == {"E_R", "E_S"}


def test_the_level_given_to_xlog_is_that_of_the_log_in_2_4() -> None:
    world = World()
    program = Program(parse('route { xlog("L_INFO", "i"); xlog("L_DBG", "d"); }'), world, world, version="2.4")
    program.run("route")
    assert world.said == []
    program.set_xlog_level(3)
    program.run("route")
    assert world.said == ["i"]


def test_a_failing_call_in_a_route_leaves_the_arguments_of_the_caller() -> None:
    script = """
        route { $var(a) = 1; route(OUT, $var(a), "b"); }
        route[OUT] { $var(a) = 2; route(IN, $param(1)); xlog("$param(1) $param(2) $param(3)"); }
        route[IN] { $var(a) = 3; xlog("$param(1) [$param(2)]"); route(NOWHERE, 9); xlog("$param(1)"); }
    """
    assert [line for line in counted(script, "2.4") if "NOWHERE" not in line] == ["3 [<null>]", "3", "3 b <null>"]
    assert [line for line in counted(script, "3.6") if "NOWHERE" not in line and "no par" not in line] == [
        "1 [<null>]", "1", "1 b <null>",
    ]  # fmt: skip
