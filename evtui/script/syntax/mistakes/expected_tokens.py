"""Describe the tokens that the parser accepts at a place, for error messages."""

from collections.abc import Iterable
from typing import Final

_OPERATORS: Final = frozenset(
    {"AND", "OR", "COMPARE", "PLUS", "MINUS", "PRODUCT", "SHIFT", "PIPE", "CARET", "AMPERSAND"}
)
_LOGICAL: Final = frozenset({"AND", "OR"})
_VALUES: Final = frozenset({"NUMBER", "STRING", "NULL", "VARIABLE", "NAME", "LPAR"})
_STATEMENTS: Final = frozenset({"IF", "WHILE", "RETURN", "VARIABLE", "NAME"})
_ALL_STATEMENTS: Final = frozenset(
    {"IF", "WHILE", "FOR", "SWITCH", "RETURN", "EXIT", "DROP", "BREAK", "ASYNC", "LAUNCH", "VARIABLE", "NAME",
     "SEMICOLON", "LBRACE", "INCLUDE"}
)  # fmt: skip
_ITEMS: Final = frozenset({"GLOBAL", "LOADMODULE", "MODPARAM", "MPATH", "INCLUDE", "ROUTE_KIND", "SEMICOLON"})

_TOKEN_GROUPS: Final = (
    (_ITEMS, _ITEMS | {"SECTION"}, "a setting such as log_level=3, loadmodule, modparam or a route"),
    (_STATEMENTS, _ALL_STATEMENTS, "a statement"),
    (_VALUES, _VALUES | {"WORD", "PLUS", "MINUS", "TILDE", "NOT", "LSQB"}, "a value"),
    (frozenset({"COMPARE", "PLUS"}), _OPERATORS, "an operator"),
    (frozenset({"AND", "PLUS"}), _OPERATORS, "an operator"),
    (_LOGICAL, _LOGICAL, "'and', 'or'"),
)
"""Groups of tokens with one description: the tokens that must be accepted, all it covers, and the text."""

_TOKEN_TEXTS: Final = {
    "LPAR": "'('", "RPAR": "')'", "LSQB": "'['", "RSQB": "']'", "LBRACE": "'{'", "RBRACE": "'}'", "SEMICOLON": "';'",
    "COMMA": "','", "COLON": "':'", "EQUAL": "'='", "ASSIGN": "an assignment such as ':='",
    "$END": "the end of the file",
    "NAME": "a name", "WORD": "a word", "NUMBER": "a number", "STRING": "a string", "VARIABLE": "a variable",
    "ROUTE_KIND": "a route", "NULL": "NULL", "NOT": "'not'", "MINUS": "'-'", "TILDE": "'~'", "IN": "'in'",
    "PLUS": "'+'", "PRODUCT": "'*'", "SHIFT": "'<<'", "PIPE": "'|'", "CARET": "'^'", "AMPERSAND": "'&'",
    "COMPARE": "a comparison", "AND": "'and'", "OR": "'or'", "GLOBAL": "a setting", "SECTION": "a section",
    "INCLUDE": "an include_file",
    "ASYNC": "'async'",
}  # fmt: skip
_FIRST: Final = ("SEMICOLON", "RPAR", "RBRACE", "LBRACE", "COMMA", "EQUAL", "COLON", "RSQB", "LPAR", "LSQB")


def describe_tokens(accepted: Iterable[str]) -> str:
    """Describe the accepted tokens: known groups by one text each, up to five others one by one."""
    remaining = set(accepted)
    described: list[str] = []
    for required, covered, words in _TOKEN_GROUPS:
        if required <= remaining:
            remaining -= covered
            described.append(words)
    if len(remaining) > 1 or described:
        remaining.discard("$END")
    if "a statement" in described:
        remaining -= {"ELSE", "MINUS"}
    others = [_TOKEN_TEXTS.get(name) or f"'{name.lower()}'" for name in sorted(remaining, key=_order)]
    return _join([*others[:5], *described])


def _order(name: str) -> tuple[int, str]:
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)


def _join(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
