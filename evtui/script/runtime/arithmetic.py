"""The operators of expressions on two values (docs/opensips-behaviour.md 5.2 and 5.3).

Every function raises ScriptFault when its operands have the wrong types.
"""

import operator
from collections.abc import Callable
from typing import Final

from evtui.script.runtime.patterns import search
from evtui.script.runtime.script_values import ScriptFault, Value, checked_length, to_text, wrap


def add(left: Value, right: Value) -> Value:
    """Add two integers (NULL counts as 0) or join two values as text. NULL joined with a text is the text."""
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
    """Compute `+=`: add two integers or join two texts. raises ScriptFault: a side is NULL."""
    if left is None or right is None:
        raise ScriptFault("invalid operation: += with NULL")
    return add(left, right)


def _quotient(left: int, right: int) -> int:
    if not right:
        raise ScriptFault("division by 0")
    size = abs(left) // abs(right)  # like C, round towards 0
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
    """Return the operation on two integers; NULL counts as 0, and a text raises ScriptFault."""
    work = _NUMERIC[sign]

    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, str) or isinstance(right, str):
            raise ScriptFault(f"invalid operation: {sign} with text")
        return wrap(work(left or 0, right or 0))

    return apply


def compound_operation(sign: str) -> Callable[[Value, Value], Value]:
    """Return the operation of `-=` and the like: as `numeric_operation`, but NULL raises ScriptFault."""
    work = numeric_operation(sign)

    def apply(left: Value, right: Value) -> Value:
        if left is None or right is None:
            raise ScriptFault(f"invalid operation: {sign}= with NULL")
        return work(left, right)

    return apply


def invert(value: Value) -> Value:
    """Compute `~`; NULL counts as 0."""
    if isinstance(value, str):
        raise ScriptFault("invalid operation: ~ with text")
    return ~(value or 0)


def negate(value: Value) -> Value:
    """Compute the unary minus; NULL counts as 0."""
    if isinstance(value, str):
        raise ScriptFault("invalid operation: - with text")
    return wrap(-(value or 0))


def equal(left: Value, right: Value) -> bool:
    """Return whether two values are equal: texts regardless of case, NULL only to NULL.

    raises ScriptFault: a text is compared with an integer.
    """
    if left.__class__ is right.__class__:
        return left == right or (isinstance(left, str) and isinstance(right, str) and left.lower() == right.lower())
    if left is None or right is None:
        return False
    raise _type_mismatch(left, right)


def not_equal(left: Value, right: Value) -> bool:
    """Return the opposite of `equal`. raises ScriptFault: a text is compared with an integer."""
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
    """Return whether the pattern on the right matches the left value; false when a side is NULL."""
    return left is not None and right is not None and search(to_text(right), to_text(left))


def not_matches(left: Value, right: Value) -> bool:
    """Return whether the pattern on the right does not match the left value; false when a side is NULL."""
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
