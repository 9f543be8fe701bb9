"""Compile expressions to tests (docs/opensips-behaviour.md 5.3).

Values that cannot be compared give false and a warning.
"""

from collections.abc import Callable
from typing import Final

from evtui.script.compiler.fast_paths import fast_below
from evtui.script.compiler.value_expressions import catch_faults
from evtui.script.functions.sip_functions import is_own
from evtui.script.runtime.arithmetic import COMPARISONS
from evtui.script.runtime.ip_networks import Network, is_within, parse_network
from evtui.script.runtime.run_state import MATCH_WEIGHT, Reader, ScriptRun, Stopped, Test
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.syntax.expressions import (
    Arithmetic,
    BareWord,
    Binary,
    CallExpression,
    Expression,
    Text,
    Unary,
    Variable,
)
from evtui.script.variables.compiler_port import Compiler

_NUMBERS_WITH_TEXT: Final = frozenset(
    ("rs", "rp", "sp", "cs", "cl", "Rp", "dp", "op", "ml", "T_reply_code", "status", "src_port", "dst_port")
)
"""Variables that are numbers and have a text too: they can be compared with both."""


def compile_test(expression: Expression, compiler: Compiler) -> Test:
    """Compile a condition."""
    match expression:
        case Binary(operator="and" | "or"):
            return _logical_chain(expression, compiler)
        case Binary() if expression.operator in COMPARISONS:
            return _comparison(expression, compiler)
        case Unary(operator="not"):
            return _negated(compiler.test(expression.operand))
        case CallExpression():
            return _call_test(expression, compiler)
        case Arithmetic():
            return _truth_test(compiler.value(expression.value))
        case _:
            return _truth_test(compiler.value(expression))


def _logical_chain(expression: Binary, compiler: Compiler) -> Test:
    """Compile `a and b and c` as one list, so that a long chain does not nest as deep as it is long."""
    parts: list[Expression] = []
    rest: Expression = expression
    while isinstance(rest, Binary) and rest.operator == expression.operator:
        parts.append(rest.right)
        rest = rest.left
    tests = tuple([compiler.test(part) for part in (rest, *reversed(parts))])
    return _first_decides(tests, decides=expression.operator == "or")


def _first_decides(tests: tuple[Test, ...], *, decides: bool) -> Test:
    """Run tests until one decides.

    It does not use `all` or `any`: a route that runs within them would take space on the C stack.
    """
    if len(tests) == 2:
        one, other = tests
        return (lambda run: one(run) or other(run)) if decides else (lambda run: one(run) and other(run))

    def test(run: ScriptRun) -> bool:
        for part in tests:
            if part(run) is decides:
                return decides
        return not decides

    return test


def _negated(test: Test) -> Test:
    return lambda run: not test(run)


def _call_test(call: CallExpression, compiler: Compiler) -> Test:
    """Compile a call as a test: true when its code is above 0; code 0 ends the script."""
    act = catch_faults(call.name, compiler.action(call))

    def test(run: ScriptRun) -> bool:
        run.rc = code = act(run)
        if not code:
            raise Stopped
        return code > 0

    return test


def _truth_test(read: Reader) -> Test:
    """Compile a value as a test: true when it is not NULL, not empty and not 0."""

    def test(run: ScriptRun) -> bool:
        try:
            return bool(read(run))
        except ScriptFault as fault:
            run.warn(str(fault))
            return False

    return test


def _comparison(expression: Binary, compiler: Compiler) -> Test:
    if isinstance(expression.right, BareWord) and expression.right.value == "myself":
        own = _is_myself(compiler.value(expression.left))
        return own if expression.operator == "==" else _negated(own)
    if (net := _network_test(expression, compiler)) is not None:
        return net
    work = COMPARISONS[expression.operator]
    left, right = (
        _operand(expression.left, expression.right, compiler),
        _operand(expression.right, expression.left, compiler),
    )
    if expression.operator in {"=~", "!~"}:
        right = _counted_match(_pattern(expression.right, compiler))
    test = _compared(work, left, right)
    return fast_below(expression, test, compiler) or test


def _network_test(expression: Binary, compiler: Compiler) -> Test | None:
    """Compile `$si == 10.0.0.0/8`, a test of an address and a network; return None for other comparisons."""
    if expression.operator not in {"==", "!="}:
        return None
    for word, other in ((expression.right, expression.left), (expression.left, expression.right)):
        parsed = parse_network(word.value) if isinstance(word, BareWord) else None
        if parsed is not None:
            within = _network_membership(compiler.value(other), parsed)
            return within if expression.operator == "==" else _negated(within)
    return None


def _network_membership(read: Reader, parsed: Network) -> Test:
    return lambda run: is_within(read(run), parsed)


def _operand(one: Expression, other: Expression, compiler: Compiler) -> Reader:
    """Compile an operand of a comparison; a number of the message is read as text when the other side is a text."""
    read = compiler.value(one)
    name = one.name if isinstance(one, Variable) and not one.transformations else ""
    name = one.value if isinstance(one, BareWord) else name
    if name in _NUMBERS_WITH_TEXT and isinstance(other, Text):
        return _as_text(read)
    return read


def _as_text(read: Reader) -> Reader:
    def text(run: ScriptRun) -> Value:
        value = read(run)
        return None if value is None else to_text(value)

    return text


def _pattern(expression: Expression, compiler: Compiler) -> Reader:
    """Compile the pattern of `=~` or `!~`. In a string `$` is the end of the text and begins no variable."""
    if isinstance(expression, Text):
        fixed = expression.value
        return lambda _run: fixed
    return compiler.value(expression)


def _counted_match(read: Reader) -> Reader:
    """Count a match, which may take as long as many statements, where its pattern is read."""

    def pattern(run: ScriptRun) -> Value:
        run.count_work(MATCH_WEIGHT)
        return read(run)

    return pattern


def _compared(work: Callable[[Value, Value], bool], left: Reader, right: Reader) -> Test:
    def test(run: ScriptRun) -> bool:
        try:
            return work(left(run), right(run))
        except ScriptFault as fault:
            run.warn(str(fault))
            return False

    return test


def _is_myself(read: Reader) -> Test:
    return lambda run: is_own(run, read(run))
