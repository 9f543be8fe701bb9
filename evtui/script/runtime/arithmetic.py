"""What the operators of expressions make of two values (docs/opensips-behaviour.md 5.2 and 5.3). All of them raise
Fault.
"""

import operator
from collections.abc import Callable
from typing import Final

from evtui.script.runtime.patterns import search
from evtui.script.runtime.script_values import ScriptFault, Value, checked_length, to_text, wrap


def add(left: Value, right: Value) -> Value:
    """Add to an integer (NULL counts 0), else join as text; NULL joins nothing."""
    if isinstance(left, int):
        if isinstance(right, str):
            raise ScriptFault(f"invalid operation: integer {left} + text")
        return left if right is None else wrap(left + right)
    if left is None:
        return right
    if right is None:
        return left
    return checked_length(left + to_text(right))


def add_in_place(left: Value, right: Value) -> Value:
    """Do `+=`: add two integers or join two texts; NULL on either side is a fault."""
    if left is None or right is None:
        raise ScriptFault("invalid operation: += with NULL")
    return add(left, right)


def _quotient(left: int, right: int) -> int:
    if not right:
        raise ScriptFault("division by 0")
    size = abs(left) // abs(right)  # C cuts towards 0
    return size if (left < 0) == (right < 0) else -size


def _remainder(left: int, right: int) -> int:
    return left - right * _quotient(left, right)


def _shift_left(left: int, right: int) -> int:
    return left << right if 0 <= right < 64 else _bad_shift(right)


def _shift_right(left: int, right: int) -> int:
    return left >> right if 0 <= right < 64 else _bad_shift(right)


def _bad_shift(places: int) -> int:
    raise ScriptFault(f"a shift by {places}, 0 to 63 are possible")


_NUMERIC: Final[dict[str, Callable[[int, int], int]]] = {
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _quotient,
    "%": _remainder,
    "&": lambda left, right: left & right,
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
    "<<": _shift_left,
    ">>": _shift_right,
}


def numeric_operation(sign: str) -> Callable[[Value, Value], Value]:
    """Make the operation of two integers; NULL counts 0, text is a fault."""
    work = _NUMERIC[sign]

    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, str) or isinstance(right, str):
            raise ScriptFault(f"invalid operation: {sign} with text")
        return wrap(work(left or 0, right or 0))

    return apply


def compound_operation(sign: str) -> Callable[[Value, Value], Value]:
    """Make the operation of `-=` and the like: as `numeric`, but NULL is a fault."""
    work = numeric_operation(sign)

    def apply(left: Value, right: Value) -> Value:
        if left is None or right is None:
            raise ScriptFault(f"invalid operation: {sign}= with NULL")
        return work(left, right)

    return apply


def invert(value: Value) -> Value:
    """Do `~`."""
    if isinstance(value, str):
        raise ScriptFault("invalid operation: ~ with text")
    return ~(value or 0)


def negate(value: Value) -> Value:
    """Do the unary minus."""
    if isinstance(value, str):
        raise ScriptFault("invalid operation: - with text")
    return wrap(-(value or 0))


def equal(left: Value, right: Value) -> bool:
    """Compare; text without regard to case; NULL equals only NULL."""
    if left.__class__ is right.__class__:
        return left == right or (isinstance(left, str) and isinstance(right, str) and left.lower() == right.lower())
    if left is None or right is None:
        return False
    raise _type_mismatch(left, right)


def not_equal(left: Value, right: Value) -> bool:
    """Do `!=`: the other of `equal`, but a text and an integer are a fault here too."""
    return not equal(left, right)


def _ordered(compare: Callable[[int | str, int | str], bool]) -> Callable[[Value, Value], bool]:
    def apply(left: Value, right: Value) -> bool:
        if left is None or right is None:
            return False
        if isinstance(left, str) and isinstance(right, str):
            return compare(left.lower(), right.lower())
        if isinstance(left, str) or isinstance(right, str):
            raise _type_mismatch(left, right)
        return compare(left, right)

    return apply


def matches(left: Value, right: Value) -> bool:
    """Do `=~`; NULL matches nothing."""
    return left is not None and right is not None and search(to_text(right), to_text(left))


def not_matches(left: Value, right: Value) -> bool:
    """Do `!~`; NULL is neither."""
    return left is not None and right is not None and not search(to_text(right), to_text(left))


def _type_mismatch(left: Value, right: Value) -> ScriptFault:
    return ScriptFault(f"invalid operation: {_describe(left)} compared with {_describe(right)}")


def _describe(value: Value) -> str:
    return f"integer {value}" if isinstance(value, int) else f'text "{to_text(value)[:40]}"'


OPERATIONS: Final[dict[str, Callable[[Value, Value], Value]]] = {"+": add} | {
    name: numeric_operation(name) for name in _NUMERIC
}

COMPARISONS: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "==": equal,
    "!=": not_equal,
    "<": _ordered(operator.lt),
    ">": _ordered(operator.gt),
    "<=": _ordered(operator.le),
    ">=": _ordered(operator.ge),
    "=~": matches,
    "!~": not_matches,
}

COMPOUNDS: Final[dict[str, Callable[[Value, Value], Value]]] = {"+=": add_in_place} | {
    f"{name}=": compound_operation(name) for name in ("-", "*", "/", "%", "&", "|", "^")
}
