"""Text from outside made fit to be shown: what a terminal would obey or hide becomes something a person can read.

Only what is *shown* goes through here; exports, JSON and the wire keep the original.
"""

import re
import unicodedata

SHOWN_LIMIT = 4096
"""Characters of one text that are looked at when the caller names no limit."""

MAX_MARKS = 3
"""Combining marks in a run that are kept; more would climb over the neighbouring lines."""

_CATEGORIES_NAMED = frozenset({"Cf", "Cs", "Zl", "Zp", "Co", "Cn"})
# Notifications that are drawn as nothing, though Unicode does not call them format characters.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
_SUSPECT = re.compile(r"[^ -~]")


def display_safe(text: str, limit: int = SHOWN_LIMIT) -> str:
    """Return the text without anything a terminal obeys, hides or reorders; a text longer than `limit` ends in `…`.

    C0 controls become control pictures, DEL `␡`, C1 controls `<9B>`; bidi, zero-width, format and unassigned
    characters and surrogates `<U+XXXX>`; of a run of combining marks the first three stay.
    """
    if len(text) > limit:
        text = text[: max(0, limit - 1)] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _thin_marks(_SUSPECT.sub(_shown, text))


def _shown(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code <= 0x9F:
        return f"<{code:02X}>"
    if char in _INVISIBLE or unicodedata.category(char) in _CATEGORIES_NAMED:
        return f"<U+{code:04X}>"
    # A no-break or ideographic space would look like the space it is not equal to, but does no harm.
    return char


def _thin_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in {"Mn", "Me", "Mc"} else 0
        if run <= MAX_MARKS:
            kept.append(char)
    # A mark in first place would sit on whatever the screen shows to its left.
    return "◌" + "".join(kept) if kept and unicodedata.category(kept[0]) in {"Mn", "Me"} else "".join(kept)
