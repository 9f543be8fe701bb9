"""The operators of expressions on two values (docs/opensips-behaviour.md 5.2 and 5.3).

Every function raises ScriptFault when its operands have the wrong types.
"""

import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from evtui.script.runtime.patterns import search
from evtui.script.runtime.script_values import (
    NumberedText,
    ScriptFault,
    Value,
    checked_length,
    from_bytes,
    integer_of,
    to_bytes,
    to_text,
    wrap,
)

Comparison: TypeAlias = Callable[[Value, Value], bool]
_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_SIGNED: Final = bytes(byte ^ 0x80 for byte in range(256))


def add(left: Value, right: Value) -> Value:
    """Compute `left + right`, where the right side is a variable or a text.

    The left side decides. An integer needs an integer, and NULL counts as 0. A text is joined with a text or an
    integer, and NULL adds nothing. NULL gives the text of the right side, or the empty text
    when that is NULL too.
    """
    if isinstance(left, int):
        if isinstance(right, str):
            if not isinstance(right, NumberedText):
                raise ScriptFault(f"invalid operation: integer {left} + text")
            right = right.number
        return int(left) if right is None else wrap(left + right)  # without another text that it prints as
    if right is None:
        return "" if left is None else str(left)
    if left is None:
        return str(to_text(right))  # a text only, also where the right side is a number too
    return checked_length(left + to_text(right))


def add_number(left: Value, right: Value) -> Value:
    """Compute `left + right`, where the right side is a number in the script or the result of an operation.

    Only an integer can be added to: such a number has no text that could be joined.
    """
    if isinstance(right, int) and not isinstance(left, int):
        raise ScriptFault(f"invalid operation: {_describe(left)} + {right}")
    return add(left, right)


def add_in_place(left: Value, right: Value) -> Value:
    """Compute `+=`: add two integers or join two texts. raises ScriptFault: a side is NULL, or the kinds differ."""
    if isinstance(left, int) and isinstance(right, int):
        return wrap(left + right)
    if isinstance(left, str) and isinstance(right, str):
        return checked_length(left + right)
    if isinstance(left, int) and isinstance(right, NumberedText):
        return str(right)  # the server assigns the text that the integer has
    raise ScriptFault(f"invalid operation: {_describe(left)} += {_describe(right)}")


def _quotient(left: int, right: int) -> int:
    size = abs(left) // abs(right)  # like C, round towards 0
    return size if (left < 0) == (right < 0) else -size


def _remainder(left: int, right: int) -> int:
    return left - right * _quotient(left, right)


def _shift_left(left: int, right: int) -> int:
    return left << (right & 31)  # as the processor does: by the lowest five bits


def _shift_right(left: int, right: int) -> int:
    return left >> (right & 31)


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


def numeric_operation(sign: str, *, numbers_have_text: bool = False) -> Callable[[Value, Value], Value]:
    """Return the operation on two integers; `& | ^` also work on two texts of one length, byte by byte.

    `numbers_have_text`: an integer on the right side counts as its text there. On the right NULL counts as 0; a
    division by 0 gives 0. raises ScriptFault: the left is NULL, or the kinds differ.
    """
    work = _NUMERIC[sign]
    divides, of_bytes = sign in {"/", "%"}, sign in {"&", "|", "^"}
    texts = (str, int) if numbers_have_text else str

    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, int) and isinstance(right, NumberedText):
            right = right.number
        if isinstance(left, int) and not isinstance(right, str):
            return 0 if divides and not right else wrap(work(left, right or 0))
        if of_bytes and isinstance(left, str) and isinstance(right, texts):
            one, other = to_bytes(left), to_bytes(to_text(right))
            if len(one) == len(other):
                return from_bytes(bytes(map(work, one, other)))
        raise ScriptFault(f"invalid operation: {_describe(left)} {sign} {_describe(right)}")

    return apply


def compound_operation(sign: str) -> Callable[[Value, Value], Value]:
    """Return the operation of `-=` and the like on two integers.

    raises ScriptFault: a side is not an integer, or a division is by 0.
    """
    work = _NUMERIC[sign]
    divides = sign in {"/", "%"}

    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, int) and isinstance(right, NumberedText):
            return str(right)  # the server assigns the text that the integer has
        if not isinstance(left, int) or not isinstance(right, int):
            raise ScriptFault(f"invalid operation: {_describe(left)} {sign}= {_describe(right)}")
        if not right and divides:
            raise ScriptFault(f"invalid operation: {left} {sign}= 0")
        return wrap(work(left, right))

    return apply


def invert(value: Value) -> Value:
    """Compute `~`. raises ScriptFault: it is not an integer."""
    number = integer_of(value)
    if number is None:
        raise ScriptFault(f"invalid operation: ~ {_describe(value)}")
    return ~number


def negate(value: Value) -> Value:
    """Compute the unary minus; NULL counts as 0."""
    if isinstance(value, str):
        raise ScriptFault("invalid operation: - with text")
    return wrap(-(value or 0))


def folded(text: str) -> str:
    """Return a text as comparisons see it: ASCII letters in lower case, all other characters as they are."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def _signed_bytes(text: str) -> bytes:
    """Return bytes that stand in the order of a text's signed bytes: those of other letters come before ASCII."""
    return to_bytes(text).translate(_SIGNED)


def _comparison(compare: Callable[[Any, Any], bool], *, nulls: bool, null: bool) -> Comparison:
    """Make a comparison: two integers as numbers, else as texts regardless of ASCII case, by signed bytes.

    `nulls` is the result for two NULLs, `null` that for one.
    """

    def apply(left: Value, right: Value) -> bool:
        if left is None or right is None:
            return nulls if left is right else null
        if isinstance(left, int):
            if isinstance(right, int):
                return compare(left, right)
            if isinstance(right, NumberedText):
                return compare(left, right.number)
        elif isinstance(left, NumberedText) and (number := integer_of(right)) is not None:
            return compare(left.number, number)
        one, other = folded(to_text(left)), folded(to_text(right))
        if one.isascii() and other.isascii():
            return compare(one, other)
        return compare(_signed_bytes(one), _signed_bytes(other))

    return apply


def with_number(apply: Comparison) -> Comparison:
    """Return the comparison whose right side is a number in the script. raises ScriptFault: the left is a text."""

    def checked(left: Value, right: Value) -> bool:
        if isinstance(left, str) and not isinstance(left, NumberedText):
            raise ScriptFault(f"invalid operation: {_describe(left)} compared with the number {right}")
        return apply(left, right)

    return checked


def matches(left: Value, right: Value) -> bool:
    """Return whether the pattern on the right matches the left value; NULL matches NULL only."""
    if left is None or right is None:
        return left is right
    return search(to_text(right), to_text(left))


def not_matches(left: Value, right: Value) -> bool:
    """Return the opposite of `matches`."""
    return not matches(left, right)


def _describe(value: Value) -> str:
    if value is None:
        return "NULL"
    return f"integer {value}" if isinstance(value, int) else f'text "{value[:40]}"'


OPERATIONS: Final[dict[str, Callable[[Value, Value], Value]]] = {"+": add} | {
    name: numeric_operation(name, numbers_have_text=True) for name in _NUMERIC
}
OPERATIONS_ON_NUMBERS: Final[dict[str, Callable[[Value, Value], Value]]] = {"+": add_number} | {
    name: numeric_operation(name) for name in _NUMERIC
}
"""Operations whose right side is a number in the script or the result of an operation, which has no text."""

COMPARISONS: Final[dict[str, Comparison]] = {
    "==": _comparison(operator.eq, nulls=True, null=False),
    "!=": _comparison(operator.ne, nulls=False, null=True),
    "<": _comparison(operator.lt, nulls=False, null=False),
    ">": _comparison(operator.gt, nulls=False, null=False),
    "<=": _comparison(operator.le, nulls=False, null=False),
    ">=": _comparison(operator.ge, nulls=False, null=False),
    "=~": matches,
    "!~": not_matches,
}

COMPOUNDS: Final[dict[str, Callable[[Value, Value], Value]]] = {"+=": add_in_place} | {
    f"{name}=": compound_operation(name) for name in ("-", "*", "/", "%", "&", "|", "^")
}
