"""Parse texts that contain variables, such as those of xlog: `"from $fu, $$5"`."""

import re
from typing import Final, TypeAlias

from evtui.script.syntax.expressions import NOWHERE, Place, Variable
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.variable_syntax import SpellingError, read_variable, starts_variable

Piece: TypeAlias = str | Variable

_DOLLAR: Final = re.compile(r"[^$]++|\$\$|\$")


def parse_format(text: str, place: Place = NOWHERE) -> tuple[Piece, ...]:
    """Split a text into plain parts and variables.

    `$$` is a dollar, and so is a `$` without a name behind it. All variables get the place of the text. raises
    ScriptError: a variable in the text is misspelled.
    """
    pieces: list[Piece] = []
    plain: list[str] = []
    offset = 0
    while match := _DOLLAR.match(text, offset):
        if match.group() != "$" or not starts_variable(text, offset):
            plain.append("$" if match.group() == "$$" else match.group())
            offset = match.end()
            continue
        if plain:
            pieces.append("".join(plain))
            plain.clear()
        variable, offset = _read(text, offset, place)
        pieces.append(variable)
    return (*pieces, "".join(plain)) if plain else tuple(pieces)


def format_pieces(text: str) -> tuple[Piece, ...]:
    """Split a text as `parse_format` does; return it as one plain part when a variable in it is misspelled."""
    try:
        return parse_format(text)
    except ScriptError:
        return (text,)


def parse_variable(text: str, place: Place = NOWHERE) -> Variable:
    """Parse a text that is exactly one variable, such as `$avp(x)` in quotes.

    raises ScriptError: it is not a variable, or something follows it.
    """
    if not text.startswith("$") or not starts_variable(text, 0):
        raise ScriptError(place, f"{text!r} is not a variable", "a variable such as $var(x)")
    variable, end = _read(text, 0, place)
    if end < len(text):
        raise ScriptError(place, f"{text[end:]!r} follows the variable", "nothing behind it")
    return variable


def _read(text: str, offset: int, place: Place) -> tuple[Variable, int]:
    try:
        return read_variable(text, offset, place, in_text=True)
    except SpellingError as error:
        raise ScriptError(place, f"in {text!r}: {error.what}", error.expected) from error
