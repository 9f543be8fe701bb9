"""The functions of modules cfgutils and statistics, and core functions that only assign: `pv_printf`, `rand_event` …"""

import bisect
import re
from datetime import UTC, datetime, tzinfo
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from evtui.script.functions.call_arguments import CallBuilder, argument_at, avp_at, truth_code, variable_at, writer_at
from evtui.script.functions.typed_arguments import Given, TypedFunction, typed_function
from evtui.script.runtime.run_state import CallAction, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, wrap
from evtui.script.syntax.expressions import CallExpression, Text
from evtui.script.variables.avps import values
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.variable_parts import compile_argument

_MICROSECONDS: Final = 1_000_000
_STAMP: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_WRONG_TIME: Final = -2


def _print(run: ScriptRun, given: Given) -> int:
    """Compile `pv_printf($var(x), "format")`."""
    given.put(run, 0, given.text(1))
    return 1


def _timestamp(run: ScriptRun, given: Given) -> int:
    now = run.host.now()
    given.put(run, 0, int(now))
    given.put(run, 1, int(now * _MICROSECONDS) % _MICROSECONDS)
    return 1


def _accurate_time(run: ScriptRun, given: Given) -> int:
    now = run.host.now()
    seconds, micro = int(now), int(now * _MICROSECONDS) % _MICROSECONDS
    given.put(run, 0, seconds)
    given.put(run, 1, micro)
    given.put(run, 2, f"{seconds}.{micro:06}")
    return 1


def _time_difference(run: ScriptRun, given: Given) -> int:
    """Give the microseconds between two times, as a text and as an integer; -1 when the integer does not fit."""
    first, first_micro, second, second_micro = (given.number(place) for place in range(4))
    difference = abs((first - second) * _MICROSECONDS + first_micro - second_micro)
    given.put(run, 4, str(difference))
    if given.has(5):
        if difference != wrap(difference):
            return -1
        given.put(run, 5, difference)
    return 1


def _set_count(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `set_count($avp(x), $var(count))`: how many values a variable has."""
    variable, write = variable_at(call, 0), writer_at(call, 1, compiler)
    if variable is None or write is None or isinstance(argument_at(call, 0), Text):
        return _needs("a variable, and a variable for the result")
    name, read = compile_argument(variable, compiler), compiler.value(variable)

    def act(run: ScriptRun) -> int:
        if variable.name == "avp":
            count = len(values(run, name(run).strip()))
        elif variable.name in {"hdr", "ct"}:
            count = len(run.scope.headers.values("contact" if variable.name == "ct" else name(run)))
        else:
            count = int(read(run) is not None)
        write(run, count)
        return 1

    return act


def _shuffle(call: CallExpression, compiler: Compiler) -> CallAction:
    name = avp_at(call, 0, compiler)
    if name is None:
        return _needs("an AVP")

    def act(run: ScriptRun) -> int:
        stack = run.avps.get(name(run), [])
        for last in range(len(stack) - 1, 0, -1):
            chosen = int(run.host.random() * (last + 1))
            stack[last], stack[chosen] = stack[chosen], stack[last]
        return 1

    return act


def _select_weight(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `set_select_weight($avp(x))`: the index of one value, as likely as its number is great."""
    name = avp_at(call, 0, compiler)
    if name is None:
        return _needs("an AVP")

    def act(run: ScriptRun) -> int:
        weights = [value if isinstance(value, int) and value > 0 else 0 for value in values(run, name(run))]
        if not any(weights):
            return -1
        return bisect.bisect_right(list(accumulate(weights)), run.host.random() * sum(weights))

    return act


def _needs(what: str) -> CallAction:
    def act(_run: ScriptRun) -> int:
        raise ScriptFault(f"it takes {what}")

    return act


def _random_event(run: ScriptRun, given: Given) -> int:
    chance = given.number(0, run.state.probability)
    return truth_code(holds=chance > 0 and run.host.random() * 100 <= chance)


def _set_probability(run: ScriptRun, given: Given) -> int:
    run.state.probability = given.number(0)
    return 1


def _reset_probability(run: ScriptRun, _given: Given) -> int:
    run.state.probability = run.state.first_probability
    return 1


def _succeed(_run: ScriptRun, _given: Given) -> int:
    return 1


def _share_lock(_run: ScriptRun, given: Given) -> int:
    return truth_code(holds=given.text(0) == given.text(1))


def _update_statistic(run: ScriptRun, given: Given) -> int:
    run.state.statistics.add(given.text(0), given.number(1))
    return 1


def _reset_statistic(run: ScriptRun, given: Given) -> int:
    run.state.statistics.reset(given.text(0))
    return 1


def _in_time(run: ScriptRun, given: Given) -> int:
    """Test a time against `[zone|]start|end`; the code is -2 for what is not of that form.

    Recurrences and several times joined are not supported: the code is -1 then.
    """
    text = given.text(0)
    if any(sign in text for sign in "&()!") or " / " in text:
        return _not_supported(run, "times that are joined by signs")
    fields = [field.strip() for field in text.split("|")]
    zone: tzinfo | None = None
    if fields[0] and not _STAMP.match(fields[0]):
        try:
            zone = ZoneInfo(fields.pop(0))
        except (ValueError, OSError, KeyError):  # KeyError: there is no such zone
            return _WRONG_TIME
    if any(fields[3:]):
        return _not_supported(run, "recurrences of times")
    limits = [_moment(field, zone) if field else None for field in (*fields, "", "")[:2]]
    now = float(given.text(1)) if given.text(1) else run.host.now()
    start, end = limits
    return truth_code(holds=(start is None or start <= now) and (end is None or now < end))


def _not_supported(run: ScriptRun, what: str) -> int:
    run.warn_once(f"check_time_rec: {what} are not supported: its code is -1")
    return -1


def _moment(text: str, zone: tzinfo | None) -> float:
    """Return a time such as 20260104T080000 in Unix seconds. raises ScriptFault: it is none."""
    found = _STAMP.fullmatch(text)
    if found is None:
        raise ScriptFault(f"not a time: {text[:40]!r}")
    form = "%Y%m%dT%H%M%S" if found[4] else "%Y%m%d"
    try:
        moment = datetime.strptime(text.rstrip("Z"), form).replace(tzinfo=UTC if found[7] else zone)
    except ValueError as error:
        raise ScriptFault(f"not a time: {text[:40]!r}") from error
    return moment.timestamp()


_FREE: Final[TypedFunction] = _succeed
"""Locks are free at once: evtui runs one script after another."""

UTILITY_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "pv_printf": typed_function(_print, "variable", "text"),
    "avp_printf": typed_function(_print, "variable", "text"),
    "get_timestamp": typed_function(_timestamp, "variable", "variable"),
    "get_accurate_time": typed_function(_accurate_time, "variable", "variable", "variable?"),
    "ts_usec_delta": typed_function(
        _time_difference, "integer", "integer", "integer", "integer", "variable?", "variable?"
    ),
    "set_count": _set_count,
    "shuffle_avps": _shuffle,
    "set_select_weight": _select_weight,
    "rand_event": typed_function(_random_event, "integer?"),
    "rand_set_prob": typed_function(_set_probability, "integer"),
    "rand_reset_prob": typed_function(_reset_probability),
    "rand_get_prob": typed_function(lambda run, _given: run.state.probability),
    "update_stat": typed_function(_update_statistic, "text", "integer"),
    "reset_stat": typed_function(_reset_statistic, "text"),
    "check_time_rec": typed_function(_in_time, "text", "text?"),
    "get_static_lock": typed_function(_FREE, "text"),
    "release_static_lock": typed_function(_FREE, "text"),
    "get_dynamic_lock": typed_function(_FREE, "text"),
    "release_dynamic_lock": typed_function(_FREE, "text"),
    "strings_share_lock": typed_function(_share_lock, "text", "text"),
}
