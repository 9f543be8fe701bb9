"""The type of transformations, and the reading of their parameters."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from evtui.script.runtime.script_values import ScriptFault, Value, parse_integer

Transform: TypeAlias = Callable[[str, tuple[str, ...]], Value]
"""Makes a value of a text and parameters, in which variables are replaced already.

raises ScriptFault: the value becomes NULL.
"""

Transforms: TypeAlias = Mapping[str, Transform]


def parameter(parameters: tuple[str, ...], place: int, default: str | None = None) -> str:
    """Return one parameter. raises ScriptFault: it is missing and there is no default."""
    if place < len(parameters):
        return parameters[place]
    if default is None:
        raise ScriptFault(f"parameter {place + 1} of the transformation is missing")
    return default


def number(parameters: tuple[str, ...], place: int, default: str | None = None) -> int:
    """Return one parameter as an integer. raises ScriptFault: it is missing or no integer."""
    return parse_integer(parameter(parameters, place, default))


def without_parameters(work: Callable[[str], Value]) -> Transform:
    """Make a transformation of a function without parameters."""
    return lambda text, _parameters: work(text)
