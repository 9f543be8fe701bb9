"""The values that modparams give to variables and statistics before the script runs."""

from collections.abc import Callable, Mapping
from typing import Final

from evtui.script.runtime.run_state import ProgramState
from evtui.script.runtime.script_values import ScriptFault, Value, parse_integer, wrap
from evtui.script.syntax.tree import ModParam


def _declare(state: ProgramState, value: int | str) -> None:
    state.statistics.declare(str(value))


def _set_shared(state: ProgramState, value: int | str) -> None:
    name, found = _assignment(str(value))
    if name:
        state.shared[name] = found


def _set_variable(state: ProgramState, value: int | str) -> None:
    name, found = _assignment(str(value))
    if name:
        state.cells.setdefault(name, [None])[0] = found


def _set_probability(state: ProgramState, value: int | str) -> None:
    try:
        state.probability = state.first_probability = value if isinstance(value, int) else parse_integer(value)
    except ScriptFault:
        return  # as it was: `script check` is where wrong parameters are found


def _assignment(text: str) -> tuple[str, Value]:
    """Split `name=i:5` or `name=s:text`; the name is empty when the text is neither."""
    name, equals, typed = text.partition("=")
    kind, colon, value = typed.partition(":")
    if not equals or not colon or kind.strip() not in {"i", "s"}:
        return "", None
    if kind.strip() == "s":
        return name.strip(), value
    try:
        return name.strip(), wrap(parse_integer(value))
    except ScriptFault:
        return "", None


_SETTERS: Final[Mapping[tuple[str, str], Callable[[ProgramState, int | str], None]]] = {
    ("statistics", "variable"): _declare,
    ("cfgutils", "shvset"): _set_shared,
    ("cfgutils", "varset"): _set_variable,
    ("cfgutils", "initial_probability"): _set_probability,
}


def apply_module_parameter(item: ModParam, state: ProgramState) -> None:
    """Apply a modparam that gives a first value to a variable, a statistic or a probability; others are ignored."""
    for module in item.modules:
        setter = _SETTERS.get((module.strip().lower(), item.name))
        if setter is not None:
            setter(state, item.value)
