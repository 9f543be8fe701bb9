"""What 3.6.8 takes: arguments of functions, forms of variables, values of settings.

The tables were found out by asking 3.6.8 to check scripts. What they do not name was not asked.
"""

import pkgutil
from collections.abc import Mapping
from functools import cache

import msgspec


class _Forms(msgspec.Struct, frozen=True):
    functions: Mapping[str, tuple[int, int, str]]
    variables: Mapping[str, str]
    settings: Mapping[str, str]
    old_settings: tuple[str, ...]


class Signature(msgspec.Struct, frozen=True):
    """How many arguments a function takes, and which."""

    least: int
    most: int
    kinds: tuple[str, ...]
    """For each argument the letters of what it may be: `i` a number, `s` a text, `v` a variable."""


@cache
def _forms() -> _Forms:
    raw = pkgutil.get_data("evtui.script.check", "server_forms.json")
    return msgspec.json.decode(raw or b"", type=_Forms)


@cache
def signatures() -> Mapping[str, Signature]:
    """Return the signatures of functions."""
    return {
        name: Signature(least, most, tuple(kinds.split())) for name, (least, most, kinds) in _forms().functions.items()
    }


def variable_forms() -> Mapping[str, str]:
    """Return letters for each variable.

    `p`: without a name, `n`: with one, `e`: with an empty one, `i`: with an index, `w`: assigned, `f`: in a for.
    """
    return _forms().variables


def setting_values() -> Mapping[str, str]:
    """Return letters for each setting: `n` a number, `b` yes or no, `s` a text in quotes, `w` a word, others."""
    return _forms().settings


@cache
def old_settings() -> frozenset[str]:
    """Return settings that OpenSIPS before 3.0 had, and 3.6.8 has not."""
    return frozenset(_forms().old_settings)
