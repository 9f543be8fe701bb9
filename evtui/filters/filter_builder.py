"""Makes the parts of a filter while the grammar's rules are found; its methods are named as the rules."""

from typing import Any, Final

from evtui.core.errors import BadFilterError
from evtui.filters.comparisons import compare, word
from evtui.filters.decisions import Decision, Junction, Negation
from evtui.filters.filter_values import FilterValue, unquoted

DEEPEST: Final = 50
"""Brackets with `and`, `or` and `not` within each other."""

_NO_NAME: Final = frozenset(":/@;,")
"""Signs of sockets and addresses, which no name has unless it is in quotes."""


class FilterBuilder:
    """Called by the parser, each method with what the rule is made of."""

    def __init__(self, now: float) -> None:
        """`now` is the wall second that times of the day are read at."""
        self._now = now

    def comparison(self, parts: list[Any]) -> Decision:
        """Read a name, a sign and a value."""
        name, sign, value = parts
        given = _value(value)
        is_quoted = name.type == "QUOTED"
        if not is_quoted and not _NO_NAME.isdisjoint(name):
            why = f"{str(name)!r} is not a name: write a text with {sign} in quotes"
            raise BadFilterError(name.start_pos + 1, why)
        try:
            # A token of lark is compared by a function of Python: a plain text is compared several times as fast.
            return compare(
                unquoted(name) if is_quoted else str(name), str(sign), given, self._now, is_parameter=is_quoted
            )
        except ValueError as error:
            raise BadFilterError(given.column, str(error)) from error

    def word(self, parts: list[Any]) -> Decision:
        """Read a word."""
        given = _value(parts[0])
        try:
            return word(given)
        except ValueError as error:
            raise BadFilterError(given.column, str(error)) from error

    def negation(self, parts: list[Decision]) -> Decision:
        """Read `not`; twice it is nothing."""
        part = parts[0]
        return part.part if isinstance(part, Negation) else _bounded(Negation(part))

    def both(self, parts: list[Decision]) -> Decision:
        """Read parts that must all show a row."""
        return _bounded(Junction(tuple(parts)))

    def either(self, parts: list[Decision]) -> Decision:
        """Read parts of which one is enough."""
        return _bounded(Junction(tuple(parts), enough=True))


def _value(token: Any) -> FilterValue:
    is_quoted = token.type == "QUOTED"
    return FilterValue(unquoted(token) if is_quoted else str(token), token.start_pos + 1, is_quoted=is_quoted)


def _bounded(decision: Decision) -> Decision:
    if _depth(decision) > DEEPEST:
        raise BadFilterError(1, f"more than {DEEPEST} brackets within each other")
    return decision


def _depth(decision: Decision) -> int:
    deepest, todo = 0, [(decision, 1)]
    while todo:
        part, depth = todo.pop()
        deepest = max(deepest, depth)
        if isinstance(part, Negation):
            todo.append((part.part, depth + 1))
        elif isinstance(part, Junction):
            todo += [(inner, depth + 1) for inner in part.parts]
    return deepest
