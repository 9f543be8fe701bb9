"""Compile what a NULL of a transformation still is for an operation (docs/opensips-behaviour.md 5.2).

`{s.select}` beyond the end is NULL, but `+` joins the text that it had. A missing `{uri.port}` counts as 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from evtui.script.compiler.transformation_calls import argument_readers, compile_transformation
from evtui.script.runtime.run_state import Reader, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.syntax.expressions import Expression, Variable
from evtui.script.transformations.transformation import Argument, NullKind, TransformRule, byte_text
from evtui.script.transformations.transformation_table import rule_of
from evtui.script.variables.compiler_port import Compiler

BYTE_OPERATORS: Final = frozenset("&|^")
"""Operators that work on two texts as well, byte by byte."""
_PRESENT: Final = frozenset((NullKind.EMPTY, NullKind.ZERO))
_Find: TypeAlias = Callable[[ScriptRun], tuple[NullKind, Value]]


@dataclass(frozen=True, slots=True)
class _Step:
    """A transformation whose NULL may be of a kind."""

    before: Reader
    rule: TransformRule
    arguments: Sequence[Argument | Reader]


def compile_operand(expression: Expression, compiler: Compiler, operator: str = "") -> Reader:
    """Compile the left side of an operation, or its only one.

    A NULL may be the integer 0, for `+` a text, and for `& | ^` an empty text.
    """
    read, find = compiler.value(expression), _compile_kind(expression, compiler)
    if find is None:
        return read

    def operand(run: ScriptRun) -> Value:
        value = read(run)
        if value is not None:
            return value
        kind, before = find(run)
        if kind is NullKind.ZERO:
            return 0
        if kind is NullKind.TEXT and operator == "+":
            return to_text(before)
        return "" if kind is NullKind.EMPTY and operator in BYTE_OPERATORS else None

    return operand


def compile_right(expression: Expression, compiler: Compiler, operator: str) -> Callable[[ScriptRun, Value], Value]:
    """Compile the right side of an operation, given its left value: beside a text, a NULL may be an empty text."""
    read = compiler.value(expression)
    find = _compile_kind(expression, compiler) if operator in BYTE_OPERATORS else None
    if find is None:
        return lambda run, _left: read(run)

    def operand(run: ScriptRun, left: Value) -> Value:
        value = read(run)
        if value is None and isinstance(left, str) and find(run)[0] in _PRESENT:
            return ""
        return value

    return operand


def compile_kept_text(expression: Expression, compiler: Compiler) -> Callable[[ScriptRun], bool] | None:
    """Compile whether a NULL keeps a text that is not empty, as `{s.select,9,;}` does; None when it cannot."""
    find = _compile_kind(expression, compiler)
    if find is None:
        return None

    def keeps_text(run: ScriptRun) -> bool:
        kind, before = find(run)
        return kind is NullKind.TEXT and bool(to_text(before))

    return keeps_text


def compile_presence(expression: Expression, compiler: Compiler) -> Callable[[ScriptRun], bool]:
    """Compile whether a variable is there: it is not NULL, or a missing part of a text."""
    read, find = compiler.value(expression), _compile_kind(expression, compiler)
    if find is None:
        return lambda run: read(run) is not None
    return lambda run: read(run) is not None or find(run)[0] in _PRESENT


def compile_empty(expression: Expression, compiler: Compiler) -> Callable[[ScriptRun], Sequence[Value]]:
    """Compile what else than NULL a value that is NULL equals in a `switch`."""
    find = _compile_kind(expression, compiler)
    if find is None:
        return lambda _run: ()
    equals = {NullKind.EMPTY: ("",), NullKind.ZERO: ("", 0)}
    return lambda run: equals.get(find(run)[0], ())


def _compile_kind(expression: Expression, compiler: Compiler) -> _Find | None:
    """Compile the search for the kind of a NULL and the value that had it; None when it cannot be of a kind."""
    if not isinstance(expression, Variable):
        return None
    steps = _steps(expression, compiler)
    return _finder(steps) if steps else None


def _steps(variable: Variable, compiler: Compiler) -> list[_Step]:
    rules = [rule_of(transformation) for transformation in variable.transformations]
    if all(rule is None or rule.null_kind is NullKind.PLAIN for rule in rules):
        return []
    read = compiler.value(replace(variable, transformations=()))
    steps: list[_Step] = []
    for rule, transformation in zip(rules, variable.transformations, strict=True):
        if rule is not None and rule.null_kind is not NullKind.PLAIN:
            try:
                steps.append(_Step(read, rule, argument_readers(rule, transformation.parameters, compiler)))
            except ScriptFault:
                return []  # a transformation with wrong parameters is always NULL
        read = compile_transformation(read, transformation, compiler)
    return steps


def _finder(steps: Sequence[_Step]) -> _Find:
    def find(run: ScriptRun) -> tuple[NullKind, Value]:
        for step in steps:
            value = step.before(run)
            if value is None:
                break
            arguments = [given for one in step.arguments if (given := _given(one, run)) is not None]
            if len(arguments) == len(step.arguments) and _is_null(step.rule, value, arguments):
                return step.rule.kind_of_null(byte_text(to_text(value)), arguments), value
        return NullKind.PLAIN, None

    return find


def _is_null(rule: TransformRule, value: Value, arguments: Sequence[Argument]) -> bool:
    try:
        return rule.apply(value, arguments) is None
    except ScriptFault:
        return False  # a fault leaves nothing that could be of a kind


def _given(argument: Argument | Reader, run: ScriptRun) -> Argument | None:
    return argument if isinstance(argument, int | str) else argument(run)
