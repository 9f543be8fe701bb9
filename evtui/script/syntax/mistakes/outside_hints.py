"""Explain an unexpected token outside of all routes, or in the brackets of a module parameter."""

import difflib
import re
from typing import Final

from evtui.script.syntax.lexer import INCLUDES, KEYWORDS, ROUTE_KINDS
from evtui.script.syntax.mistakes.wrong_token import WrongToken

_ITEM_NAMES: Final = (*ROUTE_KINDS, *INCLUDES, "loadmodule", "modparam", "mpath")
_OTHER_NAMES: Final = {"include": "include_file", "import": "import_file", "module": "loadmodule"}
_CALL: Final = re.compile(r"\s*\(")
_VALUE_BEHIND: Final = re.compile(r"[ \t]*[:\w\"']")
_ALIKE: Final = 0.75
"""The least similarity, from 0 to 1, of a word that is suggested."""


def explain_outside(wrong: WrongToken) -> tuple[str, str | None] | None:
    """Return what is wrong with a token outside of all routes, and what would be right; None when nothing is known."""
    if not wrong.outside or wrong.token.type == "$END":
        return None
    if wrong.accepted == frozenset({"STRING"}):
        return f"unexpected '{wrong.text}'", _string(wrong)
    if wrong.token.type == "RBRACE" and "ROUTE_KIND" in wrong.accepted:
        return f"this '}}' closes no block{_after_block(wrong)}", "'{' for it, or no '}'"
    return _wrong_item(wrong) if "ROUTE_KIND" in wrong.accepted else None


def _wrong_item(wrong: WrongToken) -> tuple[str, str | None] | None:
    word, is_name = wrong.text, wrong.token.type == "NAME"
    if is_name and (name := _meant(word)) is not None:
        return f"unexpected '{word}': did you mean {name}?", ""
    if word in KEYWORDS or wrong.token.type == "VARIABLE" or (is_name and wrong.follows(_CALL)):
        return f"'{word[:40]}' stands outside of all routes{_after_block(wrong)}", "a route around it: route { … }"
    if is_name and wrong.follows(_VALUE_BEHIND):
        return f"unexpected '{word}': a setting is written NAME=VALUE", None
    return None


def _string(wrong: WrongToken) -> str:
    if wrong.token.type == "LPAR":
        return f"a string in quotes directly behind {wrong.previous().text}, without brackets"
    return "a string in quotes"


def _meant(word: str) -> str | None:
    """Return the word that is meant."""
    if word in _OTHER_NAMES:
        return _OTHER_NAMES[word]
    close = difflib.get_close_matches(word.lower()[:40], _ITEM_NAMES, 1, _ALIKE)
    return close[0] if close else None


def _after_block(wrong: WrongToken) -> str:
    return "" if wrong.ended is None else f": the '}}' of {wrong.at(wrong.ended)} ended the block before"
