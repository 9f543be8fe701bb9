"""Regular expressions as OpenSIPS uses them: POSIX extended, searched, with `^` and `$` only at the ends of the text.

Patterns are translated for the `regex` library because it can time out: a pattern that backtracks for ever would block
the engine.
"""

import functools
import re
from typing import TYPE_CHECKING, Final

from evtui.script.runtime.script_values import ScriptFault, to_bytes

if TYPE_CHECKING:
    import regex

TIMEOUT: Final = 0.1
"""Seconds that one match may take."""
MAX_PATTERN: Final = 4096
MAX_REPEAT: Final = 1000

_BOUNDS = re.compile(r"\{(?:(\d+)(,(\d*))?|,(\d*))\}")
_CLASS = re.compile(r"\[([:.=])(.*?)\1\]", re.DOTALL)
_CLASSES = frozenset(
    ("alpha", "digit", "alnum", "upper", "lower", "space", "blank", "punct", "print", "graph", "cntrl", "xdigit")
)
_ESCAPES = {"<": r"\m", ">": r"\M", "`": r"\A", "'": r"\Z"} | {
    character: f"\\{character}" for character in "wWsSbB123456789"
}


_SIGNS: Final = {"|": "|", "^": r"\A", "$": r"\Z", ".": "."}
_LINE_SIGNS: Final = {"|": "|", "^": r"(?<![^\n])", "$": r"(?![^\n])", ".": r"[^\n]"}


def search(pattern: str, text: str, *, by_lines: bool = False) -> bool:
    """Return whether a pattern occurs in a text, regardless of case; with `by_lines` within a line of it.

    raises ScriptFault: it is not a pattern, or matching takes too long.
    """
    if not (pattern.isascii() and text.isascii()):  # byte by byte, and only ASCII letters have two cases
        pattern, text = to_bytes(pattern).decode("latin-1"), to_bytes(text).decode("latin-1")
    try:
        compiled = compile_pattern(pattern, ignore_case=True, by_lines=by_lines)
        return compiled.search(text, timeout=TIMEOUT) is not None
    except TimeoutError:
        raise _timed_out(pattern) from None


@functools.lru_cache(maxsize=512)
def compile_pattern(
    pattern: str, *, ignore_case: bool, longest: bool = False, by_lines: bool = False
) -> "regex.Pattern[str]":
    """Translate and compile a pattern. raises ScriptFault: it is none.

    `longest` chooses the longest match, as POSIX does. With `by_lines` no `.` and no `[^…]` matches a line end, and
    `^` and `$` match at the ends of lines too.
    """
    import regex

    if len(pattern) > MAX_PATTERN:
        raise ScriptFault(f"a pattern of {len(pattern)} characters, at most {MAX_PATTERN} are allowed")
    flags = regex.ASCII | regex.DOTALL | (regex.IGNORECASE if ignore_case else 0) | (regex.POSIX if longest else 0)
    try:
        return regex.compile(translate(pattern, ignore_case=ignore_case, by_lines=by_lines), flags)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ScriptFault(f"bad pattern {pattern[:80]!r}: {error}") from error


def translate(pattern: str, *, ignore_case: bool = False, by_lines: bool = False) -> str:
    """Translate a POSIX extended pattern for the `regex` library. raises ScriptFault: it is not a pattern."""
    return _PatternTranslation(pattern, ignore_case=ignore_case, by_lines=by_lines).run()


def _timed_out(pattern: str) -> ScriptFault:
    return ScriptFault(f"pattern {pattern[:80]!r} takes more than {TIMEOUT} s to match")


class _PatternTranslation:
    """Translates one pattern.

    `atom` is the index in `out` where begins what a following `*` repeats; None when there is nothing to repeat.
    """

    def __init__(self, pattern: str, *, ignore_case: bool = False, by_lines: bool = False) -> None:
        self.pattern = pattern
        self.ignore_case = ignore_case
        self.signs = _LINE_SIGNS if by_lines else _SIGNS
        self.by_lines = by_lines
        self.at = 0
        self.out: list[str] = []
        self.atom: int | None = None
        self.repeated = False
        self.groups: list[int] = []

    def run(self) -> str:
        while self.at < len(self.pattern):
            self._step(self.pattern[self.at])
        return "".join(self.out)

    def _step(self, character: str) -> None:
        if character == "[":
            self._put(self._bracket())
        elif character == "\\":
            self._escape()
        elif character in "*+?{":
            self._repeat(character)
        elif character == "(":
            self.groups.append(len(self.out))
            self._mark("(")
        elif character == ")" and self.groups:
            start = self.groups.pop()
            self._mark(")")
            self.atom = start
        elif character in "|^$":
            self._mark(self.signs[character])
        else:
            self._put(self.signs["."] if character == "." else re.escape(character))
            self.at += 1

    def _put(self, atom: str) -> None:
        self.atom, self.repeated = len(self.out), False
        self.out.append(atom)

    def _mark(self, sign: str) -> None:
        self.atom, self.repeated = None, False
        self.out.append(sign)
        self.at += 1

    def _escape(self) -> None:
        character = self.pattern[self.at + 1 : self.at + 2]
        if not character:
            raise ScriptFault("bad pattern: it ends with a backslash")
        self._put(_ESCAPES.get(character) or re.escape(character))
        self.at += 2

    def _repeat(self, character: str) -> None:
        if self.atom is None:
            raise ScriptFault(f"bad pattern {self.pattern[:80]!r}: nothing before {character} to repeat")
        if self.repeated:
            self.out[self.atom :] = ["(?:" + "".join(self.out[self.atom :]) + ")"]
        self.repeated = True
        self.out.append(self._bounds() if character == "{" else character)
        self.at += 1

    def _bounds(self) -> str:
        found = _BOUNDS.match(self.pattern, self.at)
        if found is None:
            raise ScriptFault(f"bad pattern {self.pattern[:80]!r}: a {{ without a number of repetitions and a }}")
        least, comma, most, only = found[1] or "0", found[2], found[3], found[4]
        most = only or most
        if max(int(least[:9]), int((most or "0")[:9])) > MAX_REPEAT:
            raise ScriptFault(f"bad pattern: more than {MAX_REPEAT} repetitions")
        self.at = found.end() - 1
        return f"{{{least}}}" if comma is None and only is None else f"{{{least},{most or ''}}}"

    def _bracket(self) -> str:
        at, out = self.at + 1, ["["]
        if self.pattern[at : at + 1] == "^":
            out.append("^")
            at += 1
        first = at
        while at < len(self.pattern) and (self.pattern[at] != "]" or at == first):
            piece, at = self._member(at, first)
            out.append(piece)
        if at >= len(self.pattern):
            raise ScriptFault(f"bad pattern {self.pattern[:80]!r}: [ without ]")
        self.at = at + 1
        if self.by_lines and out[:2] == ["[", "^"]:
            out.append("\\n")
        return "".join(out) + "]"

    def _member(self, at: int, first: int) -> tuple[str, int]:
        found = _CLASS.match(self.pattern, at)
        if found and found[1] == ":":
            if found[2] not in _CLASSES:
                raise ScriptFault(f"bad pattern: no class {found[0]}")
            either = self.ignore_case and found[2] in {"upper", "lower"}  # the library does not fold these classes
            return "[:alpha:]" if either else found[0], found.end()
        if found:
            return re.escape(found[2]), found.end()
        character = self.pattern[at]
        if character == "-" and at != first and self.pattern[at + 1 : at + 2] not in {"]", ""}:
            return "-", at + 1
        return re.escape(character), at + 1
