"""Compile expressions to tests (docs/opensips-behaviour.md 5.3).

A test raises ScriptFault where values cannot be compared; `compile_condition` then gives false and a warning for the
whole condition, also where the comparison is negated.
"""

from evtui.script.compiler.null_operands import compile_kept_text, compile_operand, compile_presence
from evtui.script.compiler.value_expressions import catch_faults, may_be_absent
from evtui.script.functions.sip_functions import is_own
from evtui.script.runtime.arithmetic import COMPARISONS, Comparison, folded, with_number
from evtui.script.runtime.ip_networks import Network, is_within, parse_network
from evtui.script.runtime.run_state import MATCH_WEIGHT, Condition, Reader, ScriptRun, Stopped, Test
from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.syntax.expressions import (
    Arithmetic,
    BareWord,
    Binary,
    CallExpression,
    Expression,
    Number,
    Text,
    Unary,
    Variable,
)
from evtui.script.variables.compiler_port import Compiler


def compile_condition(expression: Expression, compiler: Compiler) -> Condition:
    """Compile the whole condition of a statement: it never raises ScriptFault, but warns and gives None."""
    test = compile_test(expression, compiler)
    if isinstance(expression, Variable | Number):
        return test  # there is nothing to compare

    def condition(run: ScriptRun) -> bool | None:
        try:
            return test(run)
        except ScriptFault as fault:
            run.warn(str(fault))
            return None

    return condition


def compile_test(expression: Expression, compiler: Compiler) -> Test:
    """Compile a condition or a part of one; the test raises ScriptFault where values cannot be compared."""
    match expression:
        case Binary(operator="and" | "or"):
            return _logical_chain(expression, compiler)
        case Binary() if expression.operator in COMPARISONS:
            return _comparison(expression, compiler)
        case Unary(operator="not"):
            return _negated(compile_test(expression.operand, compiler))
        case CallExpression():
            return _call_test(expression, compiler)
        case Arithmetic(value=value):
            return _arithmetic_test(value, compiler)
        case _:
            return _truth_test(expression, compiler)


def _logical_chain(expression: Binary, compiler: Compiler) -> Test:
    """Compile `a and b or c` as one list, so that a long chain does not nest as deep as it is long.

    `and` and `or` have one precedence: each takes the result of all that stands before it.
    """
    parts: list[tuple[bool, Expression]] = []
    rest: Expression = expression
    while isinstance(rest, Binary) and rest.operator in {"and", "or"}:
        parts.append((rest.operator == "or", rest.right))
        rest = rest.left
    first = compile_test(rest, compiler)
    others = tuple([(decides, compile_test(part, compiler)) for decides, part in reversed(parts)])
    return _chained(first, others)


def _chained(first: Test, others: tuple[tuple[bool, Test], ...]) -> Test:
    """Run tests from left to right; `or` leaves out its test when the result is true, `and` when it is false.

    It does not use `all` or `any`: a route that runs within them would take space on the C stack.
    """
    if len(others) == 1:
        decides, other = others[0]
        return (lambda run: first(run) or other(run)) if decides else (lambda run: first(run) and other(run))

    def test(run: ScriptRun) -> bool:
        found = first(run)
        for decides, part in others:
            if found is not decides:
                found = part(run)
        return found

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


def _truth_test(expression: Expression, compiler: Compiler) -> Test:
    """Compile a value as a test: true when it is not NULL, not empty and not 0, false when it cannot be read."""
    read = compiler.value(expression)
    if not compiler.state.dialect.failures_are_errors:
        return lambda run: bool(read(run))

    def test(run: ScriptRun) -> bool:
        try:
            return bool(read(run))
        except ScriptFault as fault:
            run.warn(str(fault))
            return False

    return test


def _arithmetic_test(expression: Expression, compiler: Compiler) -> Test:
    """Compile `[ expression ]`: a variable alone is true unless it is NULL, else what is not 0 and not empty is.

    An operation that fails is false; only a text to which a number is added counts as that text. So does the text that
    a NULL on the right of `+` keeps, when the left side is NULL.
    """
    if isinstance(expression, Variable):
        return compile_presence(expression, compiler)
    read = compiler.value(expression)
    is_sum = isinstance(expression, Binary) and expression.operator == "+"
    left = compile_operand(expression.left, compiler, "+") if isinstance(expression, Binary) and is_sum else None
    kept = compile_kept_text(expression.right, compiler) if isinstance(expression, Binary) and is_sum else None

    def test(run: ScriptRun) -> bool:
        try:
            return bool(read(run)) or (kept is not None and left is not None and left(run) is None and kept(run))
        except ScriptFault as fault:
            run.warn(str(fault))
            return left is not None and _is_filled_text(left, run)

    return test


def _is_filled_text(read: Reader, run: ScriptRun) -> bool:
    try:
        value = read(run)
    except ScriptFault:
        return False
    return isinstance(value, str) and bool(value)


def _comparison(expression: Binary, compiler: Compiler) -> Test:
    if isinstance(expression.right, BareWord) and expression.right.value == "myself":
        own = _is_myself(compiler.value(expression.left))
        return own if expression.operator == "==" else _negated(own)
    if (net := _network_test(expression, compiler)) is not None:
        return net
    work = COMPARISONS[expression.operator]
    left, right = compiler.value(expression.left), compiler.value(expression.right)
    if _may_be_absent(expression.left) or _may_be_absent(expression.right):
        work = _with_absent(work)
    if expression.operator in {"=~", "!~"}:
        return _compared(work, left, _counted_match(right))
    if expression.operator in {"==", "!="} and isinstance(expression.right, Text) and expression.right.value.isascii():
        return _compared_with_text(work, left, expression.right.value, equal=expression.operator == "==")
    return _compared(with_number(work) if isinstance(expression.right, Number) else work, left, right)


def _with_absent(work: Comparison) -> Comparison:
    """Return the comparison where a text that is not there is never equal, different or in any order."""

    def compare(left: Value, right: Value) -> bool:
        if left is not None and right is not None and "" in {left, right}:
            return False
        return work(left, right)

    return compare


def _may_be_absent(expression: Expression) -> bool:
    return isinstance(expression, Variable) and may_be_absent(expression)


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


def _counted_match(read: Reader) -> Reader:
    """Count a match, which may take as long as many statements, where its pattern is read."""

    def pattern(run: ScriptRun) -> Value:
        run.count_work(MATCH_WEIGHT)
        return read(run)

    return pattern


def _compared(work: Comparison, left: Reader, right: Reader) -> Test:
    return lambda run: work(left(run), right(run))


def _compared_with_text(work: Comparison, left: Reader, text: str, *, equal: bool) -> Test:
    """Compare with a fixed text of ASCII characters: `work` for texts, with less to do."""
    wanted = folded(text)

    def test(run: ScriptRun) -> bool:
        value = left(run)
        if isinstance(value, str) and value and wanted and value.isascii():
            return (value.lower() == wanted) is equal
        return work(value, text)

    return test


def _is_myself(read: Reader) -> Test:
    return lambda run: is_own(run, read(run))
