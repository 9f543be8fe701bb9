"""The rules of a style sheet that a widget matches, found without looking at each rule of the sheet.

Textual looks through all rules for each widget, each time that it gets another class or the focus. Which rules name the
widget depends on its class, its id and its style classes only, and is remembered here. What is left to look at is the
state (`:focus`) and what the widget stands in. `textual.css.match` is the oracle of the tests.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, TypeAlias, cast

from textual.css.model import CombinatorType, RuleSet, Selector, SelectorSet
from textual.css.styles import Styles
from textual.dom import DOMNode

# What Textual itself asks of a widget when it applies a style sheet.
# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001

MOST_KINDS: Final = 2048
"""Kinds of widgets whose rules are remembered: about two hundred are in use."""

MOST_SETS: Final = 64
"""Sets of matching rules that are remembered for widgets of one kind: they differ in the focus and what they are in."""

_OF_THE_ORDER: Final = frozenset({"first-of-type", "last-of-type", "first-child", "last-child", "empty"})
_WITHOUT_RULES: Final = Styles()
_rank: Final = itemgetter(0)

Ranked: TypeAlias = tuple[tuple[int, ...], Any]
"""A value with its rank among those of other rules, which begins with 0 in the sheets of Textual's own widgets."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A list of selectors whose last one names the widget."""

    selectors: Sequence[Selector]
    states: set[str]
    """Those that the last selector asks for."""
    is_alone: bool
    """Whether it asks for nothing else."""
    values: Sequence[tuple[str, tuple[int, ...], Any]]
    """What the rule sets: name, rank and value of each."""


class RulesOfSheet:
    """The rules of a style sheet, and what is known of the kinds of widgets that they apply to."""

    def __init__(self, rules: Sequence[RuleSet], rules_map: Mapping[str, Sequence[RuleSet]]) -> None:
        self.rules_map = rules_map
        self._places = {id(rule): place for place, rule in enumerate(rules)}
        self._kinds: dict[tuple[object, ...], RulesOfKind] = {}

    def kind(self, node: DOMNode) -> "RulesOfKind":
        """Return the rules for widgets like this one."""
        key = (type(node), node._id, frozenset(node._classes))
        if (kind := self._kinds.get(key)) is None:
            if len(self._kinds) >= MOST_KINDS:
                self._kinds.clear()
            kind = self._kinds[key] = self._find(node, key)
        return kind

    def _find(self, node: DOMNode, key: tuple[object, ...]) -> "RulesOfKind":
        """Find the rules for a widget; the later of two rules of the same rank stands first."""
        named = {
            id(rule): rule for name in self.rules_map.keys() & node._selector_names for rule in self.rules_map[name]
        }
        ordered = sorted(named, key=self._places.__getitem__, reverse=True)
        shared_key = (*key, *ordered)
        if (kind := _SHARED.get(shared_key)) is None:
            if len(_SHARED) >= MOST_KINDS:
                _SHARED.clear()
            kind = _SHARED[shared_key] = RulesOfKind(node, [named[number] for number in ordered])
        return kind


class RulesOfKind:
    """The rules that may apply to widgets of one class, with the same id and the same style classes."""

    def __init__(self, node: DOMNode, rules: Sequence[RuleSet]) -> None:
        self._rules = rules
        """They are kept because their identity is the key of what is shared."""
        self.candidates = [
            _candidate(rule, each) for rule in rules for each in rule.selector_set if each.selectors[-1]._check(node)
        ]  # fmt: skip
        self.states = frozenset[str]().union(*(rule.pseudo_classes for rule in rules))
        """All that the rules ask for, of the widget or of those that it is in."""
        self._merged: dict[tuple[int, ...], Mapping[str, Any] | None] = {}

    def mark(self, node: DOMNode) -> None:
        """Note at the widget which changes of its state ask for its styles anew."""
        states = self.states
        node._has_hover_style = "hover" in states
        node._has_focus_within = "focus-within" in states
        node._has_order_style = not states.isdisjoint(_OF_THE_ORDER)
        node._has_odd_or_even = "odd" in states or "even" in states

    def values(self, node: DOMNode) -> Mapping[str, Any] | None:
        """Return the value of each style that a rule sets for this widget, as it is now; None when none does."""
        path = node.css_path_nodes
        matching = tuple(
            number
            for number, each in enumerate(self.candidates)
            if (not each.states or node.has_pseudo_classes(each.states))
            and (each.is_alone or matches(each.selectors, path))
        )
        if matching not in self._merged:
            if len(self._merged) >= MOST_SETS:
                self._merged.clear()
            self._merged[matching] = _merge(self.candidates[number] for number in matching)
        return self._merged[matching]


_SHARED: Final[dict[tuple[object, ...], RulesOfKind]] = {}
"""What all consoles of the process know: their sheets are the same (`shared_rules.py`)."""


def matches(selectors: Sequence[Selector], path: Sequence[DOMNode]) -> bool:
    """Say whether the last node of a path from the app to a widget matches all selectors; from the last one on."""
    return _matches_at(selectors, len(selectors) - 1, path, len(path) - 1)


def _matches_at(selectors: Sequence[Selector], index: int, path: Sequence[DOMNode], place: int) -> bool:
    selector = selectors[index]
    if place < 0 or not selector.check(path[place]):
        return False
    if index == 0:
        return selector.combinator is CombinatorType.DESCENDENT or place == 0
    match selector.combinator:
        case CombinatorType.SAME:
            return _matches_at(selectors, index - 1, path, place)
        case CombinatorType.CHILD:
            return _matches_at(selectors, index - 1, path, place - 1)
        case CombinatorType.DESCENDENT:
            return any(_matches_at(selectors, index - 1, path, above) for above in range(place - 1, -1, -1))


def _candidate(rule: RuleSet, selector_set: SelectorSet) -> _Candidate:
    selectors = selector_set.selectors
    last = selectors[-1]
    return _Candidate(
        selectors, last.pseudo_classes,
        len(selectors) == 1 and last.combinator is CombinatorType.DESCENDENT,
        rule.styles.extract_rules(selector_set.specificity, rule.is_default_rules, rule.tie_breaker),
    )  # fmt: skip


def _merge(matching: Iterable[_Candidate]) -> Mapping[str, Any] | None:
    ranked: defaultdict[str, list[Ranked]] = defaultdict(list)
    for each in matching:
        for name, rank, value in each.values:
            ranked[name].append((rank, value))
    if not ranked:
        return None
    styles = Styles()
    for name, values in ranked.items():
        setattr(styles, name, _value(name, values))  # which makes of some values what a widget keeps of them
    return cast("Mapping[str, Any]", styles._rules)


def _value(name: str, ranked: Sequence[Ranked]) -> Any:
    """Return the value of the highest rank. None stands for `initial`: what counts without the sheet that says so."""
    if (value := max(ranked, key=_rank)[1]) is not None:
        return value
    own = [each for each in ranked if each[0][0]]
    defaults = [each for each in ranked if not each[0][0]]
    if own and defaults and (value := max(defaults, key=_rank)[1]) is not None:
        return value
    return max(own, key=_rank)[1] if own else getattr(_WITHOUT_RULES, name)
