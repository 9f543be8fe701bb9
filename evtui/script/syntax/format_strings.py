"""Texts with variables in them, as xlog and many functions take: `"from $fu, $$5"`."""

import re
from typing import Final, TypeAlias

from evtui.script.syntax.expressions import NOWHERE, Place, Variable
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.variable_syntax import SpellingError, read_variable, starts_variable

Piece: TypeAlias = str | Variable

_DOLLAR: Final = re.compile(r"[^$]++|\$\$|\$")


def parse_format(text: str, place: Place = NOWHERE) -> tuple[Piece, ...]:
    """Read a text into what is said as it stands and the variables in between.

    `$$` is a dollar, and so is a `$` that no name follows. Variables get the place of the text.
    raises ScriptError: a variable in it is not written right.
    """
    pieces: list[Piece] = []
    plain: list[str] = []
    at = 0
    while match := _DOLLAR.match(text, at):
        if match.group() != "$" or not starts_variable(text, at):
            plain.append("$" if match.group() == "$$" else match.group())
            at = match.end()
            continue
        if plain:
            pieces.append("".join(plain))
            plain.clear()
        variable, at = _read(text, at, place)
        pieces.append(variable)
    return (*pieces, "".join(plain)) if plain else tuple(pieces)


def format_pieces(text: str) -> tuple[Piece, ...]:
    """Split a text into its plain parts and its variables; one in which a variable is misspelled is all plain."""
    try:
        return parse_format(text)
    except ScriptError:
        return (text,)


def parse_variable(text: str, place: Place = NOWHERE) -> Variable:
    """Read a text that is one variable and nothing else, as `$avp(x)` in quotes.

    raises ScriptError.
    """
    if not text.startswith("$") or not starts_variable(text, 0):
        raise ScriptError(place, f"{text!r} is no variable", "a variable such as $var(x)")
    variable, end = _read(text, 0, place)
    if end < len(text):
        raise ScriptError(place, f"{text[end:]!r} follows the variable", "nothing behind it")
    return variable


def _read(text: str, at: int, place: Place) -> tuple[Variable, int]:
    try:
        return read_variable(text, at, place)
    except SpellingError as error:
        raise ScriptError(place, f"in {text!r}: {error.what}", error.expected) from error
