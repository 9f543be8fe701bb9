"""How deep a tree goes, measured without going deep: what walks a tree may then call itself."""

import sys
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from evtui.script.syntax.expressions import Arithmetic, Binary, CallExpression, Expression, Place, Unary
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

DEEPEST: Final = 1000
"""Statements and expressions within each other; `else if` counts as one more."""

_DEFAULT_DEPTH: Final = 50
"""What fits into the calls that may nest anyway."""
_RECURSION_LIMIT: Final = 20_000
"""Three for each level that is compiled or run; 100 raises whose routes run inside each other take a few thousand."""

Node: TypeAlias = Expression | Statement | Case


def find_too_deep(bodies: Iterable[Block]) -> Place | None:
    """Say where something is nested deeper than `DEEPEST`, or None; then there is room to walk that deep."""
    deepest = 0
    waiting: list[tuple[Node, int]] = [(body, 0) for body in bodies]
    while waiting:
        node, depth = waiting.pop()
        if depth > deepest:
            deepest = depth
            if depth > DEEPEST:
                return node.place
        deeper = depth if isinstance(node, CallStatement) else depth + 1
        waiting += [(child, deeper) for child in children(node)]
    if deepest > _DEFAULT_DEPTH:
        raise_recursion_limit()
    return None


def raise_recursion_limit() -> None:
    """Let calls nest as deep in this process as trees and the routes that run inside each other go."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))


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
