"""The functions xlog, xdbg, log, assert, sleep and usleep."""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _LogRule:
    """How xlog, xdbg or log write."""

    threshold: Callable[[ProgramState], int]
    """The highest level that is written."""
    default: int
    """The level of a call without one."""
    is_literal: bool = False
    """Whether the `$` of a text stays."""
    resets: bool = False
    """Whether what was assigned to `$log_level` is taken back."""


def _log_function(rule: _LogRule, without_xlog_level: _LogRule | None = None) -> CallBuilder:
    """Make the compiler of xlog, xdbg or log; the second rule is for dialects in which xlog has no level of its own."""

    def build(call: CallExpression, compiler: Compiler) -> CallAction:
        has_level = without_xlog_level is None or compiler.state.dialect.xlog_has_level
        return _compile_log(call, compiler, rule if has_level else without_xlog_level or rule)

    return build


def _compile_log(call: CallExpression, compiler: Compiler, rule: _LogRule) -> CallAction:
    """Compile a call. The text of a level that is hidden is not evaluated."""
    two = len(call.arguments) > 1
    if two and isinstance(call.arguments[0], Text) and "$" in call.arguments[0].value:
        return lambda _run: 1  # OpenSIPS takes it for no level, and logs nothing
    level = reader_of(argument_at(call, 0) if two else Number(rule.default), compiler)
    given = argument_at(call, 1 if two else 0)
    text = compiler.value(given) if rule.is_literal and given is not None else reader_of(given, compiler)
    threshold, resets = rule.threshold, rule.resets

    def act(run: ScriptRun) -> int:
        found = level_of(level(run))
        if found <= threshold(run.state):
            run.write(found, to_text(text(run)).rstrip("\r\n"))
            if resets:
                run.state.log_level = run.state.first_log_level
        return 1

    return act


def _xlog_level(state: ProgramState) -> int:
    return state.xlog_level


def _log_level(state: ProgramState) -> int:
    return state.log_level


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
    "xlog": _log_function(_LogRule(_xlog_level, NOTICE, resets=True), _LogRule(_log_level, ERROR)),
    "xdbg": _log_function(_LogRule(_xlog_level, DEBUG, resets=True), _LogRule(_log_level, DEBUG)),
    "log": _log_function(_LogRule(_log_level, DEBUG, is_literal=True)),
    "assert": _assert,
    "sleep": _sleep(1.0),
    "usleep": _sleep(1e-6),
}
