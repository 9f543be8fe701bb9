"""The parameters of a request, fitted to those of a command, and read as the types that the command needs."""

import re
from functools import cache
from typing import TypeAlias

from msgspec import Struct

from evtui.codecs.byte_escapes import unescape_bytes
from evtui.codecs.jsonvalue import Json, Members
from evtui.mi.refusals import TOO_FEW_OR_MANY, invalid_params

ParameterSets: TypeAlias = tuple[tuple[str, ...], ...]
"""The sets of parameter names that a command takes, as `which` lists them."""

MAX_INT = (1 << 63) - 1

_INT = re.compile(r"[+-]?[0-9]{1,19}")


class Arguments(Struct, frozen=True):
    """The parameters by name."""

    values: dict[str, Json]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """Read a text, which may be empty, or a number as its text.

        raises RefusedError: it is something else.
        """
        match self.values[name]:
            case str() as text:
                return text
            case bool():
                raise _bad_type(name)
            case int() | float() as number:
                return str(number)
            case _:
                raise _bad_type(name)

    def filled_text(self, name: str) -> str:
        """Read a text that is not empty, or a number as its text.

        raises RefusedError: it is something else.
        """
        if not (text := self.text(name)):
            raise _bad_type(name)
        return text

    def name(self, name: str) -> str:
        """Read a text as listings print it: `\\xff` stands for a byte that is not UTF-8.

        raises RefusedError: it is something else.
        """
        return unescape_bytes(self.text(name))

    def filled_name(self, name: str) -> str:
        """Read a text that is not empty, as listings print it.

        raises RefusedError: it is something else.
        """
        return unescape_bytes(self.filled_text(name))

    def number(self, name: str) -> int:
        """Read a number of at most 64 bits, or text that is a whole number; a fraction is cut off.

        raises RefusedError: it is something else.
        """
        match self.values[name]:
            case bool():
                raise _bad_type(name)
            case int() as number:
                pass
            case float() as fraction if abs(fraction) <= MAX_INT:
                number = int(fraction)
            case str() as text if _INT.fullmatch(text):
                number = int(text)
            case _:
                raise _bad_type(name)
        if abs(number) > MAX_INT:
            raise _bad_type(name)
        return number

    def texts(self, name: str) -> list[str]:
        """Read an array of texts, or of numbers as their texts, that is not empty.

        raises RefusedError: it is something else, or holds something else.
        """
        value = self.values[name]
        if not isinstance(value, list):
            raise _bad_type(name)
        if not value:
            raise invalid_params(f"Empty array in parameter '{name}'")
        texts = [str(item) for item in value if isinstance(item, str | int | float) and not isinstance(item, bool)]
        if len(texts) < len(value):
            raise invalid_params(f"Bad type for array item in parameter '{name}'")
        return texts


def fit(sets: ParameterSets, params: list[Json] | Members) -> Arguments:
    """Find the set of as many parameters; where the request names them, the names must be those of the set.

    raises RefusedError: no set fits, or several fit parameters without names.
    """
    count = len(params)
    if type(params) is Members:
        values = params.by_name()
        for names in sets:
            if len(names) == count and values.keys() == _names_of(names):
                return Arguments(values)
    fitting = [names for names in sets if len(names) == count]
    if not fitting:
        raise invalid_params(TOO_FEW_OR_MANY)
    if isinstance(params, Members):
        raise invalid_params("Named parameters do not match")
    if len(fitting) > 1:
        raise invalid_params("Ambiguous call, use named parameters instead")
    return Arguments(dict(zip(fitting[0], params, strict=True)))


@cache
def _names_of(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names)


def _bad_type(name: str) -> Exception:
    return invalid_params(f"Bad type for parameter '{name}'")
