"""Build the expressions of the tree from the grammar's rules, as the parser completes them.

The parser calls the method that is named like the rule (or its alias in grammar.lark) with the rule's parts. The
grammar decides the types of the parts, so they are `Any` here.
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
from evtui.script.syntax.literals import parse_number, unquoted
from evtui.script.syntax.source import ScriptSource
from evtui.script.syntax.tree import Remark
from evtui.script.syntax.variable_syntax import SpellingError, read_variable

Parts: TypeAlias = list[Any]

_SPELLINGS: Final = {"&&": "and", "||": "or", "!": "not", ".": "+"}


class ExpressionBuilder:
    """Build the expressions of one file. Errors are ScriptErrors with the place in the file.

    `remarks` are about constructs that OpenSIPS rejects and evtui accepts, and about characters that both skip.
    """

    def __init__(self, source: ScriptSource, remarks: list[Remark]) -> None:
        self.source = source
        self.remarks = remarks
        self.bracketed_parts: dict[int, Expression] = {}
        """The expressions around which brackets stand, by their ids; kept, so that an id stays one of them."""
        self.empty_blocks: list[Place] = []
        """The places of blocks without a statement, not even a lone `;`."""

    def place(self, token: Lexeme) -> Place:
        """Return the place of a token."""
        return self.source.place(token.offset)

    def number(self, parts: Parts) -> Number:
        """Build a number; its token may begin with `-`. raises ScriptError: it does not fit in 64 bits."""
        token: Lexeme = parts[0]
        value = parse_number(token.text.lstrip("-"))
        if value is None:
            raise self.source.error_at(self.place(token), "this number does not fit in 64 bits")
        return Number(-value if token.text.startswith("-") else value, self.place(token))

    def positive(self, parts: Parts) -> Number:
        """Build a number behind a plus. raises ScriptError: it does not fit in 64 bits."""
        return self.number(parts[1:])

    def text(self, parts: Parts) -> Text:
        """Build a string."""
        token: Lexeme = parts[0]
        return Text(self.unquoted(token), token.text.startswith("'"), self.place(token))

    def unquoted(self, token: Lexeme) -> str:
        """Return the value of a string token: without its quotes and, when it is double-quoted, unescaped."""
        return unquoted(token.text)

    def word(self, parts: Parts) -> BareWord:
        """Build a bare word."""
        return BareWord(parts[0].text, self.place(parts[0]))

    def null(self, parts: Parts) -> Null:
        """Build a NULL."""
        return Null(self.place(parts[0]))

    def variable(self, parts: Parts) -> Variable:
        """Build a variable. raises ScriptError: it is misspelled."""
        token: Lexeme = parts[0]
        if token.variable is not None:
            return token.variable
        try:
            return read_variable(token.text, 0, self.place(token))[0]
        except SpellingError as error:
            raise self.source.error(token.offset + error.offset, error.what, error.expected) from error

    def bracketed(self, parts: Parts) -> Expression:
        """Return the expression in the brackets: the shape of the tree keeps their meaning."""
        inner: Expression = parts[0]
        self.bracketed_parts[id(inner)] = inner
        if isinstance(inner, Null):
            self._refuse(inner, "brackets stand around NULL: remove them")
        return inner

    def arithmetic(self, parts: Parts) -> Arithmetic:
        """Build `[ expression ]`."""
        return Arithmetic(parts[0], parts[0].place)

    def arguments(self, parts: Parts) -> tuple[Expression | None, ...]:
        """Collect the arguments of a call. `()` has none; an argument that was left out is None."""
        return () if parts == [None] else tuple(parts)

    def call(self, parts: Parts) -> CallExpression:
        """Build a call."""
        for argument in parts[1]:
            if id(argument) in self.bracketed_parts and parts[0].text != "assert":
                self._refuse(argument, "brackets stand around an argument: remove them")
        return CallExpression(parts[0].text, parts[1], self.place(parts[0]))

    def _refuse(self, part: Expression, why: str) -> None:
        self.remarks.append(Remark(part.place, "refused", f"OpenSIPS does not start with this: {why}"))

    def binary(self, parts: Parts) -> Binary:
        """Build an operation on two values; alternative spellings become one: `&&` is `and`, `

        ` is `or`, `.` is `+`.
        """
        left, operator, right = parts
        if operator.type == "COMPARE" and id(right) in self.bracketed_parts:
            self._refuse(right, "brackets stand around the right side of a comparison: remove them")
        elif operator.text == ".":
            text = "OpenSIPS 3 does not start with this: texts are joined by +, not by a dot"
            self.remarks.append(Remark(self.place(operator), "refused-since-3", text))
        spelling: Any = _SPELLINGS.get(operator.text, operator.text)
        return Binary(spelling, left, right, left.place)

    def negation(self, parts: Parts) -> Unary:
        """Build `not`."""
        return Unary("not", parts[1], self.place(parts[0]))

    def unary(self, parts: Parts) -> Expression:
        """Build `-` or `~`; a minus before a number becomes part of the number."""
        operator, operand = parts
        if operator.text == "-" and isinstance(operand, Number) and operand.value > 0:
            return Number(-operand.value, self.place(operator))
        spelling: Any = operator.text
        return Unary(spelling, operand, self.place(operator))
