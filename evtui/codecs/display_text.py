"""Make text from outside safe to show: control sequences and invisible characters become readable text.

This is only for text on a screen. Exports, JSON and the wire keep the original.
"""

import re
import unicodedata

SHOWN_LIMIT = 4096
"""The longest text that is shown when the caller gives no limit, in characters."""

LINES_LIMIT = 65_536
"""The longest text of several lines that is shown when the caller gives no limit, in characters."""

UNTOLD = "\N{EN DASH}"
"""Stands for a figure that a server does not tell. A zero would be untrue."""

MAX_MARKS = 3
"""Combining marks kept in a run; more of them would be drawn over the neighbouring lines."""

_CATEGORIES_NAMED = frozenset({"Cf", "Cs", "Zl", "Zp", "Co", "Cn"})
# Characters that are drawn as nothing, though they are not in the category of format characters.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
# Variation selectors and skin tones: they change how the character before them looks, and in some terminals also how
# many cells it takes, in others not. What stands to the right of them would be out of line in one or the other.
_LOOKS = frozenset(
    map(
        chr,
        [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x1F3FB, 0x1F400), 0x180B, 0x180C, 0x180D, 0x180F],
    )
)
_NOT_PRINTABLE_ASCII = re.compile(r"[^ -~]")


def display_safe(text: str, limit: int = SHOWN_LIMIT) -> str:
    """Return the text without characters that a terminal obeys, hides or reorders; one longer than `limit` ends in `…`.

    C0 controls become control pictures, DEL becomes `␡`, C1 controls become `<9B>`. Bidi, zero-width, format and
    unassigned characters, surrogates, variation selectors and skin tones become `<U+XXXX>`: terminals then agree how
    many cells the text takes. Of a run of combining marks the first three stay.
    """
    if len(text) > limit:
        text = text[: max(0, limit - 1)] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _thin_marks(_NOT_PRINTABLE_ASCII.sub(_shown, text))


def typed_safe(text: str) -> str:
    """Do the same with a text that is typed into a field: it is used, so variation selectors and skin tones stay."""
    return _thin_marks(_NOT_PRINTABLE_ASCII.sub(lambda found: found[0] if found[0] in _LOOKS else _shown(found), text))


def display_lines(text: str, limit: int = LINES_LIMIT) -> str:
    """Return a text of several lines in which line ends and tabs stay and all else is made safe to show.

    One longer than `limit` ends in `…`.
    """
    if len(text) > limit:
        text = text[: max(0, limit - 1)] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(part if part in "\n\t" else display_safe(part, len(part)) for part in re.split(r"([\n\t])", text))


def _shown(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code <= 0x9F:
        return f"<{code:02X}>"
    if char in _INVISIBLE or char in _LOOKS or unicodedata.category(char) in _CATEGORIES_NAMED:
        return f"<U+{code:04X}>"
    # A no-break or ideographic space looks like a space and is harmless.
    return char


def _thin_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in {"Mn", "Me", "Mc"} else 0
        if run <= MAX_MARKS:
            kept.append(char)
    # A leading mark would be drawn over the character to the left of the text.
    return "◌" + "".join(kept) if kept and unicodedata.category(kept[0]) in {"Mn", "Me"} else "".join(kept)
