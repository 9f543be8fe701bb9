"""`{re.subst,/pattern/replacement/flags}`: the order and its work."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from evtui.script.runtime.patterns import TIMEOUT, compile_pattern
from evtui.script.runtime.script_values import ScriptFault, Value, check_size, checked_length
from evtui.script.syntax.expressions import Variable
from evtui.script.syntax.variable_syntax import SpellingError, read_variable, starts_variable

if TYPE_CHECKING:
    import regex

ReplacementPiece: TypeAlias = str | int | Variable
"""A part of a replacement: plain text, the number of a group, or a variable."""

_FLAGS: Final = frozenset("igs")
_ESCAPED: Final = re.compile(r"\\(.)|(?P<plain>.)", re.DOTALL)
_BRACES: Final = re.compile(r"\\([{}])")
_UNMARKED: Final = re.compile(r"(?:\\.|[^\\{}])*+[{}]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Substitution:
    """An order that was read. All texts are byte texts."""

    pattern: str
    replacement: tuple[ReplacementPiece, ...]
    flags: str


def checked_order(order: str) -> str:
    """Return an order that stands in the script itself. raises ScriptFault: it has a brace without a backslash."""
    if _UNMARKED.match(order):
        raise ScriptFault(f"re.subst: a brace in {order[:60]!r} ends the order: write \\{{ and \\}}, as in a\\{{2\\}}")
    return order


def parse_substitution(order: str) -> Substitution:
    """Read an order. Any sign may stand in the place of `/`, and `\\/` is a `/`. raises ScriptFault: it is none."""
    delimiter = order[:1]
    parts, current = list[str](), list[str]()
    for found in _ESCAPED.finditer(order, 1):
        if found["plain"] == delimiter:
            parts.append("".join(current))
            current = []
        elif found[1] == delimiter:
            current.append(delimiter)
        else:
            current.append(found[0])
    flags = "".join(current)
    if len(parts) != 2 or not parts[0] or not _FLAGS.issuperset(flags):
        raise ScriptFault(f"re.subst: /pattern/replacement/flags with the flags i, g and s, not {order[:60]!r}")
    return Substitution(_BRACES.sub(r"\1", parts[0]), _replacement(parts[1]), flags)


def _replacement(text: str) -> tuple[ReplacementPiece, ...]:
    """Read a replacement: `\\1` is a group, and `$` begins a variable. raises ScriptFault: a `$` begins none."""
    pieces, at = list[ReplacementPiece](), 0
    while at < len(text):
        sign, following = text[at], text[at + 1 : at + 2]
        if sign == "\\" and following:
            pieces.append(int(following) if "0" <= following <= "9" else _unescaped(following))
            at += 2
        elif text.startswith("$$", at):
            pieces.append("$")
            at += 2
        elif sign == "$":
            variable, at = _variable(text, at)
            pieces.append(variable)
        else:
            pieces.append(sign)
            at += 1
    return tuple(pieces)


def _unescaped(sign: str) -> str:
    return {"n": "\n", "r": "\r", "t": "\t"}.get(sign, sign)


def _variable(text: str, at: int) -> tuple[Variable, int]:
    try:
        if starts_variable(text, at):
            return read_variable(text, at, in_text=True)
    except SpellingError as error:
        raise ScriptFault(f"re.subst: bad variable in the replacement {text[:60]!r}: {error.what}") from None
    raise ScriptFault(f"re.subst: a $ in the replacement {text[:60]!r} begins no variable: write $$")


def compiled_order(order: Substitution) -> "regex.Pattern[str]":
    """Compile the pattern of an order. raises ScriptFault: it is none."""
    flags = order.flags
    return compile_pattern(order.pattern, ignore_case="i" in flags, longest=True, by_lines="s" not in flags)


def substituted(pattern: "regex.Pattern[str]", replacement: Sequence[str | int], text: str, *, every: bool) -> Value:
    """Replace the first match or every one; NULL when a match is empty.

    `replacement` is that of the order, with the values of its variables. raises ScriptFault: matching takes too long,
    or the result is too long.
    """
    pieces, after, size = list[str](), 0, len(text)
    try:
        for match in pattern.finditer(text, timeout=TIMEOUT):
            start, end = match.span()
            if start == end:
                return None
            new = _expanded(match, replacement)
            size += len(new)
            check_size(size)
            pieces += (text[after:start], new)
            after = end
            if not every:
                break
    except TimeoutError:
        raise ScriptFault(f"pattern {pattern.pattern[:80]!r} takes more than {TIMEOUT} s to match") from None
    return checked_length("".join([*pieces, text[after:]]))


def _expanded(match: "regex.Match[str]", replacement: Sequence[str | int]) -> str:
    groups = match.re.groups
    return "".join(
        piece if isinstance(piece, str) else (match[piece] or "") if piece <= groups else "" for piece in replacement
    )
