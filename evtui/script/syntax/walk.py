"""Walk a part of a script in the order it is written, down to the variables within its texts."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from evtui.script.syntax.expressions import Arithmetic, Binary, CallExpression, Expression, Place, Text, Unary, Variable
from evtui.script.syntax.format_strings import parse_format
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.tree import (
    Assign,
    Async,
    Block,
    CallStatement,
    Case,
    ForEach,
    If,
    Return,
    Statement,
    Switch,
    While,
)

Node: TypeAlias = Expression | Statement | Case


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, parents first."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting += reversed(list(children(current)))


def calls(node: Node) -> Iterator[CallExpression]:
    """Yield the calls in a node."""
    return (found for found in walk(node) if isinstance(found, CallExpression))


def variables(nodes: Iterable[Node]) -> Iterator[Variable]:
    """Yield the variables among nodes, also those within texts and within other variables.

    Misspelled texts have none.
    """
    for found in nodes:
        if isinstance(found, Variable):
            yield from nested_variables(found)
        elif isinstance(found, Text):
            yield from _in_text(found.value, found.place)


def nested_variables(variable: Variable) -> Iterator[Variable]:
    """Yield a variable and those in its argument, index and parameters.

    `$(avp($var(a))[$var(i)]{s.substr,0,$var(n)})` gives four.
    """
    yield variable
    if isinstance(variable.index, Variable):
        for inner in nested_variables(variable.index):
            yield replace(inner, place=variable.place)
    parameters = [parameter for used in variable.transformations for parameter in used.parameters]
    for text in (variable.argument or "", *parameters):
        yield from _in_text(text, variable.place)


def _in_text(text: str, place: Place) -> Iterator[Variable]:
    if "$" not in text:
        return
    try:
        pieces = parse_format(text, place)
    except ScriptError:
        return
    for piece in pieces:
        if isinstance(piece, Variable):
            yield from nested_variables(piece)


def children(node: Node) -> Iterator[Node]:
    """Yield the direct children of a statement or an expression, in the order they are written."""
    match node:
        case Block(statements) | Case(None, statements):
            yield from statements
        case Case(value, statements):
            if value is not None:
                yield value
            yield from statements
        case Binary(_, left, right):
            yield left
            yield right
        case If(condition, then, otherwise):
            yield condition
            # The block of a body is on the same level as its statement: `else if` is one level deeper, not two.
            yield from then.statements
            if otherwise is not None:
                yield from otherwise.statements
        case CallExpression(_, arguments):
            yield from (argument for argument in arguments if argument is not None)
        case _:
            yield from _others(node)


def _others(node: Node) -> Iterator[Node]:
    match node:
        case CallStatement(call):
            yield call
        case Async(call, _, timeout):
            yield from (call,) if timeout is None else (call, timeout)
        case Unary(_, operand) | Arithmetic(operand):
            yield operand
        case Assign(target, _, value):
            yield target
            yield value
        case While(condition, body):
            yield condition
            yield body
        case ForEach(item, source, body):
            yield from (item, source, body)
        case Switch(value, cases):
            yield value
            yield from cases
        case Return(values):
            yield from values
        case _:
            return
