"""Split a text into tokens. A token's type depends on its place: values of settings are words, blocks hold code.

Comments are `#…` to the end of the line and `/* … */`, which nest. `//` begins no comment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from evtui.script.syntax.expressions import Variable
from evtui.script.syntax.literals import escape, unquoted
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.source import ScriptSource
from evtui.script.syntax.tree import Remark
from evtui.script.syntax.variable_syntax import SpellingError, read_variable, starts_variable


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A token: its type in the grammar, its text, and the offset where it starts."""

    type: str
    text: str
    offset: int
    variable: Variable | None = field(default=None, compare=False)
    """The variable that the text is, which is read to find its end."""


ROUTE_KINDS: Final = (
    "branch_route", "failure_route", "onreply_route", "error_route", "local_route", "startup_route", "timer_route",
    "event_route", "route",
)  # fmt: skip
INCLUDES: Final = ("include_file", "import_file")
_ITEM_WORDS: Final = {
    "loadmodule": "LOADMODULE", "modparam": "MODPARAM", "mpath": "MPATH", **dict.fromkeys(INCLUDES, "INCLUDE"),
    "tls_server_domain": "SECTION", "tls_client_domain": "SECTION",
    **dict.fromkeys(ROUTE_KINDS, "ROUTE_KIND"),
}  # fmt: skip
KEYWORDS: Final = {
    word: word.upper()
    for word in ("if", "else", "while", "for", "in", "switch", "case", "default", "break", "return", "exit", "drop",
                 "async", "launch")
}  # fmt: skip
OPERATOR_WORDS: Final = {"and": "AND", "or": "OR", "not": "NOT", "null": "NULL", "NULL": "NULL"}
_SYMBOLS: Final = {
    "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", "{": "LBRACE", "}": "RBRACE", ";": "SEMICOLON", ",": "COMMA",
    ":": "COLON", "=": "EQUAL", "&&": "AND", "||": "OR", "!": "NOT", "+": "PLUS", ".": "PLUS", "-": "MINUS",
    "*": "PRODUCT", "/": "PRODUCT", "%": "PRODUCT", "<<": "SHIFT", ">>": "SHIFT", "|": "PIPE", "^": "CARET",
    "&": "AMPERSAND", "~": "TILDE",
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">=", "=~", "!~"), "COMPARE"),
    **dict.fromkeys((":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="), "ASSIGN"),
}  # fmt: skip
_FOLDING: Final = frozenset({"xlog", "xdbg", "modparam"})
"""Calls in which strings side by side are one string."""
_QUOTES: Final = "\u201c\u201d\u201e\u2018\u2019"
"""Quotes of word processors, which begin no string."""
_MOST_SKIPPED: Final = 1_000
"""Remarks about skipped characters that are kept."""
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}

_COMMON_TOKENS: Final = r"""
    (?P<blank>[ \t\r\n\f\v]++)
  | (?P<comment>\#[^\n]*+)
  | (?P<opening>/\*)
  | (?P<STRING>"(?:[^"\\]++|\\.)*+"|'[^']*+')
  | (?P<unclosed>["'])
"""
_IP: Final = r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,3}(?:\.\d{1,3}){0,3})?(?::\d+)?"
_GROUPS: Final = r"[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})"
_BARE_IP6: Final = rf"(?:{_GROUPS}{{7}}|(?:{_GROUPS}{{0,6}})?::(?:{_GROUPS}{{0,6}}(?:(?:\.\d{{1,3}}){{3}})?)?)"
_MASK6: Final = rf"(?:/(?:{_BARE_IP6}|\d{{1,3}}))?"
_IP6: Final = rf"\[(?:[0-9A-Fa-f]*:){{2,7}}[0-9A-Fa-f.]*\]{_MASK6}(?::\d+)?|{_BARE_IP6}{_MASK6}"
_SOCKET: Final = (
    r"(?:udp|tcp|tls|sctp|wss?|hep_udp|hep_tcp|bin|any):(?:\[[0-9A-Fa-f:.]*\]|[\w.*-]+)(?::(?:\d+|\*))?"
    r"|uri:(?:host|port)|msg:len"
)
_CODE_TOKEN = re.compile(
    rf"""{_COMMON_TOKENS}
  | (?P<VARIABLE>\$)
  | (?P<WORD>{_IP}|{_IP6}|{_SOCKET})
  | (?P<GLOBAL>(?:mem-group|[A-Za-z_]\w*+)(?=[ \t\r\n]*+=(?![=~])))
  | (?P<NAME>[A-Za-z_]\w*+)
  | (?P<NUMBER>0[xX][0-9A-Fa-f]++|\d++)
  | (?P<symbol>&&|\|\||<<|>>|[=!]~|[=!<>:+*/%&|^-]=|[][(){{}};,:=!+.*/%<>|^&~-])
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_VALUE_TOKEN = re.compile(
    rf"""{_COMMON_TOKENS}
  | (?P<GLOBAL>(?:mem-group|[A-Za-z_]\w*+)(?=[ \t\r\n]*+=))
  | (?P<symbol>[;=])
  | (?P<WORD>\{{[^{{}}]*+\}}|(?:[^\s"'#;=/{{}}]|/(?![*/]))(?:[^\s"'#;/{{}}]|/(?![*/]))*+)
    """,
    re.VERBOSE | re.ASCII,
)
_NUMBER = re.compile(r"-?0[xX][0-9A-Fa-f]+|-?\d+", re.ASCII)
_BRACKET = re.compile(r"[(\[]")
_COMMENT_MARK = re.compile(r"/\*|\*/")
_BLOCK_AHEAD = re.compile(r"\s*[\[{]", re.ASCII)
_DOLLAR_AHEAD = re.compile(r"\s*\$", re.ASCII)
_COLON_AHEAD = re.compile(r"\s*:", re.ASCII)
_QUOTE_AHEAD = re.compile(r"\s*[\"']", re.ASCII)


@dataclass(slots=True)
class Lexer:
    """Read the tokens of one file; `open` holds the brackets that are open at the current offset."""

    source: ScriptSource
    inside: bool = False
    """Whether the file is included within a block."""
    open: list[Lexeme] = field(default_factory=list[Lexeme])
    skipped: list[Remark] = field(default_factory=list[Remark])
    """Remarks about characters that mean nothing: OpenSIPS skips them, and so does evtui."""
    _offset: int = 0
    _braces: int = 0
    _in_setting: bool = False
    _previous_type: str = ""
    _previous_text: str = ""
    _folding: int = 0
    """How many brackets are open within a call whose strings side by side are one; 0 outside such a call."""

    def tokens(self) -> Iterator[Lexeme]:
        """Yield the tokens in order; strings side by side in xlog, xdbg and modparam are one token.

        raises ScriptError: a bracket cannot stand here, or a string, comment or variable is not closed.
        """
        string: Lexeme | None = None
        for token in self._single_tokens():
            if self._folding and token.type == "STRING":
                joined = token.text if string is None else escape(unquoted(string.text) + unquoted(token.text))
                string = Lexeme("STRING", joined, token.offset if string is None else string.offset)
                continue
            if string is not None:
                yield string
                string = None
            yield token
        if string is not None:
            yield string

    def _single_tokens(self) -> Iterator[Lexeme]:
        text = self.source.text
        self._braces = int(self.inside)
        while self._offset < len(text):
            pattern = _VALUE_TOKEN if self._in_setting else _CODE_TOKEN
            match = pattern.match(text, self._offset)
            if match is None or match.lastgroup is None:
                self._skip_character()
                continue
            start = self._offset
            self._offset = match.end()
            token = self._token(match.lastgroup, match.group(), start)
            if token is not None:
                self._previous_type, self._previous_text = token.type, token.text
                yield token

    def _token(self, group: str, text: str, start: int) -> Lexeme | None:
        match group:
            case "blank" | "comment":
                return None
            case "opening":
                self._skip_comment(start)
                return None
            case "unclosed":
                raise self.source.error(start, "this string is not closed", f"{text} at its end")
            case _:
                return self._significant(group, text, start)

    def _significant(self, group: str, text: str, start: int) -> Lexeme:
        match group:
            case "VARIABLE":
                return self._variable(start)
            case "symbol":
                return self._symbol(text, start)
            case "GLOBAL":
                return self._global(text, start)
            case "NAME":
                return Lexeme(self._name_type(text), text, start)
            case "WORD" if self._in_setting:
                return self._value(text, start)
            case _:
                return Lexeme(group, text, start)

    def _skip_comment(self, start: int) -> None:
        depth = 1
        for mark in _COMMENT_MARK.finditer(self.source.text, self._offset):
            depth += 1 if mark.group() == "/*" else -1
            if depth == 0:
                self._offset = mark.end()
                return
        raise self.source.error(start, "this comment is not closed", "'*/' (comments nest: one for each '/*')")

    def _variable(self, start: int) -> Lexeme:
        text = self.source.text
        if not starts_variable(text, start):
            raise self.source.error(start, "a '$' without a name", "a variable such as $var(x) or $(ru{uri.user})")
        try:
            variable, self._offset = read_variable(text, start, self.source.place(start))
        except SpellingError as error:
            raise self.source.error(error.offset, error.what, error.expected) from error
        return Lexeme("VARIABLE", text[start : self._offset], start, variable)

    def _symbol(self, text: str, start: int) -> Lexeme:
        if text == "/" and self.source.text.startswith("//", start):
            raise self._no_line_comment(start)
        token = Lexeme(_SYMBOLS[text], text, start)
        if text == ";":
            self._in_setting = False
        if text in "([{":
            self._open_bracket(token)
        elif text in _CLOSING and self.open and self.open[-1].text == _CLOSING[text]:
            self.open.pop()
            if len(self.open) < self._folding:
                self._folding = 0
        if text == "{":
            self._braces += 1
        elif text == "}" and self._braces > self.inside:
            self._braces -= 1
            if not self._braces:
                self.open.clear()
        if text == "=" and self._previous_type == "GLOBAL":
            self._in_setting = True
        return token

    def _open_bracket(self, token: Lexeme) -> None:
        self.open.append(token)
        if token.text == "(" and self._previous_text in _FOLDING:
            self._folding = len(self.open)

    def _global(self, text: str, start: int) -> Lexeme:
        """Return the token of a name before `=`: a setting outside blocks and brackets, else an ordinary name."""
        if self._braces or self.open:
            return Lexeme(self._name_type(text), text, start)
        self._in_setting = False
        return Lexeme(_ITEM_WORDS.get(text, "GLOBAL"), text, start)

    def _name_type(self, name: str) -> str:
        if not self._braces:
            return "NAME" if self.open else _ITEM_WORDS.get(name, "NAME")
        if name in OPERATOR_WORDS:
            return OPERATOR_WORDS[name]
        if name in KEYWORDS and self._is_keyword_here(name):
            return KEYWORDS[name]
        if name in INCLUDES and _QUOTE_AHEAD.match(self.source.text, self._offset):
            return "INCLUDE"
        # A route within a block means that the block before it was not closed; `route(NAME)` is a call.
        if (
            name in _ITEM_WORDS
            and _ITEM_WORDS[name] == "ROUTE_KIND"
            and _BLOCK_AHEAD.match(self.source.text, self._offset)
        ):
            return "ROUTE_KIND"
        return "NAME"

    def _is_keyword_here(self, word: str) -> bool:
        """Return whether a keyword stands where it is a keyword, and is not the name of a route or a flag."""
        if word == "in":
            return self._previous_type == "VARIABLE" and _DOLLAR_AHEAD.match(self.source.text, self._offset) is not None
        if word == "default":
            return _COLON_AHEAD.match(self.source.text, self._offset) is not None
        return not self.open or self.open[-1].text == "{"

    def _value(self, text: str, start: int) -> Lexeme:
        """Return the token of a word among a setting's values; a word that starts the next item ends the values."""
        name = _BRACKET.split(text, maxsplit=1)[0]
        if name in _ITEM_WORDS:
            self._in_setting = False
            self._offset = start + len(name)
            return Lexeme(_ITEM_WORDS[name], name, start)
        return Lexeme("NUMBER" if _NUMBER.fullmatch(text) else "WORD", text, start)

    def _skip_character(self) -> None:
        """Skip a character that means nothing. raises ScriptError: it is a bracket, or begins a comment with `//`."""
        text, at = self.source.text, self._offset
        if text.startswith("//", at):
            raise self._no_line_comment(at)
        character = text[at]
        if character in "{}":
            raise self.source.error(at, f"a {character!r} that belongs to no block")
        self._offset += 1
        if len(self.skipped) < _MOST_SKIPPED:
            shown = f"the byte 0x{ord(character) & 0xFF:02X}" if "\udc80" <= character <= "\udcff" else repr(character)
            hint = "write '\"' around a string" if character in _QUOTES else "remove it"
            what = f"{shown} means nothing here and is skipped, as OpenSIPS does: {hint}"
            self.skipped.append(Remark(self.source.place(at), "skipped-character", what))

    def _no_line_comment(self, start: int) -> ScriptError:
        return self.source.error(start, "'//' does not begin a comment", "'#' before a comment, or '/* … */' around it")
