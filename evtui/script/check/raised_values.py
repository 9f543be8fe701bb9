"""Attributes and values along the ways through a route: what is raised again, and counts that differ
(docs/opensips-behaviour.md 2.1).

A loop is gone through twice, a branch on its own; where ways meet, what they do not agree on is not known any more.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from evtui.script.check.findings import Finding
from evtui.script.syntax.expressions import CallExpression, Null, Place, Variable
from evtui.script.syntax.tree import Assign, Block, Break, Exit, ForEach, If, Return, Route, Statement, Switch, While
from evtui.script.syntax.walk import Node, calls


@dataclass(frozen=True, slots=True)
class _AvpState:
    """One AVP at one moment."""

    pushed: int | None = 0
    """Values put in since the route began or it was emptied; None when ways differ."""
    raised: Place | None = None
    """Where it was raised and not emptied since."""
    grew: bool = False
    """More was put in since that raise."""


_AvpStates: TypeAlias = dict[str, _AvpState]
_UNUSED: Final = _AvpState()
_REPEATED_LOOPS: Final = 3
"""Loops within each other that are gone through twice."""


def find_raise_mistakes(route: Route) -> Iterator[Finding]:
    """Find raises that send old values again, and those whose attributes and values differ in number."""
    way = _RouteWalk()
    way.go(route.body, {})
    return iter(dict.fromkeys(way.findings))


@dataclass(slots=True)
class _RouteWalk:
    findings: list[Finding] = field(default_factory=list[Finding])
    loops: int = 0
    """Loops that are gone through at this moment, within each other."""

    def go(self, block: Block, state: _AvpStates) -> _AvpStates | None:
        """Go through a block; gives what holds behind it, or None when nothing is behind it."""
        current: _AvpStates | None = dict(state)
        for statement in block.statements:
            if current is None:
                return None
            current = self._statement(statement, current)
        return current

    def _statement(self, statement: Statement, state: _AvpStates) -> _AvpStates | None:
        match statement:
            case Exit() | Return() | Break():
                return None
            case Block():
                return self.go(statement, state)
            case If(condition, then, otherwise):
                self._calls(condition, state)
                return _merge([self.go(then, state), self.go(otherwise or Block(), state)])
            case While() | ForEach() | Switch():
                return self._repeated_or_chosen(statement, state)
            case _:
                self._calls(statement, state)
                if isinstance(statement, Assign):
                    _assign(statement, state)
                return state

    def _repeated_or_chosen(self, statement: While | ForEach | Switch, state: _AvpStates) -> _AvpStates | None:
        match statement:
            case While(condition, body):
                self._calls(condition, state)
                return self._loop(body, state)
            case ForEach(_, _, body):
                return self._loop(body, state)
            case Switch(value, cases):
                self._calls(value, state)
                return _merge([state, *(self.go(Block(case.statements), state) for case in cases)])

    def _loop(self, body: Block, state: _AvpStates) -> _AvpStates:
        self.loops += 1
        once = self.go(body, state)
        # Each level doubles the work: what a second turn shows, it shows in the outermost loops.
        twice = self.go(body, once) if once is not None and self.loops <= _REPEATED_LOOPS else None
        self.loops -= 1
        return _merge([state, once, twice]) or {}

    def _calls(self, node: Node, state: _AvpStates) -> None:
        for call in calls(node):
            if call.name == "raise_event":
                self._raise(call, state)
            elif call.name == "route" or call.name.startswith("avp_"):
                # Elsewhere anything may happen to any of them.
                state.update(dict.fromkeys(state, _AvpState(None)))

    def _raise(self, call: CallExpression, state: _AvpStates) -> None:
        names = [key for argument in call.arguments[1:] if (key := _key(argument))]
        for name in names:
            avp = state.get(name, _UNUSED)
            if avp.raised is not None and avp.grew:
                line = avp.raised.line
                text = f"{name} still holds what the raise of line {line} sent: write {name} := NULL; after that"
                self.findings.append(Finding(call.place, "warning", "avp-not-cleared", text))
        if len(names) == 2:
            self._compare(call, names[0], names[1], state)
        for name in names:
            state[name] = replace(state.get(name, _UNUSED), raised=call.place, grew=False)

    def _compare(self, call: CallExpression, attributes: str, values: str, state: _AvpStates) -> None:
        first, second = (state.get(name, _UNUSED).pushed for name in (attributes, values))
        if first and second and first != second:
            text = f"{attributes} got {first} attributes and {values} {second} values: give each value one attribute"
            self.findings.append(Finding(call.place, "warning", "counts-differ", text))


def _assign(statement: Assign, state: _AvpStates) -> None:
    name = _key(statement.target)
    if name is None:
        return
    avp = state.get(name, _UNUSED)
    nothing = isinstance(statement.value, Null)
    index = statement.target.index
    match statement.operator:
        case ":=":
            state[name] = _AvpState(0 if nothing else 1)
        case "=" if nothing and index == "*":
            state[name] = _UNUSED
        case "=" if nothing:
            state[name] = replace(avp, pushed=None)
        case "=" if index in {None, "append"}:
            pushed = None if avp.pushed is None else avp.pushed + 1
            state[name] = replace(avp, pushed=pushed, grew=avp.raised is not None)
        case _:
            pass


def _merge(states: list[_AvpStates | None]) -> _AvpStates | None:
    """Say what holds where ways meet."""
    open_ways = [state for state in states if state is not None]
    if not open_ways:
        return None
    result: _AvpStates = {}
    for name in dict.fromkeys(name for state in open_ways for name in state):
        avps = [state.get(name, _UNUSED) for state in open_ways]
        same = {avp.pushed for avp in avps}
        raised = next((avp for avp in avps if avp.raised is not None), _UNUSED)
        result[name] = _AvpState(avps[0].pushed if len(same) == 1 else None, raised.raised, raised.grew)
    return result


def _key(value: object) -> str | None:
    """Name an AVP, as `$avp(x)`; None for anything else, or when its name is known only as the script runs."""
    if not isinstance(value, Variable) or value.name != "avp" or value.argument is None or "$" in value.argument:
        return None
    return f"$avp({value.argument})"
