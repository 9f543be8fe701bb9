"""Find forms with which OpenSIPS does not start, and which evtui runs all the same (measured beside 3.6.8)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from evtui.script.check.findings import Finding
from evtui.script.check.server_names import kinds_without
from evtui.script.syntax.expression_printer import print_expression
from evtui.script.syntax.expressions import (
    Arithmetic,
    BareWord,
    Binary,
    CallExpression,
    Expression,
    Null,
    Number,
    Text,
    Unary,
    Variable,
)
from evtui.script.syntax.tree import Assign, Block, If, Return, Route, Switch, While
from evtui.script.syntax.walk import Node

_LOGIC: Final = frozenset({"and", "or"})
_COMPARISONS: Final = frozenset({"==", "!=", "<", ">", "<=", ">=", "=~", "!~"})
_MOST_ROUTES: Final = 100
_Found: TypeAlias = Iterator[tuple[Expression | Block, str]]


def find_refused_forms(route: Route, nodes: Iterable[Node]) -> Iterator[Finding]:
    """Find them in a route, whose nodes are given."""
    for node in nodes:
        for part, why in _refused(node):
            yield Finding(part.place, "warning", "refused", f"OpenSIPS does not start with this: {why}")
        if isinstance(node, CallExpression) and route.kind in kinds_without().get(node.name, ()):
            text = f"OpenSIPS does not start with this: {node.name}() cannot be used in a {route.kind}"
            yield Finding(node.place, "warning", "refused", text)


def find_too_many_routes(routes: Sequence[Route]) -> Iterator[Finding]:
    """Find the routes beyond the hundredth of their kind."""
    counts: dict[str, int] = {}
    for route in routes:
        counts[route.kind] = counts.get(route.kind, 0) + 1
        if counts[route.kind] == _MOST_ROUTES + 1:
            text = f"OpenSIPS does not start with this: more than {_MOST_ROUTES} of the kind {route.kind}"
            yield Finding(route.place, "warning", "refused", text)


def _refused(node: Node) -> _Found:
    match node:
        case If(condition=condition, then=then, otherwise=otherwise):
            yield from _in_condition(condition)
            yield from _bare_blocks(then)
            yield from _bare_blocks(otherwise or Block())
        case While(condition=condition):
            yield from _in_condition(condition)
        case Switch(value=value) if not isinstance(value, Variable):
            yield value, "a switch takes a variable"
        case Assign(value=value):
            yield from _in_value(value)
        case Return(values=values):
            for value in values[:1]:
                if isinstance(value, Text | Binary | Null):
                    yield value, f"the code of a return is a number or a variable, not {print_expression(value)}"
        case Block():
            yield from _bare_blocks(node)
        case _:
            pass


def _bare_blocks(block: Block) -> _Found:
    for inner in block.statements:
        if isinstance(inner, Block):
            yield inner, "a block stands behind a condition or a loop only: remove its brackets"


def _in_condition(condition: Expression) -> _Found:
    """Find wrong parts of a condition: what stands between `&&` and `||`, and around comparisons."""
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        match part:
            case Binary(operator, left, right) if operator in _LOGIC:
                waiting += [right, left]
            case Unary("not", operand):
                waiting.append(operand)
            case Binary(operator) if operator in _COMPARISONS:
                yield from _in_comparison(part)
            case Binary():
                yield part, f"arithmetic in a condition needs square brackets: [{print_expression(part)}]"
            case Text() | Null():
                yield part, f"{print_expression(part)} alone is not a condition"
            case Arithmetic(value):
                yield from _in_value(value)
            case _:
                pass


def _in_comparison(comparison: Binary) -> _Found:
    left, right = comparison.left, comparison.right
    if not isinstance(left, Variable | BareWord):
        yield left, f"the left side of a comparison is a variable, not {print_expression(left)}"
    if isinstance(right, Binary | Arithmetic | Unary | CallExpression):
        yield right, f"the right side of a comparison is a variable or a value, not {print_expression(right)}"
    elif comparison.operator in {"=~", "!~"} and isinstance(right, Null | Number):
        yield right, f"a pattern is a text or a variable, not {print_expression(right)}"


def _in_value(value: Expression) -> _Found:
    """Find wrong parts of an assigned value."""
    waiting, inside = [value], False
    while waiting:
        part = waiting.pop()
        match part:
            case Binary(operator) if operator in _LOGIC or operator in _COMPARISONS:
                yield part, "a condition is not a value: write an if"
            case Unary("not"):
                yield part, "a condition is not a value: write an if"
            case Unary("-", Variable() as operand):
                yield part, f"a minus cannot stand before a variable: write 0 - {print_expression(operand)}"
            case Null() if inside:
                yield part, "NULL cannot be part of a sum: use a variable that is NULL"
            case Binary(_, left, right):
                inside = True
                waiting += [right, left]
            case Unary(_, operand):
                waiting.append(operand)
            case _:
                pass
