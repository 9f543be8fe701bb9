"""The rules of style sheets, read once for all consoles of a process that have the same theme.

Textual reads each sheet anew for each app, which takes a fifth of a console's memory and of the time until it is
painted. What is read depends on the text of the sheet and on the colours of the theme, and is not changed afterwards.
"""

from typing import Final

from textual.cache import LRUCache
from textual.css.model import RuleSet

MOST: Final = 1024
"""Sheets that are kept, those of widgets included: about a hundred for each theme in use."""

_READ: Final[LRUCache[tuple[object, ...], list[RuleSet]]] = LRUCache(MOST)


class SharedRules:
    """What Textual's own cache of a stylesheet is, over what all have read."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._colours = _key(variables)

    def __getitem__(self, key: tuple[object, ...]) -> list[RuleSet]:
        return _READ[(self._colours, *key)]

    def __setitem__(self, key: tuple[object, ...], rules: list[RuleSet]) -> None:
        _READ[(self._colours, *key)] = rules

    def take_variables(self, variables: dict[str, str]) -> None:
        """Take the colours of another theme."""
        self._colours = _key(variables)

    def clear(self) -> None:
        """Forget nothing: what was read for other colours is another key."""


def _key(variables: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(variables.items()))
