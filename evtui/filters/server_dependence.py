"""Whether a filter means the name of a server, which only a viewer of several servers knows."""

from typing import Any

from evtui.filters.comparisons import SAME_NAMES
from evtui.filters.parse_filter import build

_OF_SERVER = frozenset(("server", "text"))
"""What is compared with the name of a server in it; words are looked for in it too."""


def means_server(text: str) -> bool:
    """Say whether the answer of a filter may be another one where the server has a name.

    raises BadFilterError.
    """
    return bool(build(text, "start", _Dependence()))


class _Dependence:
    """Called by the parser, each method with what the rule is made of; a part is True when it means a server."""

    def comparison(self, parts: list[Any]) -> bool:
        """Look at the name."""
        name = parts[0]
        return name.type != "QUOTED" and SAME_NAMES.get(str(name), str(name)) in _OF_SERVER

    def word(self, _parts: list[Any]) -> bool:
        """Words are looked for everywhere."""
        return True

    def negation(self, parts: list[bool]) -> bool:
        """Look at what is negated."""
        return any(parts)

    both = either = negation
