"""Print expressions so that parsing the text gives the same expression; brackets only where they are needed."""

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
    ("or", "and"), ("not",), ("==", "!=", "<", ">", "<=", ">=", "=~", "!~"), ("|", "^", "&", "<<", ">>"),
    ("+", "-", "*", "/", "%"),
)  # fmt: skip
"""Operators by precedence, the lowest first, as in the grammar."""
_LEVEL: Final = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_NOT: Final = _LEVEL["not"]
_COMPARISON: Final = _LEVEL["=="]
_SIGN: Final = len(_LEVELS)
_VALUE: Final = _SIGN + 1


def print_expression(expression: Expression, least: int = 0) -> str:
    """Print an expression, in brackets when its precedence is below `least`."""
    text, level = _written(expression)
    return f"({text})" if level < least else text


def print_setting(value: Expression) -> str:
    """Print a value of a global setting."""
    return value.value if isinstance(value, BareWord) else print_expression(value)


def print_variable(variable: Variable) -> str:
    """Print a variable, in its short form `$name(argument)` where that is possible."""
    argument = "" if variable.argument is None else f"({variable.argument})"
    context = "" if variable.context is None else f"<{variable.context}>"
    rest = _index(variable.index) + "".join(map(print_transformation, variable.transformations))
    if not context and not rest:
        return f"${variable.name}{argument}"
    return f"$({context}{variable.name}{argument}{rest})"


def print_transformation(transformation: Transformation) -> str:
    """Print a transformation, such as `{s.substr,0,4}`."""
    name = f"{transformation.kind}.{transformation.name}" if transformation.name else transformation.kind
    return "{" + ",".join((name, *transformation.parameters)) + "}"


def print_call(call: CallExpression) -> str:
    """Print a call; an argument that was left out stays empty."""
    arguments = ", ".join("" if argument is None else print_expression(argument, -1) for argument in call.arguments)
    return f"{call.name}({arguments})"


def print_text(value: str, *, raw: bool = False) -> str:
    """Print a string with its quotes; `raw` uses single quotes when the value has none."""
    return f"'{value}'" if raw and "'" not in value else escape(value)


def _written(expression: Expression) -> tuple[str, int]:
    """Print an expression; return the text and its precedence."""
    match expression:
        case Binary(operator, left, right):
            level = _LEVEL[operator]
            # A comparison cannot be an operand of a comparison; the other operators group from the left.
            least = level + 1 if level == _COMPARISON else level
            return f"{print_expression(left, least)} {operator} {print_expression(right, level + 1)}", level
        case Unary("not", operand):
            text = print_expression(operand, _NOT)
            return f"!({text})" if text.startswith("~") else f"!{text}", _NOT  # `!~` is an operator of its own
        case Unary(operator, operand):
            # A minus directly before a number would become part of the number.
            text = print_expression(operand, _SIGN)
            return f"{operator}({text})" if text.startswith("-") else f"{operator}{text}", _SIGN
        case BareWord(name) | CallExpression(name) if name in KEYWORDS:
            # A keyword can be a name only within brackets.
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
