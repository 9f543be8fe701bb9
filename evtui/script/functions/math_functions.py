"""The functions of module mathops: `math_eval`, `math_rpn`, `math_round` and their kin."""

import math
from collections.abc import Callable
from typing import Final

from evtui.script.functions.call_arguments import CallBuilder
from evtui.script.functions.typed_arguments import Given, typed_function
from evtui.script.runtime.math_expressions import evaluate, evaluate_polish, number_of, rounded
from evtui.script.runtime.run_state import ScriptRun

_DIGITS: Final = 6
_MOST_DIGITS: Final = 100
_LOWEST: Final = -(1 << 31)
_HIGHEST: Final = (1 << 31) - 1


def decimal_text(number: float, digits: int = _DIGITS) -> str:
    """Return a number as C prints it with a number of decimals; a negative number of them is 6."""
    if math.isnan(number):
        return "-nan"
    return f"{number:.{min(digits, _MOST_DIGITS) if digits >= 0 else _DIGITS}f}"


def _integer(number: float) -> int:
    """Return a whole number as a 32-bit integer; the lowest one stands for what does not fit."""
    return int(number) if math.isfinite(number) and _LOWEST <= number <= _HIGHEST else _LOWEST


def _evaluation(work: Callable[[str], float]) -> CallBuilder:
    def act(run: ScriptRun, given: Given) -> int:
        given.put(run, 1, decimal_text(work(given.text(0))))
        return 1

    return typed_function(act, "text", "variable")


def _whole(work: Callable[[float], float]) -> CallBuilder:
    def act(run: ScriptRun, given: Given) -> int:
        number = number_of(given.text(0))
        given.put(run, 1, _integer(work(number) if math.isfinite(number) else number))
        return 1

    return typed_function(act, "text", "variable")


def _round(run: ScriptRun, given: Given) -> int:
    """Round to a whole number, or to a text with a number of decimals."""
    number, digits = number_of(given.text(0)), given.number(2)
    given.put(run, 1, decimal_text(number, digits) if digits else _integer(rounded(number)))
    return 1


def _round_figures(run: ScriptRun, given: Given) -> int:
    """Round to a number of significant figures."""
    number, figures = number_of(given.text(0)), max(min(given.number(2), _MOST_DIGITS), -_MOST_DIGITS)
    if not number or not math.isfinite(number):
        given.put(run, 1, decimal_text(math.nan))
        return 1
    shift = 10.0 ** (figures - math.ceil(math.log10(abs(number))))
    given.put(run, 1, decimal_text(rounded(number * shift) / shift))
    return 1


def _compare(run: ScriptRun, given: Given) -> int:
    left, right = evaluate(given.text(0)), evaluate(given.text(1))
    given.put(run, 2, (left > right) - (left < right))
    return 1


MATH_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "math_eval": _evaluation(evaluate),
    "math_rpn": _evaluation(evaluate_polish),
    "math_trunc": _whole(math.trunc),
    "math_floor": _whole(math.floor),
    "math_ceil": _whole(math.ceil),
    "math_round": typed_function(_round, "text", "variable", "integer?"),
    "math_round_sf": typed_function(_round_figures, "text", "variable", "integer"),
    "math_compare": typed_function(_compare, "text", "text", "variable"),
}
