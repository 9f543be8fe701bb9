"""The token with which a parse ended, and what the text has before it."""

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from evtui.script.syntax.lexer import Lexeme
from evtui.script.syntax.source import ScriptSource

_CLOSES: Final = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
_KEPT: Final = 500
"""Tokens before the wrong one that are kept."""
_INDENT: Final = re.compile(r"[ \t]*+")


@dataclass(slots=True)
class WrongToken:
    """A token that cannot stand where it is."""

    source: ScriptSource
    token: Lexeme
    inside: bool
    """Whether the file is included within a block."""
    before: Sequence[Lexeme] = ()
    """The last tokens before it."""
    opened: Sequence[Lexeme] = ()
    """The brackets that are open there, the outermost first."""
    ended: Lexeme | None = None
    """The `}` that closed the last block outside of all others."""
    unlike: tuple[Lexeme, Lexeme] | None = None
    """The first pair of `{` and `}` in which the `}` stands further left than the line of its `{`."""
    accepted: frozenset[str] = field(default=frozenset())
    """The types of the tokens that can stand there."""

    @property
    def text(self) -> str:
        """The text of the token."""
        return self.token.text

    @property
    def outside(self) -> bool:
        """Whether it stands outside of all blocks."""
        return not self.inside and not any(bracket.type == "LBRACE" for bracket in self.opened)

    def previous(self, back: int = 1) -> Lexeme:
        """Return the token `back` places before it; one without type and text when there is none."""
        return self.before[-back] if back <= len(self.before) else Lexeme("", "", 0)

    def follows(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Match a pattern behind the token."""
        return pattern.match(self.source.text, self.token.offset + len(self.token.text))

    def at(self, token: Lexeme) -> str:
        """Return the place of a token as `line:column`."""
        place = self.source.place(token.offset)
        return f"{place.line}:{place.column}"

    def line(self, token: Lexeme) -> int:
        """Return the line in which a token ends."""
        return self.source.place(token.offset + max(0, len(token.text) - 1)).line

    def begins_line(self) -> bool:
        """Return whether the token stands on a later line than the token before it."""
        return bool(self.before) and self.line(self.before[-1]) < self.source.place(self.token.offset).line

    def called(self) -> str:
        """Return the name before the innermost open `(`, or before the `(` that the last token closes."""
        depth = 0
        for place in range(len(self.before) - 1, 0, -1):
            kind = self.before[place].type
            if kind == "RPAR":
                depth += 1
            elif kind == "LPAR":
                depth -= 1
                if depth < 0 or (depth == 0 and self.before[-1].type == "RPAR"):
                    return self.before[place - 1].text
            elif kind in {"SEMICOLON", "LBRACE", "RBRACE"}:
                return ""
        return ""


def read_until(wrong: WrongToken, tokens: Iterable[Lexeme]) -> Iterable[Lexeme]:
    """Yield the tokens before the wrong one; then it knows what stands before it."""
    before: deque[Lexeme] = deque(maxlen=_KEPT)
    opened: list[Lexeme] = []
    for token in tokens:
        if token.offset >= wrong.token.offset:
            break
        if token.type in _CLOSES.values():
            opened.append(token)
        elif token.type in _CLOSES and opened and opened[-1].type == _CLOSES[token.type]:
            opener = opened.pop()
            if token.type == "RBRACE":
                wrong.ended = wrong.ended if opened else token
                if wrong.unlike is None and _stands_left(wrong.source, opener, token):
                    wrong.unlike = opener, token
        yield token
        before.append(token)
    wrong.before, wrong.opened = tuple(before), opened


def _stands_left(source: ScriptSource, opener: Lexeme, closer: Lexeme) -> bool:
    """Return whether a `}` begins its line further left than the line with its `{` begins."""
    text = source.text
    start = text.rfind("\n", 0, closer.offset) + 1
    if text[start : closer.offset].strip():
        return False
    line_start = text.rfind("\n", 0, opener.offset) + 1
    indent = _INDENT.match(text, line_start)
    wanted = indent.group() if indent is not None else ""
    given = text[start : closer.offset]
    return wanted != given and wanted.startswith(given)
