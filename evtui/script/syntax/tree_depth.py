"""How deep a tree goes, measured without going deep: what walks a tree may then call itself."""

import sys
from collections.abc import Iterable
from typing import Final

from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import Block, CallStatement
from evtui.script.syntax.walk import Node, children

DEEPEST: Final = 1000
"""Statements and expressions within each other; `else if` counts as one more."""

_DEFAULT_DEPTH: Final = 50
"""What fits into the calls that may nest anyway."""
_RECURSION_LIMIT: Final = 20_000
"""Three for each level that is compiled or run; 100 raises whose routes run inside each other take a few thousand."""


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
