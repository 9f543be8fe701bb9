"""Explain an unexpected token: the mistakes that newcomers make, each with what to write."""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from evtui.script.syntax.lexer import INCLUDES, KEYWORDS, Lexeme
from evtui.script.syntax.mistakes.outside_hints import explain_outside
from evtui.script.syntax.mistakes.wrong_token import WrongToken

Explained: TypeAlias = tuple[str, str | None] | None
"""What is wrong, and what would be right: None for the tokens that are possible there."""

_SHOWN_CHARACTERS: Final = 40
"""Characters of a token that an error message shows."""
_CONFLICT: Final = re.compile(r"<{7}|={7}|>{7}")
_TRANSFORMATION: Final = re.compile(r"\s*[a-z]\w*\.")
_CALLS_A_ROUTE: Final = re.compile(r"\s*\[\s*([\w.-]+|\"[^\"\n]*\")\s*\]\s*;")
_VALUES: Final = frozenset({"NUMBER", "STRING", "VARIABLE", "NAME", "WORD"})
_ENDS_NO_ARGUMENT: Final = frozenset({"SEMICOLON", "LBRACE", "RBRACE", "RSQB", "RPAR", "$END"})
_ELSE_IF: Final = frozenset({"elseif", "elif", "elsif"})
_BRACKETS: Final = {"LPAR": "')'", "LSQB": "']'", "LBRACE": "'}'"}


def explain(wrong: WrongToken) -> tuple[str, str | None]:
    """Return what is wrong, and what would be right; None for that means: any token that is possible there."""
    for rule in _RULES:
        if (found := rule(wrong)) is not None:
            return found
    return unexpected(wrong), None


def unexpected(wrong: WrongToken) -> str:
    """Name the token, with the bracket in which it stands when it cannot be within one."""
    if wrong.token.type == "$END":
        return "the file ends here"
    opener = wrong.opened[-1] if wrong.opened else None
    within = ""
    if opener is not None and opener.type != "LBRACE" and (wrong.token.type in _ENDS_NO_ARGUMENT or _is_late(wrong)):
        within = f" within the '{opener.text}' of {wrong.at(opener)}"
    return f"unexpected {shown(wrong.text)}{within}"


def shown(text: str) -> str:
    """Return a token in quotes, cut when it is long."""
    line = text if text.isprintable() else ascii(text)[1:-1]
    return f"'{line}'" if len(line) <= _SHOWN_CHARACTERS else f"'{line[:_SHOWN_CHARACTERS]}…'"


def _is_late(wrong: WrongToken) -> bool:
    return wrong.begins_line() and wrong.previous().type != "COMMA"


def _conflict(wrong: WrongToken) -> Explained:
    start = wrong.source.text.rfind("\n", 0, wrong.token.offset) + 1
    if found := _CONFLICT.match(wrong.source.text, start):
        return f"a mark of a merge conflict, '{found.group()}'", "the lines of one side, without the marks"
    return None


def _string_over_lines(wrong: WrongToken) -> Explained:
    before = wrong.previous()
    if before.type == "STRING" and "\n" in before.text:
        return f"{unexpected(wrong)} after a string that runs over lines since {wrong.at(before)}", None
    return None


def _unknown_sign(wrong: WrongToken) -> Explained:
    before = wrong.previous()
    gap = wrong.source.text[before.offset + len(before.text) : wrong.token.offset].strip()
    if gap and "#" not in gap and "/*" not in gap and len(gap) < _SHOWN_CHARACTERS and wrong.before:
        return f"unexpected {shown(wrong.text)} after {shown(gap)}, which means nothing in a script", None
    return None


def _route_in_a_block(wrong: WrongToken) -> Explained:
    block = next((bracket for bracket in wrong.opened if bracket.type == "LBRACE"), None)
    if wrong.token.type != "ROUTE_KIND" or block is None:
        return None
    if called := wrong.follows(_CALLS_A_ROUTE):
        return f"a call of a route has round brackets, not {shown('[')}", f"route({called.group(1)});"
    what = f"a {wrong.text} begins inside the block of line {wrong.source.place(block.offset).line}"
    return what, f"'}}' before it, to close the '{{' of {wrong.at(block)}{_perhaps(wrong)}"


def _end_in_a_bracket(wrong: WrongToken) -> Explained:
    if wrong.token.type != "$END" or not wrong.opened:
        return None
    opener = wrong.opened[-1]
    return (
        f"this '{opener.text}' is not closed",
        f"{_BRACKETS[opener.type]} before the end of the file{_perhaps(wrong)}",
    )


def _perhaps(wrong: WrongToken) -> str:
    """Return where a `}` is missing by the indentation of the file."""
    if wrong.unlike is None:
        return ""
    opener, closer = wrong.unlike
    return f" (perhaps that of {wrong.at(opener)}: the '}}' of {wrong.at(closer)} stands further left than its line)"


def _wrong_operator(wrong: WrongToken) -> Explained:
    """Find operators of other languages, which are read as two."""
    token, before = wrong.token, wrong.previous()
    pair = before.text + token.text if before.offset + len(before.text) == token.offset else ""
    if pair == "<>":
        return "unexpected '<>'", "'!='"
    if pair == "===":
        return "unexpected '==='", "'=='"
    two = wrong.source.text[token.offset : token.offset + 2]
    if two in {"=<", "=>"} and token.type == "EQUAL":
        return f"unexpected '{two}'", f"'{two[1]}='"
    if two in {"++", "--"} and before.type == "VARIABLE":
        return f"unexpected '{two}'", f"'{two[0]}= 1'"
    return _sign_of_comments(two)


def _sign_of_comments(two: str) -> Explained:
    if two == "--":
        return "unexpected '--'", "'#' before a comment"
    if two == "*/":
        return "this '*/' ends no comment", "'/*' before it"
    return None


def _equal(wrong: WrongToken) -> Explained:
    if wrong.token.type != "EQUAL":
        return None
    match wrong.previous().type:
        case "VARIABLE" if "IN" in wrong.accepted:
            return "a 'for' goes over the values of a variable: to count, write a while", "'in'"
        case "VARIABLE":
            return f"{unexpected(wrong)} in a condition ('==' compares)", None
        case "NAME":
            return f"{unexpected(wrong)}: a variable begins with '$', and a setting stands outside of routes", None
        case "RPAR" if wrong.called():
            return "unexpected '=' behind a call", f"';', or '$' before the name of a variable: ${wrong.called()}(…)"
        case _:
            return None


def _name(wrong: WrongToken) -> Explained:
    """Find a `-` in a name, and operators in capital letters."""
    before, text = wrong.previous(), wrong.text
    if text in {"AND", "OR", "NOT"}:
        return f"unexpected '{text}'", f"'{text.lower()}' in small letters"
    if text != "-" or before.type != "NAME" or before.offset + len(before.text) != wrong.token.offset:
        return None
    if wrong.previous(2).type == "LSQB":
        return "unexpected '-' in the name of a route", f'quotes around it, as in ["{before.text}-…"]'
    return "unexpected '-' in a name", "letters, digits and '_'"


def _else(wrong: WrongToken) -> Explained:
    if wrong.token.type != "ELSE" or ("SEMICOLON" in wrong.accepted and "IF" not in wrong.accepted):
        return None
    if wrong.previous().type == "SEMICOLON" and wrong.previous(2).type in {"SEMICOLON", "RBRACE"}:
        return f"unexpected 'else': the ';' of {wrong.at(wrong.previous())} ends the 'if'", None
    return "unexpected 'else' without an 'if' before it", None


def _word(wrong: WrongToken) -> Explained:
    """Find words of other languages, and those of this one in capital letters."""
    called = wrong.called()
    if called in _ELSE_IF:
        return f"unexpected {shown(wrong.text)} after '{called} (…)'", f"'else if' for '{called}'"
    if called.lower() in {"if", "while", "switch"} and called not in KEYWORDS and wrong.token.type == "LBRACE":
        return f"unexpected '{{' after '{called} (…)'", f"'{called.lower()}' in small letters"
    if called == "foreach":
        return f"unexpected {shown(wrong.text)} after 'foreach ('", "'for' for 'foreach'"
    if wrong.previous().text == "then":
        return "unexpected 'then'", "a statement directly behind the condition"
    return None


def _single_sign(wrong: WrongToken) -> Explained:
    """Find `|` and `&` of scripts of SER between two conditions, the second of which begins with `!` or `(`."""
    before = wrong.previous(2) if wrong.previous().text == "(" else wrong.previous()
    if before.text in {"&", "|"} and wrong.text in {"!", "not"}:
        what = f"unexpected {shown(wrong.text)} after the '{before.text}' of {wrong.at(before)}"
        return what, f"'{before.text * 2}'"
    return None


def _comparison(wrong: WrongToken) -> Explained:
    if wrong.token.type != "COMPARE" or "COMPARE" in wrong.accepted or "AND" not in wrong.accepted:
        return None
    for token in reversed(wrong.before):
        if token.text in {"&", "|"}:
            return (
                f"unexpected {shown(wrong.text)} after the '{token.text}' of {wrong.at(token)}",
                f"'{token.text * 2}'",
            )
        if token.type == "COMPARE":
            return f"a second comparison behind '{token.text}'", "'and' between two comparisons"
        if token.type in {"LPAR", "SEMICOLON", "AND", "OR"}:
            return None
    return None


def _blank_in_variable(wrong: WrongToken) -> Explained:
    before = wrong.previous()
    if wrong.token.type == "LPAR" and before.type == "VARIABLE" and "(" not in before.text:
        return f"unexpected '(' behind {before.text}: a variable has no blank before its '('", None
    if before.text in INCLUDES and wrong.begins_line() is False:
        return f"unexpected {shown(wrong.text)}", "a string in quotes"
    return None


def _closer(wrong: WrongToken) -> Explained:
    openers = {"RPAR": "(", "RSQB": "["}
    wanted = openers.get(wrong.token.type)
    if wanted is not None and not any(bracket.text == wanted for bracket in _in_statement(wrong)):
        return f"this '{wrong.text}' closes no '{wanted}'", None
    return None


def _in_statement(wrong: WrongToken) -> list[Lexeme]:
    """Return the brackets that are open since the last block began."""
    found: list[Lexeme] = []
    for bracket in wrong.opened:
        found = [] if bracket.type == "LBRACE" else [*found, bracket]
    return found


def _arguments(wrong: WrongToken) -> Explained:
    before, kind = wrong.previous(), wrong.token.type
    if wrong.previous(2).type == "ROUTE_KIND" and before.type == "LPAR":
        return f"the name of a route stands in square brackets: {wrong.previous(2).text}[{wrong.text}]", None
    if not wrong.opened or wrong.opened[-1].type == "LBRACE" or kind not in _VALUES or before.type not in _VALUES:
        return None
    if wrong.opened[-1].type == "LSQB" and {before.type, kind} <= {"NAME", "NUMBER", "WORD"}:
        return f"unexpected {shown(wrong.text)} after {shown(before.text)}: a name with blanks stands in quotes", None
    if {before.type, kind} == {"NAME"} and "COMMA" in wrong.accepted:
        return f"unexpected {shown(wrong.text)} after {shown(before.text)}: a text stands in quotes", None
    if "COMMA" in wrong.accepted and not wrong.begins_line():
        return f"unexpected {shown(wrong.text)} after {shown(before.text)}", None
    return None


def _transformation(wrong: WrongToken) -> Explained:
    if wrong.token.type == "LBRACE" and wrong.previous().type in _VALUES and wrong.follows(_TRANSFORMATION):
        return "a transformation stands within the brackets of a variable", "$(var(x){s.len}) or the like"
    return None


def _missing_end(wrong: WrongToken) -> Explained:
    """Find a statement whose `;` is missing: the token begins another line, or ends the block."""
    in_brackets = bool(_in_statement(wrong))
    if "SEMICOLON" not in wrong.accepted or in_brackets or "IF" in wrong.accepted:
        return None
    if wrong.begins_line():
        return unexpected(wrong), f"';' at the end of line {wrong.line(wrong.previous())}"
    if wrong.token.type in {"RBRACE", "ELSE"}:
        return unexpected(wrong), f"';' after {shown(wrong.previous().text)}"
    return None


_RULES: Final[tuple[Callable[[WrongToken], Explained], ...]] = (
    _conflict, _string_over_lines, _end_in_a_bracket, _route_in_a_block, _unknown_sign, explain_outside,
    _wrong_operator, _equal, _name, _single_sign, _comparison, _blank_in_variable, _word, _else, _closer,
    _transformation, _arguments, _missing_end,
)  # fmt: skip
"""Asked in this order; the first that knows the mistake explains it."""
