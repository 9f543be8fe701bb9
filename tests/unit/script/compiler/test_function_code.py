"""Functions that are generated for routes: what stands in their source, when they are compiled, how they are freed."""

import gc
import io
import keyword
import re
import tokenize
import weakref
from types import FunctionType
from typing import Final

import pytest

from evtui.script.compiler.function_code import FunctionCode, source_of
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_state import ScriptRun
from tests.unit.script.world import World, program, run

HOSTILE: Final = r"""route {
    $var(EVIL) = "EVIL" + "__import__('os').EVIL";
    $var(i) = 0;
    $avp(EVIL) = 'EVIL\"\"\"\n'; $(avp(EVIL)[1]) = "EVIL"; $avp(e) = $hdr(EVIL); $avp(EVIL) := NULL;
    while ($var(EVIL) == "EVIL" or $var(i) < 3) { $var(i) = $var(i) + 1; $var(EVIL) += "EVIL"; }
    switch ($var(EVIL)) { case "EVIL": route(EVIL, "EVIL"); case 5: break; default: EVIL_function("EVIL"); }
    for ($var(EVIL) in $(avp(EVIL)[*])) { xlog("EVIL $var(EVIL)\n"); if ($(var(EVIL){s.substr,EVIL}) =~ "EVIL") break; }
    if ($var(EVIL) != "EVIL" and !($avp(EVIL) == NULL)) { raise_event("EVIL", $avp(EVIL), $avp(EVIL)); } else exit;
    async(sleep(1), EVIL);
}
route[EVIL] { return(2, "EVIL"); }
"""
NAME: Final = re.compile(r"[kvstwxu]\d+")
WORDS: Final = frozenset(
    (
        "body", "run", "avps", "state", "place", "rc", "returned", "work", "pause_at", "max_turns", "append", "clear",
        "get", "isascii", "lower", "count_work", "_", "fault", "Fault", "Stopped", "drops", "call_failed", "fail",
        "loop_broken", "loop_over", "pause", "push", "repeat", "wrap", "type", "int", "str", "len", "log_error",
    )
)  # fmt: skip
"""The names of the templates."""


def sources(made: Program) -> list[str]:
    """Return the sources of the routes of a program and of the functions within them."""
    waiting: list[object] = [compiled.body for compiled in made.routes]
    found: list[str] = []
    while waiting:
        body = waiting.pop()
        if isinstance(body, FunctionType) and (source := source_of(body)) is not None:
            found.append(source)
            waiting += body.__globals__.values()
    return found


def test_no_text_or_name_of_a_script_stands_in_the_source() -> None:
    found = sources(program(HOSTILE))
    assert len(found) >= 2
    for source in found:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            assert token.type not in {tokenize.STRING, tokenize.COMMENT, tokenize.ERRORTOKEN}, source
            if token.type == tokenize.NAME:
                known = keyword.iskeyword(token.string) or token.string in WORDS or NAME.fullmatch(token.string)
                assert known, token


def test_generated_code_reaches_no_builtins() -> None:
    code = FunctionCode()
    code.line("open")
    with pytest.raises(NameError):
        code.finish()(ScriptRun(program("route { exit; }").state, Scope()))


def test_a_route_is_compiled_when_it_is_first_called() -> None:
    made = program('route { xlog("one"); }\nroute[NEVER] { xlog("never"); }')
    assert len(sources(made)) == 2
    made.run("route")
    assert len(sources(made)) == 1
    assert "never" not in sources(made)[0]
    made.run("route")
    world = made.state.host
    assert isinstance(world, World)
    assert world.said == ["one", "one"]


def test_the_routes_of_a_program_are_freed_without_a_garbage_collection() -> None:
    made = program("route { $var(i) = 1; while ($var(i) < 5) { $var(i) += 1; } }\nroute[NEVER] { $avp(x) = 1; }")
    made.run("route")
    bodies = [weakref.ref(compiled.body) for compiled in made.routes]
    gc.disable()
    try:
        del made
        assert [body() for body in bodies] == [None, None]
    finally:
        gc.enable()


def test_a_variable_whose_type_changes_in_a_loop_is_computed_right() -> None:
    world = World()
    body = """$var(i) = 0; $var(x) = 1;
    while ($var(i) < 6) {
        if ($var(i) == 2) $var(x) = "a";
        if ($var(i) == 4) $var(x) = NULL;
        $var(x) = $var(x) + $var(i);
        $var(i) = $var(i) + 1;
        xlog("$var(x)");
    }"""
    assert run(body, world).ended == "end"
    assert world.said == ["1", "2", "a2", "a23", "4", "45"]


@pytest.mark.parametrize(
    ("sum_", "result"),
    [
        ("2147483647 + 1", -2147483648),
        ("-2147483648 - 1", 2147483647),
        ("65536 * 65536", 0),
        ("65536 * 65536 * 65536 + 7", 7),
        ("2147483647 + 2147483647 + 2147483647", 2147483645),
        ("~ 2147483647", -2147483648),
    ],
)
def test_integers_wrap_at_32_bits_like_those_of_the_server(sum_: str, result: int) -> None:
    first, _, rest = sum_.rpartition(" ") if sum_.startswith("~") else sum_.partition(" ")
    body = (
        f"$var(a) = {rest}; $var(x) = ~ $var(a);"
        if sum_.startswith("~")
        else f"$var(a) = {first}; $var(x) = $var(a) {rest};"
    )
    made = program(f"route {{ {body} }}")
    made.run("route")
    assert made.state.cells["x"] == [result]
