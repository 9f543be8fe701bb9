"""Read the text of a filter or of a watch rule. What is wrong in it is told with its column."""

from functools import cache
from typing import Any, Final, Literal, TypeAlias

from evtui.core.errors import BadFilterError
from evtui.filters.decisions import Filter
from evtui.filters.filter_builder import FilterBuilder

LONGEST: Final = 2000
"""Characters of the longest filter."""

NO_SPAN: Final = "a time is missing: 10 s, 5 min, 1 h"

Start: TypeAlias = Literal["start", "rule"]
"""What a text is read as: a filter or a watch rule."""

_SIGNS: Final = frozenset("=~<>!")


def parse_filter(text: str, now: float) -> Filter:
    """Read a filter; `now` is the wall second that times of the day are read at.

    The first call loads lark. raises BadFilterError, and no other exception, whatever the text is.
    """
    return Filter(text.strip(), build(text, "start", FilterBuilder(now)))


def build(text: str, start: Start, builder: Any) -> Any:
    """Read a text as a rule of the grammar; `builder` has a method for each rule, which makes what it stands for.

    raises BadFilterError.
    """
    # On first use: what uses no filter does not load it.
    from lark import Token, UnexpectedInput

    if len(text) > LONGEST:
        raise BadFilterError(LONGEST + 1, f"it has at most {LONGEST:,} characters")
    if not text.strip():
        raise BadFilterError(1, "it is empty")
    try:
        tree = _parser(start).parse(text)
    except UnexpectedInput as error:
        raise _explained(text, error) from error
    made: dict[int, Any] = {}
    for part in tree.iter_subtrees():  # what is within comes before what it is in
        children = [each if isinstance(each, Token) else made[id(each)] for each in part.children]
        made[id(part)] = getattr(builder, part.data)(children)
    return made[id(tree)]


def load_language() -> None:
    """Load lark and the grammar, which the first filter would wait for."""
    _parser("start")


@cache
def _parser(start: Start) -> Any:
    """Load the grammar once: that takes longer than reading any filter."""
    from importlib.resources import files

    from lark import Lark

    grammar = files("evtui.filters").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, start=start, parser="lalr", lexer="contextual", maybe_placeholders=False)


def _explained(text: str, error: Any) -> BadFilterError:
    """Say what is wrong where the parser could not go on."""
    token = getattr(error, "token", None)
    if token is None:
        if "SPAN" in error.allowed:
            return BadFilterError(error.pos_in_stream + 1, NO_SPAN)
        sign = text[error.pos_in_stream]
        why = "the quote is not closed" if sign == '"' else f"{sign!r} cannot stand here"
        return BadFilterError(error.pos_in_stream + 1, why)
    accepted = error.accepts
    if token.type == "$END":
        return BadFilterError(len(text.rstrip()) + 1, _missing_at_end(accepted))
    return BadFilterError(token.start_pos + 1, _wrong(token, accepted))


def _missing_at_end(accepted: frozenset[str]) -> str:
    if "VALUE" in accepted:
        return "a value is missing"
    if "SPAN" in accepted:
        return NO_SPAN
    if "_FOR" in accepted:
        return "for how long is missing: for 60 s"
    return "a bracket is not closed" if "RPAR" in accepted else "a word or a comparison is missing"


def _wrong(token: Any, accepted: frozenset[str]) -> str:
    reasons = (
        ("SPAN" in accepted, NO_SPAN),
        ("VALUE" in accepted, "a value is missing; one with brackets is written in quotes"),
        (token.type == "OFTEN" and "RPAR" in accepted, f"a bracket is not closed before {token}"),
        (token.type == "RPAR" and "$END" in accepted, "there is no bracket that this one closes"),
        ("WORD" not in accepted, "nothing may stand here but how often it is told again: every 5 min"),
        (token[:1] in _SIGNS, f"a name is missing before {token}"),
    )
    usual = f"a word or a comparison is missing before {token}"
    return next((reason for is_so, reason in reasons if is_so), usual)
