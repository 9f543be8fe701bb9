"""Find raises that send old values again, and raises with different counts of attributes and values."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, TypeAlias

from evtui.script.check.findings import Finding
from evtui.script.syntax.expressions import CallExpression, Null, Place, Variable
from evtui.script.syntax.tree import Assign, Block, Break, Exit, ForEach, If, Return, Route, Statement, Switch, While
from evtui.script.syntax.walk import Node, calls, calls_among


@dataclass(frozen=True, slots=True)
class _AvpState:
    """The state of one AVP at a place of a route."""

    pushed: int | None = 0
    """Values pushed since the route began or the AVP was cleared; None when it is unknown."""
    raised: Place | None = None
    """The place of a raise that sent it, when it was not cleared since."""
    grew: bool = False
    """Whether values were pushed after that raise."""


_AvpStates: TypeAlias = dict[str, _AvpState]
_UNUSED: Final = _AvpState()
MAX_FOLLOWED: Final = 100
"""How many AVPs of a route are followed: the work for each statement grows with them."""
_REPEATED_LOOPS: Final = 3
"""How deep loops may nest to be followed twice."""


def find_raise_mistakes(route: Route, nodes: Iterable[Node]) -> Iterator[Finding]:
    """Find raises that send old values again, and raises with different counts of attributes and values.

    `nodes` are those of the route. The AVPs of its first raises are followed, MAX_FOLLOWED at most.
    """
    raised = (
        name
        for call in calls_among(nodes)
        if call.name == "raise_event"
        for argument in call.arguments[1:]
        if (name := _avp_text(argument)) is not None
    )
    followed = frozenset(islice(dict.fromkeys(raised), MAX_FOLLOWED))
    if not followed:
        return iter(())
    walk = _RouteWalk(followed)
    walk.follow(route.body, {})
    return iter(dict.fromkeys(walk.findings))


@dataclass(slots=True)
class _RouteWalk:
    """Follows the paths of one route and collects findings."""

    followed: frozenset[str]
    """The AVPs whose values are counted."""
    findings: list[Finding] = field(default_factory=list[Finding])
    loops: int = 0
    """How many loops are being followed within each other."""

    def follow(self, block: Block, state: _AvpStates) -> _AvpStates | None:
        """Follow a block; return the state behind it, or None when its end is not reached."""
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
                return self.follow(statement, state)
            case If(condition, then, otherwise):
                self._calls(condition, state)
                return _merge([self.follow(then, state), self.follow(otherwise or Block(), state)])
            case While() | ForEach() | Switch():
                return self._repeated_or_chosen(statement, state)
            case _:
                self._calls(statement, state)
                if isinstance(statement, Assign):
                    self._assign(statement, state)
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
                return _merge([state, *(self.follow(Block(case.statements), state) for case in cases)])

    def _loop(self, body: Block, state: _AvpStates) -> _AvpStates:
        self.loops += 1
        first_turn = self.follow(body, state)
        # A second turn doubles the work of each level, so only outer loops get one.
        second_turn = (
            self.follow(body, first_turn) if first_turn is not None and self.loops <= _REPEATED_LOOPS else None
        )
        self.loops -= 1
        return _merge([state, first_turn, second_turn]) or {}

    def _calls(self, node: Node, state: _AvpStates) -> None:
        for call in calls(node):
            if call.name == "raise_event":
                self._raise(call, state)
            elif call.name == "route" or call.name.startswith("avp_"):
                # The called route or function may change any AVP.
                state.update(dict.fromkeys(state, _AvpState(None)))

    def _raise(self, call: CallExpression, state: _AvpStates) -> None:
        names = [key for argument in call.arguments[1:] if (key := _avp_text(argument)) in self.followed and key]
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

    def _assign(self, statement: Assign, state: _AvpStates) -> None:
        name = _avp_text(statement.target)
        if name is None or name not in self.followed:
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
    """Merge the states of paths that join."""
    reached = [state for state in states if state is not None]
    if not reached:
        return None
    result: _AvpStates = {}
    for name in dict.fromkeys(name for state in reached for name in state):
        avps = [state.get(name, _UNUSED) for state in reached]
        same = {avp.pushed for avp in avps}
        raised = next((avp for avp in avps if avp.raised is not None), _UNUSED)
        result[name] = _AvpState(avps[0].pushed if len(same) == 1 else None, raised.raised, raised.grew)
    return result


def _avp_text(value: object) -> str | None:
    """Return an AVP as `$avp(x)`; None for other values, and for a name that is computed during the run."""
    if not isinstance(value, Variable) or value.name != "avp" or value.argument is None or "$" in value.argument:
        return None
    return f"$avp({value.argument})"
