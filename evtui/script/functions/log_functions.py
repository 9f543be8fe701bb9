"""The functions xlog, xdbg, log, assert, sleep and usleep."""

from collections.abc import Callable
from typing import Final

from evtui.script.functions.call_arguments import CallBuilder, argument_at, reader_of
from evtui.script.functions.typed_arguments import Given, typed_function
from evtui.script.runtime.host_ports import ALERT, CRITICAL, DEBUG, ERROR, INFO, NOTICE, WARNING
from evtui.script.runtime.run_state import CallAction, ProgramState, ScriptRun, Stopped
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.syntax.expressions import CallExpression, Number, Text
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


def _log_function(threshold: Callable[[ProgramState], int], default: int, *, literal: bool = False) -> CallBuilder:
    """Make the compiler of xlog, xdbg or log, whose level without one is `default`.

    The text of a level that is hidden is not evaluated. A literal text keeps its `$`.
    """

    def build(call: CallExpression, compiler: Compiler) -> CallAction:
        two = len(call.arguments) > 1
        if two and isinstance(call.arguments[0], Text) and "$" in call.arguments[0].value:
            return lambda _run: 1  # OpenSIPS takes it for no level, and logs nothing
        level = reader_of(argument_at(call, 0) if two else Number(default), compiler)
        given = argument_at(call, 1 if two else 0)
        text = compiler.value(given) if literal and given is not None else reader_of(given, compiler)

        def act(run: ScriptRun) -> int:
            found = level_of(level(run))
            if found <= threshold(run.state):
                run.write(found, to_text(text(run)).rstrip("\r\n"))
                if not literal:  # xlog takes back what was assigned to $log_level, as in OpenSIPS
                    run.state.log_level = run.state.first_log_level
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
    """Make sleep or usleep; a negative time is none."""

    def work(run: ScriptRun, given: Given) -> int:
        seconds = given.number(0) * unit
        if seconds > _MAX_SECONDS:
            raise ScriptFault(f"cannot sleep {seconds} seconds")
        run.host.pause(max(seconds, 0.0))
        return 1

    return typed_function(work, "integer")


LOG_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "xlog": _log_function(lambda state: state.xlog_level, NOTICE),
    "xdbg": _log_function(lambda state: state.xlog_level, DEBUG),
    "log": _log_function(lambda state: state.log_level, DEBUG, literal=True),
    "assert": _assert,
    "sleep": _sleep(1.0),
    "usleep": _sleep(1e-6),
}
