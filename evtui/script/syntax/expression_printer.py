"""Expressions of a script as text that reads as the same expression; brackets only where they are needed."""

from typing import Final, assert_never

from evtui.script.syntax.expressions import (
    Arithmetic,
    BareWord,
    Binary,
    CallExpression,
    Expression,
    Index,
    Null,
    Number,
    Text,
    Transformation,
    Unary,
    Variable,
)
from evtui.script.syntax.lexer import KEYWORDS
from evtui.script.syntax.literals import escape

_LEVELS: Final = (
    ("or",), ("and",), ("not",), ("==", "!=", "<", ">", "<=", ">=", "=~", "!~"), ("|",), ("^",), ("&",), ("<<", ">>"),
    ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
"""Operators, lowest precedence first, as the grammar has them."""
_LEVEL: Final = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_NOT: Final = _LEVEL["not"]
_COMPARISON: Final = _LEVEL["=="]
_SIGN: Final = len(_LEVELS)
_VALUE: Final = _SIGN + 1


def print_expression(expression: Expression, least: int = 0) -> str:
    """Write an expression; in brackets when it binds less than `least` asks."""
    text, level = _written(expression)
    return f"({text})" if level < least else text


def print_setting(value: Expression) -> str:
    """Write a value of a setting."""
    return value.value if isinstance(value, BareWord) else print_expression(value)


def print_variable(variable: Variable) -> str:
    """Write a variable, in its short form where it has one."""
    argument = "" if variable.argument is None else f"({variable.argument})"
    context = "" if variable.context is None else f"<{variable.context}>"
    rest = _index(variable.index) + "".join(map(print_transformation, variable.transformations))
    if not context and not rest:
        return f"${variable.name}{argument}"
    return f"$({context}{variable.name}{argument}{rest})"


def print_transformation(transformation: Transformation) -> str:
    """Write `{s.substr,0,4}`."""
    name = f"{transformation.kind}.{transformation.name}" if transformation.name else transformation.kind
    return "{" + ",".join((name, *transformation.parameters)) + "}"


def print_call(call: CallExpression) -> str:
    """Write a call; arguments left out stay left out."""
    arguments = ", ".join("" if argument is None else print_expression(argument, -1) for argument in call.arguments)
    return f"{call.name}({arguments})"


def print_text(value: str, *, raw: bool = False) -> str:
    """Write a string with its quotes."""
    return f"'{value}'" if raw and "'" not in value else escape(value)


def _written(expression: Expression) -> tuple[str, int]:
    """Write an expression, with how strongly it binds."""
    match expression:
        case Binary(operator, left, right):
            level = _LEVEL[operator]
            # Comparisons do not chain; the others group from the left.
            least = level + 1 if level == _COMPARISON else level
            return f"{print_expression(left, least)} {operator} {print_expression(right, level + 1)}", level
        case Unary("not", operand):
            text = print_expression(operand, _NOT)
            return f"!({text})" if text.startswith("~") else f"!{text}", _NOT  # `!~` is an operator of its own
        case Unary(operator, operand):
            # A minus right before a number would be the number's own.
            text = print_expression(operand, _SIGN)
            return f"{operator}({text})" if text.startswith("-") else f"{operator}{text}", _SIGN
        case BareWord(name) | CallExpression(name) if name in KEYWORDS:
            # Only within brackets it is a name.
            return _value(expression), -1
        case Number(value) if value < 0:
            return str(value), _SIGN
        case _:
            return _value(expression), _VALUE


def _value(expression: Number | Text | BareWord | Null | Variable | CallExpression | Arithmetic) -> str:
    match expression:
        case Number(value):
            return str(value)
        case Text(value, raw):
            return print_text(value, raw=raw)
        case BareWord(value):
            return value
        case Arithmetic(value):
            return f"[{print_expression(value)}]"
        case _:
            return _named(expression)


def _named(expression: Null | Variable | CallExpression) -> str:
    match expression:
        case Null():
            return "NULL"
        case Variable():
            return print_variable(expression)
        case CallExpression():
            return print_call(expression)
        case _:
            assert_never(expression)


def _index(index: Index) -> str:
    match index:
        case None:
            return ""
        case "*" | "append":
            return f"[{index}]"
        case _:
            return f"[{print_expression(index)}]"
