"""Print text that may hold bytes which are not UTF-8, such as a path, so that every client can decode and repeat it.

A byte that is not UTF-8 is printed as `\\xff`. A backslash that would be read as such an escape is printed as `\\x5c`.
All other text is printed as it is.
"""

import re
from typing import Final

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LOOKS_ESCAPED: Final = re.compile(r"\\(?=x(?:5c|[89a-f][0-9a-f]))")
_ESCAPED: Final = re.compile(r"\\x(5c|[89a-f][0-9a-f])")
_FIRST_BYTE: Final = 0xDC00
"""The surrogate of byte 0 (PEP 383); only bytes from 0x80 on have one."""


def escape_bytes(text: str) -> str:
    """Print a text; `unescape_bytes` returns it."""
    if "\\x" in text:
        text = _LOOKS_ESCAPED.sub(r"\\x5c", text)
    return text if text.isascii() else escape_surrogates(text)


def unescape_bytes(text: str) -> str:
    """Read a text that `escape_bytes` printed."""
    if "\\x" not in text:
        return text
    raw = _ESCAPED.sub(_unescape, text).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "surrogateescape")


def escape_surrogates(text: str, backslash: str = "\\") -> str:
    """Write each byte that is not UTF-8 as `\\xff`, where a backslash is written so."""
    return _SURROGATE.sub(lambda found: _escape(ord(found[0]), backslash), text)


def _escape(code: int, backslash: str) -> str:
    byte = code - _FIRST_BYTE
    return f"{backslash}x{byte:02x}" if 0x80 <= byte <= 0xFF else "\ufffd"


def _unescape(found: re.Match[str]) -> str:
    byte = int(found[1], 16)
    return chr(byte if byte < 0x80 else _FIRST_BYTE + byte)
