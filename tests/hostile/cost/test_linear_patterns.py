"""No regular expression of the program takes longer than in proportion to its input.

Each expression is found in the source, and attacked with texts that are made from its own parts. A new expression is
attacked without a word here; one that is made during the run is not seen, and so is not allowed.
"""

import ast
import re
from typing import Final

import pytest

from tests.hostile.cost.growth import grows_linearly, processor_time
from tests.hostile.cost.pattern_attacks import METHODS, Attack, UsedPattern, attacks, used_patterns
from tests.paths import ROOT

PATTERNS: Final = used_patterns()
SUSPICIOUS: Final = 0.001
"""Seconds from which the growth is measured: a quadratic expression takes 2.5 ms for SIZE characters."""
SIZE: Final = 1000
FEW: Final = 22
"""Repetitions with which an expression shows that doubles its time with each."""


def slow_text(used: UsedPattern) -> str | None:
    """Return a text that makes an expression slow, None when there is none among the attacks."""
    for attack in attacks(used.pattern):
        few = used.work(attack.times(FEW))
        if processor_time(few, 1) > SUSPICIOUS and processor_time(few) > SUSPICIOUS:
            return attack.times(FEW)
        if processor_time(used.work(attack.text(SIZE)), 1) > SUSPICIOUS and not _is_linear(used, attack):
            return attack.text(SIZE)
    return None


def _is_linear(used: UsedPattern, attack: Attack) -> bool:
    return grows_linearly(lambda size: used.work(attack.text(size)), SIZE)


def room(used: UsedPattern) -> str:
    """Return the part of the package that uses an expression."""
    return used.where.split(".")[1].split(":")[0]


@pytest.mark.parametrize("part", sorted({room(used) for used in PATTERNS}))
def test_an_expression_takes_time_in_proportion_to_its_input(part: str) -> None:
    slow = {
        f"{used.where} {used.method}": repr(text[:40])
        for used in PATTERNS
        if room(used) == part and (text := slow_text(used)) is not None
    }
    assert slow == {}


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (rb"[ \t]*(?:\r\n|\n)[ \t]+", "sub"),
        (r'(\w+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s,"]+))', "findall"),
        (r"(?:durable|[a-z]+)(?:&(?:durable|[^&?:]*))*", "fullmatch"),
        (r"(\b[a-z][a-z0-9+.-]*:(?://)?[^\s:@/]*):[^\s@/]+@", "sub"),
        (r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", "fullmatch"),
    ],
)
def test_the_attacks_find_the_expressions_that_were_slow(pattern: str, method: str) -> None:
    used = UsedPattern("test.here", re.compile(pattern), method)
    assert any(
        processor_time(used.work(text), 1) > SUSPICIOUS
        for attack in attacks(used.pattern)
        for text in (attack.times(FEW), attack.text(SIZE))
    )


MADE_DURING_A_RUN = {
    "evtui/core/wildcards.py": "a wildcard has 256 characters at most; test_linear_cost.py measures its growth",
    "evtui/script/runtime/body_parts.py": "the boundary of a body is escaped, so that it is a fixed text",
}
"""Modules that make expressions of what they are given, and what bounds them."""


def test_expressions_are_constants_so_that_they_can_be_tried() -> None:
    made: set[str] = set()
    for path in sorted((ROOT / "evtui").rglob("*.py")):
        if "re." not in (text := path.read_text(encoding="utf-8")):
            continue
        tree = ast.parse(text)
        constants = {
            id(part)
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for part in ast.walk(node.value)
        }
        for node in ast.walk(tree):
            if _makes_pattern(node) and id(node) not in constants:
                made.add(path.relative_to(ROOT).as_posix())
    assert made == set(MADE_DURING_A_RUN)


def _makes_pattern(node: ast.AST) -> bool:
    """Return whether a call gives `re` an expression that is not a constant, or compiles one."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    owner, name = node.func.value, node.func.attr
    if not isinstance(owner, ast.Name) or owner.id != "re" or name not in {*METHODS, "compile"}:
        return False
    return name == "compile" or not isinstance(node.args[0], ast.Constant)


def test_patterns_of_a_shell_are_matched_in_one_place_that_bounds_them() -> None:
    users = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "evtui").rglob("*.py")
        if "fnmatch" in (text := file.read_text(encoding="utf-8"))
        and any(
            (isinstance(node, ast.Import) and any(name.name == "fnmatch" for name in node.names))
            or (isinstance(node, ast.ImportFrom) and node.module == "fnmatch")
            for node in ast.walk(ast.parse(text))
        )
    ]  # fmt: skip
    assert users == ["evtui/core/wildcards.py"]
