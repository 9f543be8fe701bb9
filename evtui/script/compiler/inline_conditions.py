"""Conditions that are written into the code of a function (see `inline_operands`)."""

from collections.abc import Callable
from typing import Final

from evtui.script.compiler.function_code import FunctionCode
from evtui.script.compiler.inline_operands import Operands, joined_code
from evtui.script.runtime.arithmetic import folded
from evtui.script.runtime.run_state import ProgramState
from evtui.script.syntax.expressions import Arithmetic, Binary, Expression, Null, Text, Unary, Variable

_ORDERS: Final = frozenset(("==", "!=", "<", ">", "<=", ">="))
_EQUALITIES: Final = frozenset(("==", "!="))


def inline_condition(
    expression: Expression, code: FunctionCode, state: ProgramState, slow: Callable[[], str]
) -> str | None:
    """Return the code of a condition; None when it cannot be written. `slow` returns the code of its closure."""
    operands = Operands(code, state)
    fast = _test(expression, operands)
    return None if fast is None else operands.guarded(fast, slow)


def _test(expression: Expression, operands: Operands) -> str | None:
    if operands.is_long():
        return None
    found: str | None = None
    match expression:
        case Binary(operator="and" | "or" as operator, left=left, right=right):
            found = joined_code(_test(left, operands), operator, _test(right, operands))
        case Unary(operator="not", operand=inner):
            found = joined_code("", "not", _test(inner, operands))
        case Binary(operator=operator) if operator in _ORDERS:
            found = _comparison(expression, operands)
        case Arithmetic(value=Variable() as variable):
            found = joined_code(operands.read(variable), "is not", "None")
        case Variable():
            found = joined_code("not", "not", operands.read(expression))
        case _:
            pass
    return found


def _comparison(expression: Binary, operands: Operands) -> str | None:
    left, right, operator = expression.left, expression.right, expression.operator
    if operator in _EQUALITIES and isinstance(right, Null):
        return joined_code(operands.read(left), "is" if operator == "==" else "is not", "None")
    if operator in _EQUALITIES and isinstance(right, Text):
        return _same_text(left, right.value, operator, operands)
    return joined_code(operands.wrapped(left), operator, operands.wrapped(right))


def _same_text(left: Expression, text: str, operator: str, operands: Operands) -> str | None:
    """Compare with a fixed text regardless of ASCII case; other characters than those of ASCII are left to closures."""
    name = operands.text(left) if text.isascii() and isinstance(left, Variable) else None
    return None if name is None else f"({name}.lower() {operator} {operands.code.bind(folded(text))})"
