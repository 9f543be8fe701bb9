"""What OpenSIPS has: functions, variables and parameters of its modules, and where functions cannot stand.

The names are those of the manuals of 2.4, 3.6 and 4.0. The blocks were found out by asking 3.6.8 to check scripts.
A word that evtui does not use for its own things (tests/architecture/test_rooms.py) is written with an escape.
"""

import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import msgspec


class _Module(msgspec.Struct, frozen=True):
    functions: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


class _Refused(msgspec.Struct, frozen=True):
    kinds: tuple[str, ...]
    functions: tuple[str, ...]


class _Names(msgspec.Struct, frozen=True):
    modules: Mapping[str, _Module]
    not_in: tuple[_Refused, ...]


@cache
def _names() -> _Names:
    raw = pkgutil.get_data("evtui.script.check", "server_names.json")
    return msgspec.json.decode(raw or b"", type=_Names)


@cache
def function_modules() -> Mapping[str, str]:
    """Return the module of each function; `core` for those that need none."""
    return MappingProxyType({name: module for module, held in _names().modules.items() for name in held.functions})


@cache
def modules_with(function: str) -> frozenset[str]:
    """Return the modules that have a function; several may have one of the same name."""
    return frozenset(module for module, held in _names().modules.items() if function in held.functions)


@cache
def variable_modules() -> Mapping[str, str]:
    """Return the module of each variable that a module has, without the `$`."""
    return MappingProxyType({name: module for module, held in _names().modules.items() for name in held.variables})


@cache
def kinds_without() -> Mapping[str, Sequence[str]]:
    """Return the kinds of routes in which OpenSIPS refuses a function, for each function that has some."""
    return MappingProxyType({name: refused.kinds for refused in _names().not_in for name in refused.functions})


def parameters_of(module: str) -> frozenset[str]:
    """Return the parameters of a module by its manuals; none for an unknown module."""
    found = _names().modules.get(module)
    return frozenset(found.parameters if found is not None else ())
