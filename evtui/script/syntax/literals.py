"""Read and write strings and numbers as scripts spell them, docs/opensips-behaviour.md 5.1.

These backslashes are escapes: before one of `n r a t \\ "`, before a newline, before `x` with one or two hex digits,
and before two or three octal digits. Any other backslash stays, so that regular expressions need no second one.
"""

import re
from typing import Final

MAX_NUMBER: Final = 2**63
_DIGITS: Final = 24
"""An upper bound for the digits of a number that fits in 64 bits, in any base."""

TRUTH_WORDS: Final = {
    **dict.fromkeys(("yes", "on", "true", "enable"), 1), **dict.fromkeys(("no", "off", "false", "disable"), 0),
}  # fmt: skip
"""Words that stand for 1 or 0."""

_ESCAPED: Final = {"n": "\n", "r": "\r", "a": "\a", "t": "\t", "\\": "\\", '"': '"'}
_ESCAPE = re.compile(r'\\(?:([nrat\\"])|(\r?\n)|x([0-9A-Fa-f]{1,2})|([0-7]{2,3}))')
_UNSAFE = re.compile(r'[\\"\n\r\a\t\udc80-\udcff]')
_ESCAPES: Final = {"\n": r"\n", "\r": r"\r", "\a": r"\a", "\t": r"\t", "\\": r"\\", '"': r"\""}


def unescape(body: str) -> str:
    """Replace the escapes of a double-quoted string.

    Bytes that are written as numbers become characters where they are UTF-8.
    """
    if "\\" not in body:
        return body
    text = _ESCAPE.sub(_escape_value, body)
    return _join_bytes(text) if any("\udc80" <= character <= "\udcff" for character in text) else text


def unquoted(text: str) -> str:
    """Return the value of a string with its quotes: one in double quotes is unescaped."""
    return text[1:-1] if text.startswith("'") else unescape(text[1:-1])


def escape(value: str) -> str:
    """Write a value as a double-quoted string; the opposite of `unescape`."""
    return '"' + _UNSAFE.sub(_escape_of, value) + '"'


def parse_number(text: str) -> int | None:
    """Return the value of `10`, `0x10` or `020` (which is 16); None when it does not fit in 64 bits."""
    if len(text) > _DIGITS:
        return None
    if text[:2] in {"0x", "0X"}:
        value = int(text, 16)
    elif text.startswith("0") and not set(text) & {"8", "9"}:
        value = int(text, 8)
    else:
        value = int(text)
    return value if value <= MAX_NUMBER else None


def _escape_value(match: re.Match[str]) -> str:
    plain, newline, hexadecimal, octal = match.groups()
    if plain:
        return _ESCAPED[plain]
    if newline:
        return ""
    code = (int(hexadecimal, 16) if hexadecimal else int(octal, 8)) & 0xFF
    return chr(code) if code < 0x80 else chr(0xDC00 + code)


def _join_bytes(text: str) -> str:
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate of the text itself, which is not a byte
        return text


def _escape_of(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\x{ord(character) - 0xDC00:02x}"
