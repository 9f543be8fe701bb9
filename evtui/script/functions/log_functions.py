"""The functions xlog, log, assert, sleep and usleep."""

from collections.abc import Callable, Sequence
from typing import Final

from evtui.script.functions.call_arguments import CallBuilder, argument_at, function_of_values, number_at, reader_of
from evtui.script.runtime.host_ports import ALERT, CRITICAL, DEBUG, ERROR, INFO, NOTICE, WARNING
from evtui.script.runtime.run_state import CallAction, ProgramState, ScriptRun, Stopped
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.syntax.expressions import CallExpression, Number
from evtui.script.variables.compiler_port import Compiler

_LEVELS: Final = {
    "A": ALERT, "C": CRITICAL, "E": ERROR, "W": WARNING, "N": NOTICE, "I": INFO, "D": DEBUG,
}  # fmt: skip
"""Levels by the letter after `L_`."""
_MAX_SECONDS: Final = 86_400 * 365


def level_of(value: Value) -> int:
    """Return the number of a level, given as a number or as a name such as `L_INFO`.

    raises ScriptFault: it is not a level.
    """
    if isinstance(value, int):
        return max(ALERT, min(DEBUG, value))
    text = to_text(value).strip().upper()
    if text.startswith("L_") and text[2:3] in _LEVELS:
        return _LEVELS[text[2]]
    if text.lstrip("-").isdigit() and len(text) < 4 and text.isascii():
        return max(ALERT, min(DEBUG, int(text)))
    raise ScriptFault(f"not a log level: {text[:40]!r}")


def _log_function(threshold: Callable[[ProgramState], int]) -> CallBuilder:
    """Make the compiler of xlog or log.

    Without a level they log an error. The text of a level that is hidden is not evaluated.
    """

    def build(call: CallExpression, compiler: Compiler) -> CallAction:
        two = len(call.arguments) > 1
        level = reader_of(argument_at(call, 0) if two else Number(ERROR), compiler)
        text = reader_of(argument_at(call, 1 if two else 0), compiler)

        def act(run: ScriptRun) -> int:
            found = level_of(level(run))
            if found <= threshold(run.state):
                run.write(found, to_text(text(run)).rstrip("\r\n"))
            return 1

        return act

    return build


def _assert(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `assert(condition, "text")`: a false condition is logged and ends the script."""
    test = compiler.test(argument_at(call, 0) or Number(0))
    text = reader_of(argument_at(call, 1), compiler)

    def act(run: ScriptRun) -> int:
        if test(run):
            return 1
        run.write(CRITICAL, f"assertion failed: {to_text(text(run))}")
        raise Stopped

    return act


def _sleep(unit: float) -> CallBuilder:
    def work(run: ScriptRun, given: Sequence[Value]) -> int:
        seconds = number_at(given, 0) * unit
        if not 0 <= seconds <= _MAX_SECONDS:
            raise ScriptFault(f"cannot sleep {seconds} seconds")
        run.host.pause(seconds)
        return 1

    return function_of_values(work)


LOG_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "xlog": _log_function(lambda state: state.xlog_level),
    "log": _log_function(lambda state: state.log_level),
    "assert": _assert,
    "sleep": _sleep(1.0),
    "usleep": _sleep(1e-6),
}
