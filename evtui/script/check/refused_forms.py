"""Find forms with which OpenSIPS does not start, and which evtui runs all the same (measured beside 3.6.8)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from evtui.script.check.findings import Finding
from evtui.script.check.refusal_findings import is_number_word, refused, refused_since_3
from evtui.script.check.server_names import kinds_without
from evtui.script.runtime.ip_networks import parse_network
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
from evtui.script.syntax.tree import Assign, Block, Break, If, Return, Route, Statement, Switch, While
from evtui.script.syntax.walk import Node

_LOGIC: Final = frozenset({"and", "or"})
_COMPARISONS: Final = frozenset({"==", "!=", "<", ">", "<=", ">=", "=~", "!~"})
_ORDERS: Final = frozenset({"<", ">", "<=", ">="})
_MOST_ROUTES: Final = 99
"""Routes with names of a kind: the hundredth place is that of the route without a name."""
_MOST_TIMER_ROUTES: Final = 100
_Found: TypeAlias = Iterator[tuple[Expression | Block | Statement, str]]


def find_refused_forms(route: Route, nodes: Iterable[Node]) -> Iterator[Finding]:
    """Find them in a route, whose nodes are given."""
    without = kinds_without()
    for node in nodes:
        if node.__class__ in _WITH_FORMS:
            for part, why in _refused(node):
                yield _old_or_not(part, why)
        elif isinstance(node, CallExpression) and route.kind in without.get(node.name, ()):
            yield refused(node.place, f"{node.name}() cannot be used in a {route.kind}")
    yield from _breaks_outside(route.body)


def find_too_many_routes(routes: Sequence[Route]) -> Iterator[Finding]:
    """Find the routes with names beyond the most of their kind."""
    counts: dict[str, int] = {}
    for route in routes:
        if route.name is None:
            continue
        counts[route.kind] = counts.get(route.kind, 0) + 1
        most = _MOST_TIMER_ROUTES if route.kind == "timer_route" else _MOST_ROUTES
        if counts[route.kind] == most + 1:
            yield refused(route.place, f"there are more than {most} of the kind {route.kind} with a name")


def _old_or_not(part: Expression | Block | Statement, why: str) -> Finding:
    """Return the finding of a part: bare words in conditions are of versions before 3.0."""
    return (refused_since_3 if isinstance(part, BareWord) else refused)(part.place, why)


def _breaks_outside(body: Block) -> Iterator[Finding]:
    """Find each `break` outside of loops and switches."""
    waiting: list[Statement] = [body]
    while waiting:
        match waiting.pop():
            case Break(place):
                yield refused_since_3(place, "a break stands within a loop or a switch")
            case Block(statements):
                waiting += statements
            case If(then=then, otherwise=otherwise):
                waiting += [then, otherwise or Block()]
            case _:
                pass


_WITH_FORMS: Final = frozenset((If, While, Switch, Assign, Return, Block))
"""The nodes whose parts are looked at."""


def _refused(node: Node) -> _Found:
    match node:
        case If(condition=condition, then=then, otherwise=otherwise):
            yield from _in_condition(condition)
            yield from _bare_blocks(then)
            yield from _bare_blocks(otherwise or Block())
        case While(condition=condition):
            yield from _in_condition(condition)
        case Switch():
            yield from _in_switch(node)
        case Assign(operator=operator, value=value):
            if isinstance(value, Null) and operator not in {"=", ":="}:
                yield value, f"NULL cannot stand behind {operator}"
            yield from _in_value(value)
        case Return(values=values):
            for place, value in enumerate(values):
                if not (isinstance(value, Number | Variable) or is_number_word(value)) and not (
                    place and isinstance(value, Text | Null)
                ):
                    what = "a value of a return" if place else "the code of a return"
                    yield value, f"{what} is a number or a variable, not {print_expression(value)}"
        case Block():
            yield from _bare_blocks(node)
        case _:
            pass


def _in_switch(switch: Switch) -> _Found:
    """Find wrong parts of a switch: at least one case, and `default` behind them."""
    if not isinstance(switch.value, Variable):
        yield switch.value, "a switch takes a variable"
    cases = switch.cases
    if not cases or cases[0].value is None:
        yield switch, "a switch begins with a case"
    elif any(case.value is None for case in cases[:-1]):
        yield switch, "the default of a switch stands behind its cases"
    for case in cases:
        if case.value is not None and not (isinstance(case.value, Number | Text) or is_number_word(case.value)):
            yield case.value, f"a case is a number or a text, not {print_expression(case.value)}"
        yield from _bare_blocks(Block(case.statements))


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
            case Text() | Null() | BareWord() if not is_number_word(part):
                yield part, f"{print_expression(part)} alone is not a condition"
            case Arithmetic(Null()):
                yield part, "[NULL] is not a condition"
            case Arithmetic(value):
                yield from _in_value(value)
            case _:
                pass


def _in_comparison(comparison: Binary) -> _Found:
    left, right = comparison.left, comparison.right
    if not isinstance(left, Variable):
        yield left, f"the left side of a comparison is a variable, not {print_expression(left)}"
    if isinstance(right, Binary | Arithmetic | Unary | CallExpression):
        yield right, f"the right side of a comparison is a variable or a value, not {print_expression(right)}"
    elif isinstance(right, BareWord) and right.value.isalpha() and not is_number_word(right):
        yield right, f'a text stands in quotes: "{right.value}"'
    elif isinstance(right, BareWord) and "/" in right.value and parse_network(right.value) is None:
        yield right, f"{right.value} is not a network"
    elif isinstance(right, Null) and comparison.operator in _ORDERS:
        yield right, f"nothing is {comparison.operator} NULL: write == or !="
    elif comparison.operator in {"=~", "!~"} and isinstance(right, Null | Number):
        yield right, f"a pattern is a text or a variable, not {print_expression(right)}"


def _in_value(value: Expression) -> _Found:
    """Find wrong parts of an assigned value."""
    waiting, inside = [value], False
    while waiting:
        part = waiting.pop()
        match part:
            case Binary(operator) if operator in _COMPARISONS:
                yield from _in_comparison(part)
            case Binary(operator) if operator in _LOGIC:
                yield part, "a condition is not a value: write an if"
            case Unary("not") | Arithmetic():
                yield part, f"{print_expression(part)} is a condition, not a value: write an if"
            case BareWord(word) if not is_number_word(part):
                yield part, f'a text stands in quotes: "{word}"'
            case Unary("-", operand):
                yield part, f"a minus stands before numbers only: write 0 - {print_expression(operand)}"
            case Null() if inside:
                yield part, "NULL cannot be part of a sum: use a variable that is NULL"
            case Binary(_, left, right):
                inside = True
                waiting += [right, left]
            case Unary(_, operand):
                waiting.append(operand)
            case _:
                pass
