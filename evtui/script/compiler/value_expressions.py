"""Compile expressions to readers of their value."""

from collections.abc import Callable
from typing import Final, assert_never

from evtui.script.compiler.null_operands import BYTE_OPERATORS, compile_operand, compile_right
from evtui.script.compiler.transformation_calls import compile_transformation
from evtui.script.runtime.arithmetic import OPERATIONS, OPERATIONS_ON_NUMBERS, invert, negate
from evtui.script.runtime.run_state import CallAction, Reader, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value, wrap
from evtui.script.syntax.expressions import (
    Arithmetic,
    BareWord,
    Binary,
    CallExpression,
    Expression,
    Null,
    Number,
    Text,
    Transformation,
    Unary,
    Variable,
)
from evtui.script.syntax.literals import TRUTH_WORDS
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.variable_table import BARE_WORDS, PLAIN_VARIABLES, VARIABLE_FAMILIES

_ABSENT_VARIABLES: Final = frozenset(("err.info", "err.rreason"))
_ABSENT_PARTS: Final = frozenset(("param.valueat", "via.param"))
"""Variables and parts that are empty where OpenSIPS has no text at all: each comparison with it is false."""
_KEEP_ABSENT: Final = frozenset(("s.int", "s.select", "s.trim", "s.triml", "s.trimr"))
_NULL_OF_ABSENT: Final = frozenset(("s.escape.user", "s.escape.param", "s.eval"))
"""Transformations that give NULL when there is no text at all, and an empty text for an empty one."""


def compile_value(expression: Expression, compiler: Compiler) -> Reader:
    """Compile an expression for its value; a condition gives 1 or 0.

    A string is literal: its `$` begins no variable.
    """
    match expression:
        case Number() | Null() | BareWord() | Text():
            return _constant(expression)
        case Variable():
            return compile_variable(expression, compiler)
        case CallExpression():
            return catch_faults(expression.name, compiler.action(expression))
        case Unary() | Binary() | Arithmetic():
            return _operation(expression, compiler)
    assert_never(expression)


def catch_faults(name: str, act: CallAction) -> CallAction:
    """Wrap a call so that a ScriptFault is logged and gives the code -1."""

    def call(run: ScriptRun) -> int:
        try:
            return act(run)
        except ScriptFault as fault:
            run.log_error(f"{name}: {fault}")
            return -1

    return call


def constant_value(expression: Expression) -> tuple[Value] | None:
    """Return the value of a constant expression in a tuple of one; None when the value may change."""
    match expression:
        case Number():
            return (wrap(expression.value),)
        case Null():
            return (None,)
        case Text():
            return (expression.value,)
        case BareWord(word) if word not in BARE_WORDS:
            return (TRUTH_WORDS.get(word, word),)
        case _:
            return None


def compile_variable(variable: Variable, compiler: Compiler) -> Reader:
    """Compile the read of a variable with its transformations; an unknown variable is NULL and logged once."""
    read = _untransformed(variable, compiler)
    if variable.name in compiler.state.dialect.failing_variables:
        read = _not_null(read, variable.name)
    if variable.context is not None:
        read = _in_context(variable.context)
    for place, transformation in enumerate(variable.transformations):
        if _name(transformation) in _NULL_OF_ABSENT and may_be_absent(variable, place):
            read = _null_of_empty(read)
        read = compile_transformation(read, transformation, compiler)
    return read


def may_be_absent(variable: Variable, count: int | None = None) -> bool:
    """Return whether a variable with its first `count` transformations may be empty where the server has no text.

    None: with all of them.
    """
    absent = variable.name in _ABSENT_VARIABLES
    for transformation in variable.transformations[:count]:
        name = _name(transformation)
        absent = name in _ABSENT_PARTS or (absent and name in _KEEP_ABSENT)
    return absent


def _name(transformation: Transformation) -> str:
    return f"{transformation.kind}.{transformation.name}".lower()


def _null_of_empty(read: Reader) -> Reader:
    """Compile the read of what may have no text at all for a transformation that gives NULL then."""
    return lambda run: read(run) or None


def _constant(expression: Expression) -> Reader:
    if isinstance(expression, BareWord) and expression.value in BARE_WORDS:
        return BARE_WORDS[expression.value]
    found = constant_value(expression)
    assert found is not None
    value = found[0]
    return lambda _run: value


def _operation(expression: Unary | Binary | Arithmetic, compiler: Compiler) -> Reader:
    match expression:
        case Unary():
            return _unary(expression, compiler)
        case Binary():
            return _binary(expression, compiler)
        case Arithmetic():
            return compiler.value(expression.value)
    assert_never(expression)


def _unary(expression: Unary, compiler: Compiler) -> Reader:
    if expression.operator == "not":
        return _truth(expression, compiler)
    work = invert if expression.operator == "~" else negate
    read = compile_operand(expression.operand, compiler)
    return lambda run: work(read(run))


def _truth(expression: Expression, compiler: Compiler) -> Reader:
    test = compiler.test(expression)
    return lambda run: int(bool(test(run)))


def _binary(expression: Binary, compiler: Compiler) -> Reader:
    operations = OPERATIONS_ON_NUMBERS if is_bare(expression.right) else OPERATIONS
    work = operations.get(expression.operator)
    if work is None:
        return _truth(expression, compiler)
    left = compile_operand(expression.left, compiler, expression.operator)
    if expression.operator in BYTE_OPERATORS:
        return _operate_beside(work, left, compile_right(expression.right, compiler, expression.operator))
    return _operate(work, left, compiler.value(expression.right))


def is_bare(expression: Expression) -> bool:
    """Return whether an integer that this expression gives has no text of its own, as that of a variable has."""
    return not isinstance(expression, Variable | Text)


def _operate(work: Callable[[Value, Value], Value], left: Reader, right: Reader) -> Reader:
    return lambda run: work(left(run), right(run))


def _operate_beside(
    work: Callable[[Value, Value], Value], left: Reader, right: Callable[[ScriptRun, Value], Value]
) -> Reader:
    def operate(run: ScriptRun) -> Value:
        found = left(run)
        return work(found, right(run, found))

    return operate


def _untransformed(variable: Variable, compiler: Compiler) -> Reader:
    family = VARIABLE_FAMILIES.get(variable.name)
    if family is not None:
        return family(variable, compiler)
    plain = PLAIN_VARIABLES.get(variable.name)
    if plain is not None:
        return plain
    return lambda run: run.warn_once(f"variable ${variable.name} is not known here: it is NULL")


def _not_null(read: Reader, name: str) -> Reader:
    """Compile the read of a variable that must not be NULL. The reader raises ScriptFault when it is."""

    def value(run: ScriptRun) -> Value:
        found = read(run)
        if found is None:
            raise ScriptFault(f"${name} has no value")
        return found

    return value


def _in_context(context: str) -> Reader:
    """Compile `$(<reply>rs)`: NULL, because evtui keeps no transactions with another message than the current one."""
    return lambda run: run.warn_once(f"$(<{context}>…) is NULL: no transactions are kept here")
