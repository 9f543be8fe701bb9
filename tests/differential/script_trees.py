"""Random scripts from a grammar, kept as trees so that a script can be made smaller."""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Grammar: TypeAlias = Mapping[str, tuple[str, ...]]
"""The alternatives of each kind. `<kind>` in one stands for any alternative of that kind; `<kind*>` for one to four."""

_PART: Final = re.compile(r"<([a-z_]+)(\*?)>")
_MAX_DEPTH: Final = 6


@dataclass(frozen=True)
class Tree:
    """A part of a script: an alternative of its kind."""

    kind: str
    parts: tuple["Tree | str", ...]

    @property
    def text(self) -> str:
        """What it is in the script."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


def grow(grammar: Grammar, kind: str, chance: random.Random, depth: int = 0) -> Tree:
    """Return a random tree of a kind; deep in a tree, only alternatives without parts are taken where there are any."""
    alternatives = grammar[kind]
    if depth >= _MAX_DEPTH:
        alternatives = tuple(text for text in alternatives if not _PART.search(text)) or alternatives
    pieces = _PART.split(chance.choice(alternatives))
    parts: list[Tree | str] = [pieces[0]]
    for name, star, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        if star:
            parts.append(
                Tree("list", tuple(grow(grammar, name, chance, depth + 1) for _ in range(chance.randint(1, 4))))
            )
        else:
            parts.append(grow(grammar, name, chance, depth + 1))
        parts.append(after)
    return Tree(kind, tuple(parts))


def smaller(tree: Tree) -> Iterator[Tree]:
    """Yield trees with one member of a list less, or with a part replaced by one of its own kind that stands in it."""
    if tree.kind == "list":
        for index in range(len(tree.parts)):
            yield Tree("list", tree.parts[:index] + tree.parts[index + 1 :])
    yield from (inner for inner in _within(tree) if inner.kind == tree.kind)
    for index, part in enumerate(tree.parts):
        if not isinstance(part, str):
            for less in smaller(part):
                yield Tree(tree.kind, (*tree.parts[:index], less, *tree.parts[index + 1 :]))


def _within(tree: Tree) -> Iterator[Tree]:
    for part in tree.parts:
        if not isinstance(part, str):
            yield part
            yield from _within(part)
