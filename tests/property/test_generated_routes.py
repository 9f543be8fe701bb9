"""The generated functions do what the plain interpreter of `plain_script` does: values, logs, places, codes, limits."""

import random
from typing import Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtui.core.known_versions import ScriptVersion
from evtui.core.values import Params
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.syntax.parse import parse
from tests.differential.script_grammar import ROUTES, STATEMENTS
from tests.differential.script_trees import grow
from tests.property.plain_script import PlainProgram
from tests.unit.script.world import World

PAUSES: Final = 20
"""Pauses after which the world ends a run."""

NUMBERS = st.sampled_from(["0", "1", "-1", "7", "255", "1073741823", "2147483647", "-2147483648"])
READ = st.sampled_from(
    ["$var(i)", "$var(j)", "$var(k)", "$var(t)", "$var(none)", "$avp(x)", "$avp(none)", "$rc", "$(avp(x)[1])"]
)
VALUES = NUMBERS | READ | st.sampled_from(['"a"', '"Ä"', '"7"', "NULL", "$rs", "$param(1)", "$(var(t){s.int})"])
SUMS = st.recursive(
    READ | NUMBERS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", "&", "|", "^", "<<"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        )
        | inner.map(lambda part: f"(~ {part})")
    ),
    max_leaves=5,
)
COMPARED = st.tuples(SUMS | VALUES, st.sampled_from(["==", "!=", "<", ">", "<=", ">="]), VALUES | SUMS).map(" ".join)
TESTS = st.recursive(
    COMPARED | READ | st.sampled_from(["route(R)", "[$var(k)]", '$var(t) == "A"', '$var(t) != "ab"']),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: f"({' '.join(parts)})")
        | inner.map(lambda part: f"!({part})")
    ),
    max_leaves=4,
)
TARGETS = st.sampled_from(["$var(i)", "$var(j)", "$var(k)", "$var(t)", "$avp(x)", "$avp(y)"])
OPERATORS = st.sampled_from(["=", "=", "=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", ":="])
SIMPLE = st.one_of(
    st.tuples(TARGETS, OPERATORS, SUMS | VALUES).map(lambda parts: f"{' '.join(parts)};"),
    st.tuples(st.sampled_from(["i", "j"]), NUMBERS).map(lambda it: f"$var({it[0]}) = $var({it[0]}) + {it[1]};"),
    st.sampled_from(
        [
            "break;", "return;", "return(0);", "return(3);", "return($var(i), 2);", "exit;", "drop;", "{ }",
            "nothing();", "$avp(x) := NULL;",
            'xlog("$rc $var(i) $var(t) $avp(x)\\n");', "route(R);", "route(R, $var(i), 5);", "{ $var(j) = 1; }",
            'raise_event("E", $avp(x), $avp(y));', "launch(route(R));", "async(sleep(1), R);",
        ]
    ),
)  # fmt: skip
BODIES = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.tuples(TESTS, inner).map(lambda parts: f"if ({parts[0]}) {{\n{parts[1]}\n}}"),
        st.tuples(TESTS, inner, TESTS, inner, inner).map(
            lambda parts: (
                f"if ({parts[0]}) {{\n{parts[1]}\n}} else if ({parts[2]}) {{\n{parts[3]}\n}} else {{\n{parts[4]}\n}}"
            )
        ),
        st.tuples(TESTS, inner).map(lambda parts: f"if ({parts[0]}) {{ }} else {{\n{parts[1]}\n}}"),
        st.tuples(TESTS, inner).map(lambda parts: f"while ({parts[0]}) {{\n{parts[1]}\n}}"),
        st.tuples(NUMBERS, inner).map(
            lambda parts: f"while ($var(i) < {parts[0]}) {{\n$var(i) = $var(i) + 1;\n{parts[1]}\n}}"
        ),
        inner.map(lambda body: f"for ($var(k) in $(avp(x)[*])) {{\n{body}\n}}"),
        st.tuples(READ, inner, inner, inner).map(
            lambda parts: (
                f'switch ({parts[0]}) {{\ncase "a":\n{parts[1]}\ncase 7:\n{parts[2]}\nbreak;\ndefault:\n{parts[3]}\n}}'
            )
        ),
        st.lists(inner, min_size=2, max_size=4).map("\n".join),
    ),
    max_leaves=12,
)
VERSIONS: st.SearchStrategy[ScriptVersion] = st.sampled_from(["2.4", "3.6", "4.0"])


class Effects(NamedTuple):
    """All that a run did."""

    outcome: tuple[object, ...]
    lines: list[tuple[int, str, int]]
    raised: list[tuple[str, Params]]
    variables: list[str]
    avps: str
    pauses: int
    work: int


def effects(kind: type[Program], text: str, version: ScriptVersion) -> Effects:
    """Run the main route twice, for what a run leaves to the next; then what it has spawned."""
    world = World(pause_limit=PAUSES)
    made = kind(parse(text, "t.cfg"), world, world, version=version)
    scope = Scope()
    outcomes: list[object] = []
    for _ in range(2):
        found = made.run("route", None, scope, params=Params(("7", 2)))
        outcomes.append((found.code, found.ended, found.error, found.place, found.route and found.route.name))
    for work in world.spawned[:9]:
        work()
    variables = [f"{name}: {cell[0]!r} {type(cell[0]).__name__}" for name, cell in sorted(made.state.cells.items())]
    avps = {name: stack for name, stack in scope.avps.items() if stack}
    return Effects(
        tuple(outcomes), world.lines, world.raised, variables, repr(avps), len(world.pauses), made.state.work
    )


def compare(text: str, version: ScriptVersion) -> None:
    assert effects(Program, text, version) == effects(PlainProgram, text, version)


@given(BODIES, BODIES, VERSIONS)
@settings(max_examples=150, deadline=None)
def test_generated_code_does_what_the_interpreter_does(main: str, sub: str, version: ScriptVersion) -> None:
    start = '$var(i) = 0;\n$var(j) = 2147483640;\n$var(t) = "A";\n$avp(x) = 7;\n$avp(x) = "a";\n'
    compare(f"max_while_loops = 9\nroute {{\n{start}{main}\n}}\nroute[R] {{\n{sub}\n}}\n", version)


@pytest.mark.parametrize("part", range(2))
def test_scripts_of_the_differential_search_do_the_same(part: int) -> None:
    for seed in range(part * 60, part * 60 + 60):
        body = grow(STATEMENTS, "script", random.Random(seed)).text.replace("#", "1")
        compare(f"route {{\n{body}\n}}\n{ROUTES}", "3.6")


COUNT: Final = "$var(i) = $var(i) + 1;\n"
ARMS: Final = "".join(
    f" else if ($var(i) == {number % 600}) {{\n$var(j) = {number};\nreturn({number});\n}}"
    for number in range(599, -1, -1)
)
CASES: Final = "".join(f"case {number}:\n$var(j) = 1;\n$var(j) += 2;\n" for number in range(-500, 9))
LONG: Final = {
    "many statements": COUNT * 2_000,
    "many blocks": "\n".join(f"if ($var(i) == {number}) {{\n$var(i) = {number} + 1;\n}}" for number in range(900)),
    "many arms": f"if ($var(i) == 1) {{\n$var(j) = 1;\n}}{ARMS}",
    "many cases": f"switch ($var(i)) {{\n{CASES}}}",
    "deep blocks": "if ($var(i) < 5) {\n" * 90 + 'xlog("= $var(i)\\n");\n' + f"}}\n{COUNT}" * 90,
    "deep loops": "while ($var(i) < 40) {\n" * 30 + f"{COUNT}if ($var(i) == 33) break;\n" + "}\n" * 30,
    "return in deep loops": "while ($var(i) < 9) {\n" * 25 + f"{COUNT}if ($var(i) == 3) return(7);\n" + "}\n" * 25,
    "long condition": f"if ({' and '.join(['$var(i) == 0'] * 300)}) {{\n$var(j) = 1;\n}}",
    "long sum": f"$var(j) = {' + '.join(['$var(i)', '3'] * 300)};",
    "signs": f"$var(j) = {'~ ' * 200}$var(i);",
    "long block in a loop": "while ($var(i) < 3) {\n" + f"{COUNT}if ($var(j) == 4) break;\n" * 700 + "}",
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_or_deep_script_does_the_same(name: str) -> None:
    compare(f"max_while_loops = 50\nroute {{\n$var(i) = 0;\n{LONG[name]}\n$var(k) = $rc;\n}}", "3.6")
