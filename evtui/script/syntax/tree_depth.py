"""Measure the depth of a tree without recursion, so that recursive code may then walk it."""

import sys
from collections.abc import Iterable
from typing import Final

from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import Block, CallStatement
from evtui.script.syntax.walk import Node, children

DEEPEST: Final = 1000
"""How deep statements and expressions may nest; each `else if` counts as one level."""

_DEFAULT_DEPTH: Final = 50
"""Depth that Python's own recursion limit allows anyway."""
_RECURSION_LIMIT: Final = 20_000
"""Python calls: three for each level that is compiled or run.

100 nested raises whose routes run in each other need a few thousand.
"""


def find_too_deep(bodies: Iterable[Block]) -> Place | None:
    """Return the place of a node that is nested deeper than `DEEPEST`, or None.

    When there is none, Python's recursion limit is high enough afterwards to walk the tree.
    """
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
    """Raise Python's recursion limit to what the deepest trees and nested routes need. It never lowers the limit."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
