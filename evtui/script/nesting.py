"""How deep a tree goes, measured without going deep: what walks a tree may then call itself."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from evtui.script.expressions import Arithmetic, Binary, Call, Expression, Place, Unary
from evtui.script.tree import (
    Assign,
    Async,
    Block,
    CallStatement,
    Case,
    ForEach,
    If,
    Return,
    Route,
    Script,
    Statement,
    Switch,
    While,
)

DEEPEST: Final = 150
"""Statements and expressions within each other; `else if` counts as one more."""

Node: TypeAlias = Expression | Statement | Case


def too_deep(script: Script) -> Place | None:
    """Say where something is nested deeper than `DEEPEST`, or None."""
    waiting: list[tuple[Node, int]] = [(item.body, 0) for item in script.items if isinstance(item, Route)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            return node.place
        deeper = depth if isinstance(node, CallStatement) else depth + 1
        waiting += [(child, deeper) for child in children(node)]
    return None


def children(node: Node) -> Iterator[Node]:
    """Give what a statement or an expression is directly made of, in the order it is written."""
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
            # The single block of a body is the same level as its statement: `else if` is one level deeper, not two.
            yield from then.statements
            if otherwise is not None:
                yield from otherwise.statements
        case Call(_, arguments):
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
