"""Read JSON as the parser of OpenSIPS does: it is written in C, so numbers are those of `strtod`, and NUL ends a text.

JSON itself is read as by everyone. What only this parser takes is read in a second attempt: `007`, `1.`, `-.5`, `0x10`.
"""

import re
from typing import Final

from evtui.codecs.jsonvalue import Json, scan
from evtui.core.errors import BadMessageError

MAX_REWRITTEN: Final = 1 << 16
"""Characters of the longest text whose numbers are read as in C; a longer one is JSON or is refused."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_STRING = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+\\?(?:"|\Z))', re.DOTALL)
"""A string; one that does not end goes to the end of the text, so that no part of it is read twice."""
_C_NUMBER = re.compile(
    r"""(?<![\w.])(-?)(?:
        0[xX]([0-9a-fA-F]{1,16})
        | 0*([0-9]+)(\.[0-9]*)?([eE][+-]?[0-9]+)?
        | (?<=-)(\.[0-9]+)([eE][+-]?[0-9]+)?
    )""",
    re.VERBOSE,
)
"""Sign and hexadecimal digits; whole part, fraction and exponent; or fraction and exponent."""


def scan_c_json(text: str) -> Json:
    """Read the JSON value at the beginning of a text; what stands behind it is ignored.

    raises BadMessageError: it does not begin with JSON, or holds half a surrogate pair or `\\u0000`.
    """
    text, _, _ = text.partition("\0")
    _refuse_escapes(text)
    try:
        return scan(text, 0)[0]
    except BadMessageError as error:
        if len(text) > MAX_REWRITTEN or (rewritten := _rewrite_numbers(text)) == text:
            raise
        try:
            return scan(rewritten, 0)[0]
        except BadMessageError:
            raise error from None


def _rewrite_numbers(text: str) -> str:
    pieces = _STRING.split(text)
    pieces[::2] = [_C_NUMBER.sub(_to_json, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _to_json(number: re.Match[str]) -> str:
    sign, digits, whole, fraction, exponent, bare_fraction, bare_exponent = number.groups()
    if digits is not None:
        return f"{sign}{int(digits, 16)}"
    if bare_fraction is not None:
        return f"{sign}0{bare_fraction}{bare_exponent or ''}"
    return f"{sign}{whole}{fraction if fraction and fraction != '.' else ''}{exponent or ''}"


def _refuse_escapes(text: str) -> None:
    """Refuse half a surrogate pair, which is not a character and would come back changed, and NUL, as OpenSIPS does.

    raises BadMessageError.
    """
    if "\\ud" not in text and "\\uD" not in text and "\\u0000" not in text:
        return
    high_end = -1
    for escape in _ESCAPE.finditer(text):
        code = int(escape[1], 16) if escape[1] else -1
        if code == 0:
            raise BadMessageError(f"column {escape.start() + 1}: the character NUL")
        follows_high = high_end == escape.start()
        is_low = 0xDC00 <= code <= 0xDFFF
        if is_low != follows_high:
            raise BadMessageError(f"column {escape.start() + 1}: half a surrogate pair")
        high_end = escape.end() if 0xD800 <= code <= 0xDBFF else -1
    if high_end >= 0:
        raise BadMessageError("half a surrogate pair")
