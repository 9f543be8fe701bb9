"""Functions of the module avpops that compute with the values of AVPs (measured beside 2.4.11).

`avp_subst`, `avp_op`, `avp_check` and `avp_insert`, and what they share with `avp_copy`: the argument
`$avp(from)/$avp(to)/flags`. The flag `g` stands for all values, newest first, `d` for deleting each that was used.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from evtui.core.wildcards import matches
from evtui.script.functions.call_arguments import CallBuilder, argument_at, reader_of, truth_code
from evtui.script.functions.substitution_calls import compile_substitution
from evtui.script.runtime.arithmetic import add_in_place, invert, numeric_operation
from evtui.script.runtime.patterns import search
from evtui.script.runtime.run_state import MATCH_WEIGHT, CallAction, Reader, ScriptRun
from evtui.script.runtime.script_values import Value, parse_integer, to_bytes, wrap
from evtui.script.syntax.expressions import CallExpression, Expression, Text, Variable
from evtui.script.syntax.format_strings import format_pieces
from evtui.script.syntax.literals import parse_number
from evtui.script.variables.avps import AvpName, compile_avp_name, push_counted, values
from evtui.script.variables.compiler_port import Compiler

_OPERATIONS: Final[Mapping[str, Callable[[Value, Value], Value]]] = {
    "add": add_in_place,
    "sub": numeric_operation("-"), "mul": numeric_operation("*"), "div": numeric_operation("/"),
    "mod": numeric_operation("%"),
    "and": numeric_operation("&"), "or": numeric_operation("|"),
    "xor": numeric_operation("^"), "not": lambda _, right: invert(right),
}  # fmt: skip
_ORDERS: Final[Mapping[str, frozenset[int]]] = {
    "eq": frozenset({0}), "ne": frozenset({-1, 1}), "lt": frozenset({-1}), "le": frozenset({-1, 0}),
    "gt": frozenset({1}), "ge": frozenset({0, 1}),
}  # fmt: skip
"""For each comparison the orders of the two values for which it holds."""
_BITS: Final[Mapping[str, Callable[[int, int], int]]] = {
    "and": int.__and__, "or": int.__or__, "xor": int.__xor__,
}  # fmt: skip

_ESCAPED: Final = re.compile(r"\\(.)")
"""A sign of a pattern of file names that stands for itself."""
_NUMBER: Final = re.compile(r"-?(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class AvpPath:
    """An argument such as `$avp(from)/$avp(to)/gd`, read; NULLs stand for the parts that it does not have."""

    source: Variable | None
    target: Variable | None
    flags: str


def avp_path(argument: Expression | None) -> AvpPath:
    """Read an argument that names an AVP, and may name a second one and flags."""
    if not isinstance(argument, Text):
        return AvpPath(argument if isinstance(argument, Variable) else None, None, "")
    pieces = format_pieces(argument.value)
    found = [piece for piece in pieces if isinstance(piece, Variable)]
    last = pieces[-1] if pieces and isinstance(pieces[-1], str) else ""
    return AvpPath(found[0] if found else None, found[1] if len(found) > 1 else None, last.rpartition("/")[2])


def avp_name(variable: Variable | None, compiler: Compiler) -> AvpName | None:
    """Compile the name of an AVP; None when it is not an AVP."""
    return compile_avp_name(variable, compiler) if variable is not None and variable.name == "avp" else None


def remove_value(run: ScriptRun, name: str, place: int) -> None:
    """Remove a value from an AVP, by its index from the newest."""
    del run.avps[name][-1 - place]


def change_values(
    run: ScriptRun, source: str, target: str, flags: str, change: Callable[[Value], Iterable[Value]]
) -> int:
    """Push the changed values of one AVP onto another, newest first; return the code of the call.

    `change` returns nothing for a value that is left out. Without the flag `g` the first that is not ends it.
    """
    removed, done = 0, False
    for place, value in enumerate(values(run, source)):
        changed = list(change(value))
        if not changed:
            continue
        if "d" in flags:
            remove_value(run, source, place if source == target else place - removed)
            removed += 1
        for new in changed:
            push_counted(run, target, new)
        done = True
        if "g" not in flags:
            break
    return truth_code(holds=done)


def _avp_subst(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `avp_subst("$avp(a)/$avp(b)/gd", "/pattern/replacement/flags")`; integers are left out."""
    path = avp_path(argument_at(call, 0))
    source, target = avp_name(path.source, compiler), avp_name(path.target or path.source, compiler)
    substitute = compile_substitution(call, compiler, 1)
    flags = path.flags if path.target is not None else f"{path.flags}d"

    def act(run: ScriptRun) -> int:
        if source is None or target is None:
            return -1

        def change(value: Value) -> Iterable[Value]:
            new = substitute(run, value) if isinstance(value, str) else None
            return () if new is None else (new,)

        return change_values(run, source(run), target(run), flags, change)

    return act


def _avp_op(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `avp_op("$avp(a)/$avp(b)", "add/i:1/gd")`; texts are left out, and `d` stands for `g` too.

    Each value of an AVP on the right is applied to the result before it, and each result is pushed.
    """
    path = avp_path(argument_at(call, 0))
    source, target = avp_name(path.source, compiler), avp_name(path.target or path.source, compiler)
    order = _Order(argument_at(call, 1), compiler)
    work = _OPERATIONS.get(order.name)
    flags = f"{order.flags}g" if "d" in order.flags else order.flags

    def act(run: ScriptRun) -> int:
        if work is None or source is None or target is None:
            return -1
        operands = [operand for operand in order.operands(run) if isinstance(operand, int)]
        apply = work

        def change(value: Value) -> Iterator[Value]:
            if isinstance(value, int):
                for operand in operands:
                    value = apply(value, operand)
                    yield value

        return change_values(run, source(run), target(run), flags, change)

    return act


class _Order:
    """An argument `operation/value/flags`, whose value is `i:NUMBER`, a text with or without `s:`, or a variable."""

    def __init__(self, argument: Expression | None, compiler: Compiler) -> None:
        written = argument.value if isinstance(argument, Text) else ""
        self.name, _, rest = written.partition("/")
        pieces = format_pieces(rest) if rest.startswith("$") else (rest,)
        self._avp: AvpName | None = None
        if pieces and isinstance(pieces[0], Variable):
            self._avp = avp_name(pieces[0], compiler)
            self._read: Reader = compiler.value(pieces[0])
            self.flags = "".join(piece for piece in pieces[1:] if isinstance(piece, str)).removeprefix("/")
            return
        text, _, self.flags = rest.partition("/")
        self._read = _number(text[2:]) if text.startswith("i:") else _constant(text.removeprefix("s:"))

    def operands(self, run: ScriptRun) -> Iterator[Value]:
        """Yield the values on the right side: all of an AVP, newest first, or one."""
        if self._avp is not None:
            yield from values(run, self._avp(run))
        else:
            yield self._read(run)


def _constant(value: Value) -> Reader:
    return lambda _run: value


def _number(text: str) -> Reader:
    number = parse_number(text.removeprefix("-")) if _NUMBER.fullmatch(text) else None
    if number is None:
        return lambda _run: parse_integer(text)  # it fails the call
    return _constant(wrap(-number if text.startswith("-") else number))


def _avp_check(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `avp_check("$avp(a)", "eq/s:text/g")`: with `g` one of all values decides, else the newest."""
    variable, order = avp_path(argument_at(call, 0)).source, _Order(argument_at(call, 1), compiler)
    name = avp_name(variable, compiler)
    read = compiler.value(variable) if variable is not None else None

    def act(run: ScriptRun) -> int:
        if read is None:
            return -1
        found = values(run, name(run)) if name is not None else (read(run),)
        given = found if "g" in order.flags else found[:1]
        right = tuple(order.operands(run))
        run.count_work(len(given) * len(right))
        return truth_code(holds=any(_holds(run, order, value, other) for value in given for other in right))

    return act


def _holds(run: ScriptRun, order: _Order, left: Value, right: Value) -> bool:
    """Compare two values of one kind."""
    if isinstance(left, int) and isinstance(right, int):
        bits = _BITS.get(order.name)
        return bool(bits(left, right)) if bits is not None else (left > right) - (left < right) in _allowed(order)
    if not (isinstance(left, str) and isinstance(right, str)):
        return False
    if order.name == "re":
        run.count_work(MATCH_WEIGHT)
        return search(right, left)
    if order.name == "fm":
        run.count_work(MATCH_WEIGHT)
        return matches(left, _ESCAPED.sub(r"[\1]", right))
    first, second = to_bytes(left), to_bytes(right)
    if "i" in order.flags or order.name not in {"eq", "ne"}:
        first, second = first.lower(), second.lower()
    return (first > second) - (first < second) in _allowed(order)


def _allowed(order: _Order) -> frozenset[int]:
    return _ORDERS.get(order.name, frozenset())


def _avp_insert(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `avp_insert("$avp(a)", "value", "index")`: index 0 is before the newest value.

    Of a text with variables the first one is the value.
    """
    name = avp_name(avp_path(argument_at(call, 0)).source, compiler)
    written = argument_at(call, 1)
    first = avp_path(written).source
    read = reader_of(written, compiler) if first is None else compiler.value(first)
    index = reader_of(argument_at(call, 2), compiler)

    def act(run: ScriptRun) -> int:
        place = index(run)
        at = parse_integer(place) if isinstance(place, str) else place
        if name is None or at is None or at < 0:
            return -1
        named, value = name(run), read(run)
        push_counted(run, named, "" if value is None else value)
        stack = run.avps[named]
        stack.insert(max(0, len(stack) - 1 - at), stack.pop())
        return 1

    return act


AVP_OPERATIONS: Final[dict[str, CallBuilder]] = {
    "avp_subst": _avp_subst,
    "avp_op": _avp_op,
    "avp_check": _avp_check,
    "avp_insert": _avp_insert,
}
