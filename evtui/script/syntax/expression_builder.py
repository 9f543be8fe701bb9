"""The expressions of the tree, made from the grammar's rules as the parser completes them.

The parser calls the method of a rule's name with what the rule is made of.
What that is, the grammar says: hence `Parts`.
"""

from typing import Any, Final, TypeAlias

from evtui.script.syntax.expressions import (
    Arithmetic,
    BareWord,
    Binary,
    CallExpression,
    Expression,
    Null,
    Number,
    Place,
    Text,
    Unary,
    Variable,
)
from evtui.script.syntax.lexer import Lexeme
from evtui.script.syntax.literals import parse_number, unescape
from evtui.script.syntax.source import ScriptSource
from evtui.script.syntax.variable_syntax import SpellingError, read_variable

Parts: TypeAlias = list[Any]

_SPELLINGS: Final = {"&&": "and", "||": "or", "!": "not", ".": "+"}


class ExpressionBuilder:
    """Builds the expressions of one file."""

    def __init__(self, source: ScriptSource) -> None:
        self.source = source

    def place(self, token: Lexeme) -> Place:
        """Say where a token stands."""
        return self.source.place(token.offset)

    def number(self, parts: Parts) -> Number:
        """Build a number, which may have its sign."""
        token: Lexeme = parts[0]
        value = parse_number(token.text.lstrip("-"))
        if value is None:
            raise self.source.error_at(self.place(token), "this number does not fit in 64 bits")
        return Number(-value if token.text.startswith("-") else value, self.place(token))

    def text(self, parts: Parts) -> Text:
        """Build a string."""
        token: Lexeme = parts[0]
        return Text(self.unquoted(token), token.text.startswith("'"), self.place(token))

    def unquoted(self, token: Lexeme) -> str:
        """Read what a string's token stands for."""
        return token.text[1:-1] if token.text.startswith("'") else unescape(token.text[1:-1])

    def word(self, parts: Parts) -> BareWord:
        """Build a bare word."""
        return BareWord(parts[0].text, self.place(parts[0]))

    def null(self, parts: Parts) -> Null:
        """Build a NULL."""
        return Null(self.place(parts[0]))

    def variable(self, parts: Parts) -> Variable:
        """Build a variable."""
        token: Lexeme = parts[0]
        try:
            return read_variable(token.text, 0, self.place(token))[0]
        except SpellingError as error:
            raise self.source.error(token.offset + error.offset, error.what, error.expected) from error

    def bracketed(self, parts: Parts) -> Expression:
        """Drop brackets: the tree keeps their meaning by its shape."""
        inner: Expression = parts[0]
        return inner

    def arithmetic(self, parts: Parts) -> Arithmetic:
        """Build `[ expression ]`."""
        return Arithmetic(parts[0], parts[0].place)

    def arguments(self, parts: Parts) -> tuple[Expression | None, ...]:
        """Gather what stands between commas; nothing at all is no argument."""
        return () if parts == [None] else tuple(parts)

    def call(self, parts: Parts) -> CallExpression:
        """Build a call."""
        return CallExpression(parts[0].text, parts[1], self.place(parts[0]))

    def binary(self, parts: Parts) -> Binary:
        """Build an operation on two values."""
        left, operator, right = parts
        written: Any = _SPELLINGS.get(operator.text, operator.text)
        return Binary(written, left, right, left.place)

    def negation(self, parts: Parts) -> Unary:
        """Build `not`."""
        return Unary("not", parts[1], self.place(parts[0]))

    def unary(self, parts: Parts) -> Expression:
        """Build `-` or `~`; a minus before a number is part of it."""
        operator, operand = parts
        if operator.text == "-" and isinstance(operand, Number) and operand.value > 0:
            return Number(-operand.value, self.place(operator))
        written: Any = operator.text
        return Unary(written, operand, self.place(operator))
