"""How strings and numbers are written, docs/opensips-behaviour.md 5.1.

A backslash before anything but `n r a t \\ "`, a newline, `x` with one or two hex digits, or two or three octal digits
stays as it is, so that regular expressions need no second one.
"""

import re
from typing import Final

MAX_NUMBER: Final = 2**63
_DIGITS: Final = 24
"""More digits than any number has that fits in 64 bits, in any base."""

TRUTH_WORDS: Final = {
    **dict.fromkeys(("yes", "on", "true", "enable"), 1), **dict.fromkeys(("no", "off", "false", "disable"), 0),
}  # fmt: skip
"""Words that are numbers."""

_ESCAPED: Final = {"n": "\n", "r": "\r", "a": "\a", "t": "\t", "\\": "\\", '"': '"'}
_ESCAPE = re.compile(r'\\(?:([nrat\\"])|(\r?\n)|x([0-9A-Fa-f]{1,2})|([0-7]{2,3}))')
_UNSAFE = re.compile(r'[\\"\n\r\a\t\udc80-\udcff]')
_ESCAPES: Final = {"\n": r"\n", "\r": r"\r", "\a": r"\a", "\t": r"\t", "\\": r"\\", '"': r"\""}


def unescape(body: str) -> str:
    """Read what stands between double quotes; bytes written as numbers join to UTF-8 where they can."""
    if "\\" not in body:
        return body
    text = _ESCAPE.sub(_escape_value, body)
    return _join_bytes(text) if any("\udc80" <= notification <= "\udcff" for notification in text) else text


def escape(value: str) -> str:
    """Write a value with its double quotes; the opposite of `unescape`."""
    return '"' + _UNSAFE.sub(_escape_of, value) + '"'


def parse_number(text: str) -> int | None:
    """Read `10`, `0x10`, `020` (which is 16); None when it does not fit in 64 bits."""
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
    except UnicodeEncodeError:  # a surrogate that stood in the text and is no byte
        return text


def _escape_of(match: re.Match[str]) -> str:
    notification = match.group()
    return _ESCAPES.get(notification) or f"\\x{ord(notification) - 0xDC00:02x}"
