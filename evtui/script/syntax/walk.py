"""Walk a part of a script in the order it is written, down to the variables within its texts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

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
        find = _CHILDREN.get(current.__class__)
        if find is not None:
            waiting += reversed(find(current))


def calls(node: Node) -> Iterator[CallExpression]:
    """Yield the calls in a node."""
    return calls_among(walk(node))


def calls_among(nodes: Iterable[Node]) -> Iterator[CallExpression]:
    """Yield the calls among nodes."""
    return (found for found in nodes if isinstance(found, CallExpression))


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


def children(node: Node) -> Sequence[Node]:
    """Return the direct children of a statement or an expression, in the order they are written."""
    find = _CHILDREN.get(node.__class__)
    return () if find is None else find(node)


def _of_if(node: If) -> Sequence[Node]:
    # The block of a body is on the same level as its statement: `else if` is one level deeper, not two.
    otherwise = () if node.otherwise is None else node.otherwise.statements
    return (node.condition, *node.then.statements, *otherwise)


def _of_case(node: Case) -> Sequence[Node]:
    return node.statements if node.value is None else (node.value, *node.statements)


_CHILDREN: Final[Mapping[type, Callable[[Any], Sequence[Node]]]] = {
    Block: lambda node: node.statements,
    Case: _of_case,
    Binary: lambda node: (node.left, node.right),
    If: _of_if,
    CallExpression: lambda node: [argument for argument in node.arguments if argument is not None],
    CallStatement: lambda node: (node.call,),
    Async: lambda node: (node.call,) if node.timeout is None else (node.call, node.timeout),
    Unary: lambda node: (node.operand,),
    Arithmetic: lambda node: (node.value,),
    Assign: lambda node: (node.target, node.value),
    While: lambda node: (node.condition, node.body),
    ForEach: lambda node: (node.item, node.source, node.body),
    Switch: lambda node: (node.value, *node.cases),
    Return: lambda node: node.values,
}
"""The children of each kind of node that has some. A table, because a tree has millions of nodes."""
