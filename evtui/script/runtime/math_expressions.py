"""The expressions of module mathops: infix with the usual precedence, and reverse Polish notation."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from evtui.script.runtime.script_values import ScriptFault

MAX_EXPRESSION: Final = 4096
MAX_DEPTH: Final = 100
_PREFIX: Final = re.compile(
    r"\s*([+-]?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf|nan))", re.IGNORECASE
)
_TOKEN: Final = re.compile(r"\s*(?:(0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|([a-z]+)|(.))")
_POLISH: Final = re.compile(r"(-?[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|[a-z0-9]+|\S)")

_FUNCTIONS: Final[Mapping[str, Callable[[float], float]]] = {
    "abs": math.fabs, "acos": math.acos, "asin": math.asin, "atan": math.atan, "ceil": math.ceil, "cos": math.cos,
    "cosh": math.cosh, "exp": math.exp, "floor": math.floor, "ln": math.log, "log": math.log10, "sin": math.sin,
    "sinh": math.sinh, "sqrt": math.sqrt, "tan": math.tan, "tanh": math.tanh,
}  # fmt: skip


def rounded(number: float) -> float:
    """Return the nearest whole number; halves go away from zero, as in C."""
    return math.copysign(math.floor(abs(number) + 0.5), number) if math.isfinite(number) else number


def _toward_zero(number: float) -> float:
    return float(math.trunc(number)) if math.isfinite(number) else number


def _half_even(number: float) -> float:
    return float(round(number)) if math.isfinite(number) else number


_POLISH_FUNCTIONS: Final[Mapping[str, Callable[[float], float]]] = {
    "neg": lambda number: -number, "exp": math.exp, "ln": math.log, "abs": math.fabs, "sqrt": math.sqrt,
    "cbrt": lambda number: math.copysign(abs(number) ** (1 / 3), number), "floor": math.floor, "ceil": math.ceil,
    "round": rounded, "nearbyint": _half_even, "trunc": _toward_zero,
}  # fmt: skip


def _apply(work: Callable[..., float], *numbers: float) -> float:
    """Call a function as C does: what has no result is not a number, and what is too great is infinite."""
    try:
        return float(work(*numbers))
    except OverflowError:
        return math.inf
    except ValueError:
        return -math.inf if numbers[-1] == 0 and work in {math.log, math.log10} else math.nan


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)


_OPERATORS: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": lambda left, right: _apply(math.fmod, left, right),
    "^": lambda left, right: _apply(math.pow, left, right),
}
_POLISH_OPERATORS: Final = {
    **{sign: _OPERATORS[sign] for sign in "+-*/"}, "mod": _OPERATORS["%"], "pow": _OPERATORS["^"],
}  # fmt: skip


def number_of(text: str) -> float:
    """Return the number with which a text begins, 0 when there is none, as C's strtod does."""
    found = _PREFIX.match(text)
    if found is None:
        return 0.0
    digits = found[1].lower()
    return float(int(digits, 16)) if "0x" in digits else float(digits)


def evaluate(text: str) -> float:
    """Return the value of an expression such as `(1 + 2) * sqrt(16)`.

    raises ScriptFault: it is not an expression, or its value is not a number.
    """
    if len(text) > MAX_EXPRESSION:
        raise ScriptFault(f"an expression of {len(text)} characters, at most {MAX_EXPRESSION} are allowed")
    value = _InfixReader(text).run()
    if math.isnan(value):
        raise ScriptFault(f"{text[:60]!r} is not a number")
    return value


def evaluate_polish(text: str) -> float:
    """Return the value of an expression such as `1 2 + sqrt`.

    raises ScriptFault: a word in it is not known, or not exactly one number is left.
    """
    stack: list[float] = []
    if len(text) > MAX_EXPRESSION:
        raise ScriptFault(f"an expression of {len(text)} characters, at most {MAX_EXPRESSION} are allowed")
    for word in _POLISH.findall(text):
        _polish_step(word, stack)
    if len(stack) != 1:
        raise ScriptFault(f"{text[:60]!r} leaves {len(stack)} numbers, not one")
    return stack[0]


def _polish_step(word: str, stack: list[float]) -> None:
    needs = 2 if word in _POLISH_OPERATORS or word == "swap" else 1 if word in _POLISH_FUNCTIONS or word in _ONE else 0
    if len(stack) < needs:
        raise ScriptFault(f"too few numbers before {word[:40]!r}")
    if word in _POLISH_OPERATORS:
        right, left = stack.pop(), stack.pop()
        stack.append(_POLISH_OPERATORS[word](left, right))
    elif word in _POLISH_FUNCTIONS:
        stack.append(_apply(_POLISH_FUNCTIONS[word], stack.pop()))
    elif word == "drop":
        stack.pop()
    elif word == "dup":
        stack.append(stack[-1])
    elif word == "swap":
        stack[-1], stack[-2] = stack[-2], stack[-1]
    elif word in _CONSTANTS:
        stack.append(_CONSTANTS[word])
    elif word[:1] in "-0123456789" and word != "-":
        stack.append(float(word))
    else:
        raise ScriptFault(f"unknown word {word[:40]!r}")


_ONE: Final = frozenset({"drop", "dup"})
_CONSTANTS: Final = {"e": math.e, "pi": math.pi}


class _InfixReader:
    """Reads one expression: sums of products of powers; the sign before a number binds closest."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text.rstrip())
        self._at = 0
        self._depth = 0

    def run(self) -> float:
        value = self._sum()
        if self._at < len(self._tokens):
            raise self._wrong()
        return value

    def _sum(self) -> float:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> float:
        return self._chain(("*", "/", "%"), lambda: self._chain(("^",), self._factor))

    def _chain(self, signs: tuple[str, ...], operand: Callable[[], float]) -> float:
        value = operand()
        while self._sign() in signs:
            work = _OPERATORS[self._sign()]
            self._at += 1
            value = work(value, operand())
        return value

    def _sign(self) -> str:
        return self._tokens[self._at][2] if self._at < len(self._tokens) else ""

    def _factor(self) -> float:
        negative = False
        while self._sign() in {"+", "-"}:
            negative ^= self._sign() == "-"
            self._at += 1
        value = self._base()
        return -value if negative else value

    def _base(self) -> float:
        if self._at >= len(self._tokens):
            raise self._wrong()
        number, word, sign = self._tokens[self._at]
        self._at += 1
        if number:
            return number_of(number)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ScriptFault(f"more than {MAX_DEPTH} brackets and functions within each other")
        if word in _FUNCTIONS:
            value = _apply(_FUNCTIONS[word], self._factor())  # brackets around its argument may be missing
        elif sign == "(":
            value = self._inside()
        else:
            raise self._wrong()
        self._depth -= 1
        return value

    def _inside(self) -> float:
        value = self._sum()
        if self._sign() != ")":
            raise self._wrong()
        self._at += 1
        return value

    def _wrong(self) -> ScriptFault:
        return ScriptFault("not an expression: a sign, a bracket or a name in it is wrong")
