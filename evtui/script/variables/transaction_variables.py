"""The variables of module tm: `$T_reply_code`, `$T_fr_timeout`, `$tm.branch.…`. evtui keeps no transactions."""

from collections.abc import Mapping
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.variables.compiler_port import ReadFamily

_FINAL_TIMEOUT: Final = 30
_INVITE_TIMEOUT: Final = 120
_PARTS: Final = (
    "attr", "duri", "flag", "flags", "last_received", "path", "q", "socket", "type", "uri",
)  # fmt: skip


def _timeout(name: str, default: int) -> Reader:
    """Read a timeout of tm: in a request its default until it is set, elsewhere 0 until then."""

    def read(run: ScriptRun) -> Value:
        kept = run.scope.plan.timeouts.get(name)
        is_request = run.message.status is None and bool(run.message.received[0])
        return str(kept if kept is not None else default if is_request else 0)

    return read


def _set_timeout(name: str) -> Writer:
    def write(run: ScriptRun, value: Value) -> None:
        if value is None:
            run.scope.plan.timeouts.pop(name, None)
        elif isinstance(value, int):
            run.scope.plan.timeouts[name] = value
        else:
            raise ScriptFault(f"${name} is a number of seconds")

    return write


def _reply_code(run: ScriptRun) -> Value:
    return run.scope.replied or 0


def _branch_index(run: ScriptRun) -> Value:
    return 0 if run.message.status is not None else None


def _none(_run: ScriptRun) -> Value:
    return None


def _missing(name: str) -> ReadFamily:
    return lambda _variable, _compiler: lambda run: run.warn_once(f"${name} is NULL: no transactions are kept here")


def _write_branch_avp(_run: ScriptRun, _value: Value) -> None:
    raise ScriptFault("$bavp cannot be assigned outside the branches of a transaction")


TRANSACTION_VARIABLES: Final[Mapping[str, Reader]] = {
    "T_reply_code": _reply_code,
    "T_branch_idx": _branch_index,
    "T_branch_last_reply_code": _none,
    "T_id": _none,
    "T_fr_timeout": _timeout("T_fr_timeout", _FINAL_TIMEOUT),
    "T_fr_inv_timeout": _timeout("T_fr_inv_timeout", _INVITE_TIMEOUT),
}

TRANSACTION_WRITERS: Final[Mapping[str, Writer]] = {
    "T_fr_timeout": _set_timeout("T_fr_timeout"),
    "T_fr_inv_timeout": _set_timeout("T_fr_inv_timeout"),
    "bavp": _write_branch_avp,
}

TRANSACTION_FAMILIES: Final[Mapping[str, ReadFamily]] = {
    "bavp": _missing("bavp"),
    **{f"tm.branch.{part}": _missing(f"tm.branch.{part}") for part in _PARTS},
}
