"""Run the grammar's LALR tables on our own tokens. Parsing spends most of its time in this loop.

lark makes the tables. This loop does what lark's own parser state does, in a fraction of the time, because its tables
hold plain strings and integers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from evtui.script.syntax.lexer import Lexeme

Callback: TypeAlias = Callable[[list[Any]], Any]


@dataclass(frozen=True, slots=True)
class ParseTables:
    """For each state and symbol the action: a state to go to, or `~number` of a rule to apply."""

    states: list[dict[str, int]]
    rules: list[tuple[int, str, bool]]
    """For each rule, the number of symbols it consumes, the symbol it produces, and whether it only passes on the one
    that it consumes: most rules of a small expression do."""
    start: int
    end: int


class ParserDriver:
    """Parse one file."""

    def __init__(self, tables: ParseTables, callbacks: list[Callback]) -> None:
        """`callbacks[n]` builds the result of rule n from its parts."""
        self._tables = tables
        self._callbacks = callbacks
        self._states = [tables.start]
        self._values: list[Any] = []

    def feed(self, token: Lexeme) -> bool:
        """Take a token; return whether it is allowed here."""
        states, values, table = self._states, self._values, self._tables.states
        rules, callbacks, kind = self._tables.rules, self._callbacks, token.type
        while True:
            action = table[states[-1]].get(kind)
            if action is None:
                return False
            if action >= 0:
                states.append(action)
                values.append(token)
                return True
            size, produced, passes_on = rules[~action]
            if passes_on:
                states[-1] = table[states[-2]][produced]
                continue
            if size:
                parts = values[-size:]
                del states[-size:], values[-size:]
            else:
                parts = []
            values.append(callbacks[~action](parts))
            states.append(table[states[-1]][produced])
            if kind == "$END" and states[-1] == self._tables.end:
                return True

    @property
    def result(self) -> Any:
        """The result of the start rule, after `$END` was fed."""
        return self._values[-1]


def make_tables(table: Any, start: str) -> tuple[ParseTables, list[Any]]:
    """Copy lark's parse table; return also the rules in the order of their numbers."""
    from lark.parsers.lalr_analysis import Shift

    shift: Any = Shift
    places: Mapping[Any, int] = {state: place for place, state in enumerate(table.states)}
    rules: dict[Any, int] = {}
    states = [
        {
            str(symbol): places[target] if action is shift else ~rules.setdefault(target, len(rules))
            for symbol, (action, target) in actions.items()
        }
        for actions in table.states.values()
    ]
    sizes = [(len(rule.expansion), str(rule.origin.name), _passes_on(rule)) for rule in rules]
    return ParseTables(states, sizes, places[table.start_states[start]], places[table.end_states[start]]), list(rules)


def _passes_on(rule: Any) -> bool:
    """Say whether a rule is one of those with `?` in the grammar, and has one symbol here, which is its result."""
    if len(rule.expansion) != 1 or not rule.options.expand1 or rule.alias:
        return False
    (symbol,) = rule.expansion
    return not symbol.is_term or not symbol.filter_out or bool(rule.options.keep_all_tokens)
