"""What OpenSIPS has: functions, variables and parameters of its modules, and where functions cannot stand.

The names are those of the manuals of 2.4 to 4.0, with those that these versions take beside them; the modules without
names are of earlier versions, or have none. The blocks were found out by asking 3.6.8 to check scripts.
A word that evtui does not use for its own things (tests/architecture/test_rooms.py) is written with an escape.
"""

import pkgutil
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from types import MappingProxyType

import msgspec


class _Module(msgspec.Struct, frozen=True):
    functions: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    """Each alone, or with a blank and what its value is."""


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


def module_list() -> Collection[str]:
    """Return the names of all modules."""
    return _names().modules.keys()


def is_listed(module: str) -> bool:
    """Return whether the names of a module are listed."""
    return _names().modules.get(module, _Module()) != _Module()


@cache
def parameters_of(module: str) -> Mapping[str, str]:
    """Return the parameters of a module, none for an unknown one; for each what its value is.

    `i` a number, `s` a text; empty when versions differ, or when it was not found out.
    """
    found = _names().modules.get(module)
    pairs = (written.partition(" ") for written in (found.parameters if found is not None else ()))
    return MappingProxyType({name: kind for name, _, kind in pairs})
