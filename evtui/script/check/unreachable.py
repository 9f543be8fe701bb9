"""Find statements that are never reached, and `return(0)`, which ends the whole script."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from evtui.script.check.findings import Finding
from evtui.script.syntax.expressions import Number
from evtui.script.syntax.tree import Block, Break, Case, Exit, If, Return, Statement
from evtui.script.syntax.walk import Node

_WITH_STATEMENTS: Final = frozenset((Block, Case, If, Return))


def find_flow_mistakes(nodes: Iterable[Node]) -> Iterator[Finding]:
    """Find them among the nodes of a route."""
    for node in nodes:
        if node.__class__ not in _WITH_STATEMENTS:
            continue
        match node:
            case Block(statements) | Case(_, statements):
                yield from _unreachable(statements)
            case If(_, then, otherwise):
                for block in (then, otherwise or Block()):
                    yield from _unreachable(block.statements)
            case Return((Number(0), *_)):
                text = "return(0) ends the whole script, as exit does: write return(-1) to return false"
                yield Finding(node.place, "warning", "return-zero", text)
            case _:
                pass


def _unreachable(statements: Sequence[Statement]) -> Iterator[Finding]:
    for before, after in pairwise(statements):
        # A `break` behind an `exit`, and an `exit` behind a `drop`, are common habits without harm.
        drops = isinstance(before, Exit) and before.drops
        if isinstance(before, Exit | Return | Break) and not isinstance(after, (Break, Exit) if drops else Break):
            word = _word(before)
            text = f"never reached: the {word} of line {before.place.line} stands before it; remove one of them"
            yield Finding(after.place, "warning", "unreachable", text)
            return


def _word(statement: Exit | Return | Break) -> str:
    match statement:
        case Return():
            return "return"
        case Break():
            return "break"
        case Exit(drops):
            return "drop" if drops else "exit"
