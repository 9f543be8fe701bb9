"""Build the statements of the tree from the grammar's rules, as the parser completes them."""

from typing import Any, Final

from evtui.script.syntax.expression_builder import ExpressionBuilder, Parts
from evtui.script.syntax.expressions import BareWord, CallExpression, Expression, Place
from evtui.script.syntax.lexer import KEYWORDS, OPERATOR_WORDS, ROUTE_KINDS, Lexeme
from evtui.script.syntax.tree import (
    Assign,
    Async,
    Block,
    Break,
    CallStatement,
    Case,
    Exit,
    ForEach,
    If,
    Include,
    Remark,
    Return,
    Statement,
    Switch,
    While,
)

_NO_NAMES: Final = frozenset({
    *(KEYWORDS.keys() - {"async"}), *ROUTE_KINDS, *OPERATOR_WORDS, "log", "xlog", "xdbg", "assert", "any", "listen",
    "alias", "mpath", "modparam", "loadmodule",
})  # fmt: skip
"""Words that OpenSIPS takes for a name of a route in quotes only."""


class StatementBuilder(ExpressionBuilder):
    """Build the statements of one file."""

    def nothing(self, parts: Parts) -> None:
        """Skip a lone `;`."""

    def block(self, parts: Parts) -> Block:
        """Build `{ … }`."""
        if len(parts) == 1:
            self.empty_blocks.append(parts[0])
        return Block(_without_none(parts[1:]), parts[0])

    def opening(self, parts: Parts) -> Place:
        """Return the place where a block begins."""
        return self.place(parts[0])

    def assign(self, parts: Parts) -> Assign:
        """Build an assignment. raises ScriptError: the target has a transformation."""
        target, operator, value = parts
        variable = self.variable([target])
        if variable.transformations:
            raise self.source.error_at(variable.place, "a variable with a transformation cannot be assigned to")
        written: Any = operator.text
        return Assign(variable, written, value, variable.place)

    def call_statement(self, parts: Parts) -> CallStatement:
        """Build a call as a statement."""
        return CallStatement(parts[0], parts[0].place)

    def bare_call(self, parts: Parts) -> CallStatement:
        """Build a call without brackets, as old scripts write it: `force_rport;`."""
        place, name = self.place(parts[0]), parts[0].text
        remark = f"OpenSIPS 3 does not start with this: a call has brackets: {name}();"
        self.remarks.append(Remark(place, "refused-since-3", remark))
        return CallStatement(CallExpression(name, (), place), place)

    def include(self, parts: Parts) -> Include:
        """Build an `include_file` or an `import_file`."""
        return Include(self.unquoted(parts[1]), parts[0].text == "import_file", self.place(parts[0]))

    def if_(self, parts: Parts) -> If:
        """Build an `if`."""
        start, condition, then, otherwise = parts
        self._require_brackets(start, condition)
        return If(condition, _as_block(then), otherwise, self.place(start))

    def _require_brackets(self, start: Lexeme, condition: Expression) -> None:
        """Add a remark when brackets do not stand around a whole condition: OpenSIPS rejects it."""
        if id(condition) not in self.bracketed_parts:
            remark = f"OpenSIPS 3 does not start with this: brackets stand around the whole condition: {start.text} (…)"
            self.remarks.append(Remark(self.place(start), "refused-since-3", remark))

    def otherwise(self, parts: Parts) -> Block:
        """Build what follows `else`."""
        return _as_block(parts[0])

    def stray_bracket(self, parts: Parts) -> Place:
        """Return the place of a bracket too many."""
        return self.place(parts[0])

    def if_with_a_bracket_too_many(self, parts: Parts) -> If:
        """Build an `if` with one `)` too many, as an example of the tutorial has.

        OpenSIPS rejects it, so a remark is added.
        """
        start, condition, bracket, *rest = parts
        remark = "one ')' too many: OpenSIPS does not start with it; remove it"
        self.remarks.append(Remark(bracket, "extra-bracket", remark))
        return self.if_([start, condition, *rest])

    def while_(self, parts: Parts) -> While:
        """Build a `while`."""
        self._require_brackets(parts[0], parts[1])
        return While(parts[1], _as_block(parts[2]), self.place(parts[0]))

    def for_each(self, parts: Parts) -> ForEach:
        """Build a `for`."""
        start, item, source, body = parts
        return ForEach(self.variable([item]), self.variable([source]), _as_block(body), self.place(start))

    def switch(self, parts: Parts) -> Switch:
        """Build a `switch`."""
        return Switch(parts[1], tuple(parts[2:]), self.place(parts[0]))

    def case(self, parts: Parts) -> Case:
        """Build a `case`."""
        return Case(parts[1], _without_none(parts[2:]), self.place(parts[0]))

    def default(self, parts: Parts) -> Case:
        """Build a `default`."""
        return Case(None, _without_none(parts[1:]), self.place(parts[0]))

    def return_(self, parts: Parts) -> Return:
        """Build a `return`."""
        return Return(_without_none(parts[1:]), self.place(parts[0]))

    def exit(self, parts: Parts) -> Exit:
        """Build an `exit`."""
        return Exit(place=self.place(parts[0]))

    def drop(self, parts: Parts) -> Exit:
        """Build a `drop`."""
        return Exit(drops=True, place=self.place(parts[0]))

    def break_(self, parts: Parts) -> Break:
        """Build a `break`."""
        return Break(self.place(parts[0]))

    def async_(self, parts: Parts) -> Async:
        """Build an `async`."""
        start, call, resume, timeout = parts
        return Async(call, resume.value, timeout, place=self.place(start))

    def launch(self, parts: Parts) -> Async:
        """Build a `launch`."""
        start, call, *rest = parts
        report, timeout = (*rest, None, None)[:2]
        return Async(call, None if report is None else report.value, timeout, launches=True, place=self.place(start))

    def route_name(self, parts: Parts) -> BareWord:
        """Return the name of a route."""
        token: Lexeme = parts[0]
        if token.type == "NAME" and token.text in _NO_NAMES:
            remark = f'OpenSIPS does not start with this: write the name of a route in quotes: ["{token.text}"]'
            self.remarks.append(Remark(self.place(token), "refused", remark))
        return BareWord(self.unquoted(token) if token.type == "STRING" else token.text, self.place(token))


def _without_none(parts: Parts) -> tuple[Any, ...]:
    return tuple(part for part in parts if part is not None)


def _as_block(statement: Statement | None) -> Block:
    match statement:
        case None:
            return Block()
        case Block():
            return statement
        case _:
            return Block((statement,), statement.place)
