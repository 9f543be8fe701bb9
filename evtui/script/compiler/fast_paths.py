"""Shorter closures for the most common statements of loops.

Each function returns None for a form that it does not cover. The plain closures of statements.py, value_expressions.py
and conditions.py do the same and are the oracle in tests/property/test_script_runs.py. All were bought for
tests/benchmarks/bench_script.py.
"""

from typing import Final

from evtui.script.runtime.arithmetic import add_number
from evtui.script.runtime.run_state import FEW_VALUES, LONG_TEXT, NEXT, Reader, ScriptRun, Step, Test
from evtui.script.runtime.script_values import Value, wrap
from evtui.script.syntax.expressions import Binary, Expression, Number, Variable
from evtui.script.variables.avps import push
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.variable_parts import constant_whole_argument

_LOWEST: Final = -(1 << 31)
_HIGHEST: Final = (1 << 31) - 1


def cell_of(expression: Expression, compiler: Compiler) -> list[Value] | None:
    """Return the cell of a plain `$var(x)`; None for other expressions."""
    if not isinstance(expression, Variable) or expression.name != "var" or expression.context is not None:
        return None
    name = constant_whole_argument(expression)
    if name is None or expression.index is not None or expression.transformations:
        return None
    return compiler.state.cells.setdefault(name, [None])


def fast_push(target: Variable, value: tuple[Value] | None, read: Reader) -> Step | None:
    """Compile `$avp(x) = …` of a fixed name; `value` holds the assigned value when it is constant."""
    name = _stack_name(target)
    if name is None:
        return None
    if value is None:
        return _push_read(name, read)
    fixed = value[0]

    def push_fixed(run: ScriptRun) -> int:
        stack = run.avps.get(name)
        if stack is not None and fixed is not None and len(stack) < FEW_VALUES:
            stack.append(fixed)
        else:
            push(run, name, fixed)
        run.rc = 1
        return NEXT

    return push_fixed


def fast_clear(target: Variable) -> Step | None:
    """Compile `$avp(x) := NULL` of a fixed name."""
    name = _stack_name(target)
    if name is None:
        return None

    def clear(run: ScriptRun) -> int:
        stack = run.avps.get(name)
        if stack:
            stack.clear()
        run.rc = 1
        return NEXT

    return clear


def fast_set(cell: list[Value], read: Reader) -> Step:
    """Compile `$var(x) = …`."""

    def put(run: ScriptRun) -> int:
        cell[0] = read(run)
        run.rc = 1
        return NEXT

    return put


def fast_sum(expression: Binary, compiler: Compiler) -> Reader | None:
    """Compile `$var(i) + 1`."""
    if (operands := _cell_and_number(expression, "+", compiler)) is None:
        return None
    cell, step = operands

    def total(_run: ScriptRun) -> Value:
        value = cell[0]
        if isinstance(value, int):
            found = value + step
            return found if _LOWEST <= found <= _HIGHEST else wrap(found)
        return add_number(value, step)

    return total


def fast_below(expression: Binary, plain: Test, compiler: Compiler) -> Test | None:
    """Compile `$var(i) < 100`; `plain` compares a value that is not an integer."""
    if (operands := _cell_and_number(expression, "<", compiler)) is None:
        return None
    cell, limit = operands

    def below(run: ScriptRun) -> bool:
        value = cell[0]
        return value < limit if isinstance(value, int) else plain(run)

    return below


def _push_read(name: str, read: Reader) -> Step:
    def push_value(run: ScriptRun) -> int:
        value = read(run)
        stack = run.avps.get(name)
        if (
            stack is None
            or value is None
            or len(stack) >= FEW_VALUES
            or (isinstance(value, str) and len(value) > LONG_TEXT)
        ):
            push(run, name, value)
        else:
            stack.append(value)
        run.rc = 1
        return NEXT

    return push_value


def _stack_name(target: Variable) -> str | None:
    if target.name != "avp" or target.index is not None:
        return None
    return constant_whole_argument(target)


def _cell_and_number(expression: Binary, operator: str, compiler: Compiler) -> tuple[list[Value], int] | None:
    """Return the cell and the number of `$var(i) OPERATOR NUMBER`; None for any other expression."""
    cell = cell_of(expression.left, compiler)
    if cell is None or expression.operator != operator or not isinstance(expression.right, Number):
        return None
    return cell, wrap(expression.right.value)
