"""`$msg.branch.…`, `$branch(…)`, `$bf` and `$ds`: the destinations that the script gives to a request.

MessageBranch 0 is that of the R-URI; those that the script adds follow. Without an index the last one is meant.
"""

from collections.abc import Callable, Mapping
from typing import Final

from evtui.script.runtime.message_scope import NO_PRIORITY, MessageBranch
from evtui.script.runtime.run_state import Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, SpelledNumber, Value, joined, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.compiler_port import Compiler, ReadFamily, WriteFamily
from evtui.script.variables.uri_variables import request_uri
from evtui.script.variables.variable_parts import (
    IndexReader,
    compile_argument,
    compile_index,
    constant_argument,
    read_index,
)

MAX_BRANCHES: Final = 12
"""The branches that a request may have."""
_MAX_ATTRIBUTES: Final = 100

TRUE: Final = SpelledNumber(1, "true")
FALSE: Final = SpelledNumber(0, "false")

_Get = Callable[[ScriptRun, MessageBranch], Value]
_Put = Callable[[ScriptRun, MessageBranch, Value], None]


def all_branches(run: ScriptRun) -> list[MessageBranch]:
    """Return the branches of the message, the R-URI's own first."""
    return [run.scope.own, *run.scope.plan.added]


def branch_uri(run: ScriptRun, branch: MessageBranch) -> str | None:
    """Return the URI of a branch; a reply has its code in that place, as OpenSIPS reads it."""
    if branch is not run.scope.own:
        return branch.uri
    uri = request_uri(run)
    return uri if uri is not None or run.message.status is None else str(run.message.status)


def priority_text(priority: int) -> str:
    """Return a q value in thousandths as headers write it; nothing for NO_PRIORITY."""
    return f"{priority / 1000:g}" if priority != NO_PRIORITY else ""


def add_branch(run: ScriptRun, branch: MessageBranch) -> None:
    """Add a branch. raises ScriptFault: there are too many."""
    if len(run.scope.plan.added) >= MAX_BRANCHES - 1:
        raise ScriptFault(f"more than {MAX_BRANCHES} branches")
    run.scope.plan.added.append(branch)


def _set_uri(_run: ScriptRun, branch: MessageBranch, value: Value) -> None:
    if not isinstance(value, str) or not value:
        raise ScriptFault(f"not a URI for a branch: {to_text(value)[:60]}")
    branch.uri = value


def _set_text(part: str) -> _Put:
    def put(_run: ScriptRun, branch: MessageBranch, value: Value) -> None:
        if isinstance(value, int):
            raise ScriptFault(f"the {part} of a branch is a text")
        setattr(branch, part, value or None)

    return put


def _set_priority(_run: ScriptRun, branch: MessageBranch, value: Value) -> None:
    if not isinstance(value, int):
        raise ScriptFault("the q value of a branch is a number: thousandths")
    branch.priority = value


_GET: Final[Mapping[str, _Get]] = {
    "uri": branch_uri,
    "duri": lambda _run, branch: branch.destination,
    "path": lambda _run, branch: branch.path,
    "q": lambda _run, branch: priority_text(branch.priority),
    "flags": lambda run, branch: " ".join(listed_flags(run, branch.flags)),
    "socket": lambda _run, branch: branch.socket,
}
_PUT: Final[Mapping[str, _Put]] = {
    "uri": _set_uri,
    "duri": _set_text("destination"),
    "path": _set_text("path"),
    "q": _set_priority,
    "socket": _set_text("socket"),
}


def _read_branches(
    get: _Get, index: IndexReader, branches: Callable[[ScriptRun], list[MessageBranch]], default: int
) -> Reader:
    def read(run: ScriptRun) -> Value:
        found = branches(run)
        if index == "*":
            return joined([to_text(get(run, branch) or "") for branch in found], ", ") if found else None
        place = read_index(run, index) if callable(index) else default
        return get(run, found[place]) if place is not None and -len(found) <= place < len(found) else None

    return read


def _branch_at(run: ScriptRun, index: IndexReader) -> MessageBranch:
    found = all_branches(run)
    place = index(run) if callable(index) else -1
    if not -len(found) <= place < len(found):
        raise ScriptFault(f"there is no branch {place}")
    return found[place]


def _read_part(part: str) -> ReadFamily:
    return lambda variable, compiler: _read_branches(_GET[part], compile_index(variable, compiler), all_branches, -1)


def _write_part(part: str) -> WriteFamily:
    put = _PUT[part]

    def build(variable: Variable, compiler: Compiler) -> Writer:
        index = compile_index(variable, compiler)
        return lambda run, value: put(run, _branch_at(run, index), value)

    return build


def _read_flag(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$msg.branch.flag(x)`; that of the R-URI's branch is NULL without an index, as in OpenSIPS."""
    name, index = compile_argument(variable, compiler), compile_index(variable, compiler)

    def read(run: ScriptRun) -> Value:
        branch = _branch_at(run, index)
        if index is None and branch is run.scope.own:
            return None
        return TRUE if name(run) in branch.flags else FALSE

    return read


def _write_flag(variable: Variable, compiler: Compiler) -> Writer:
    name, index = compile_argument(variable, compiler), compile_index(variable, compiler)

    def write(run: ScriptRun, value: Value) -> None:
        if not isinstance(value, int):
            raise ScriptFault("a flag is a number: 0, or another to set it")
        change_flag(_branch_at(run, index).flags, name(run), sets=value != 0)

    return write


def listed_flags(run: ScriptRun, flags: Mapping[str, None]) -> list[str]:
    """Return flags in the order in which the script first names them."""
    places = run.state.flag_places
    return sorted(flags, key=lambda name: places.get(name, len(places)))


def change_flag(flags: dict[str, None], name: str, *, sets: bool) -> None:
    """Set or reset a flag. raises ScriptFault: there are too many."""
    if not sets:
        flags.pop(name, None)
    elif name not in flags and len(flags) >= 256:
        raise ScriptFault("more than 256 flags")
    else:
        flags[name] = None


def _read_attribute(variable: Variable, compiler: Compiler) -> Reader:
    name, index = compile_argument(variable, compiler), compile_index(variable, compiler)

    def read(run: ScriptRun) -> Value:
        return _branch_at(run, index).attributes.get(name(run))

    return read


def _write_attribute(variable: Variable, compiler: Compiler) -> Writer:
    name, index = compile_argument(variable, compiler), compile_index(variable, compiler)

    def write(run: ScriptRun, value: Value) -> None:
        attributes = _branch_at(run, index).attributes
        if len(attributes) >= _MAX_ATTRIBUTES:
            raise ScriptFault(f"more than {_MAX_ATTRIBUTES} attributes of a branch")
        attributes[name(run)] = value

    return write


def _added(run: ScriptRun) -> list[MessageBranch]:
    return run.scope.plan.added


def _read_old_branch(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$branch` and `$branch(uri)`: of the branches that the script added, the first one."""
    part = (constant_argument(variable) or "uri").strip()
    get = _GET.get(part)
    if get is None:
        return lambda run: run.warn_once(f"$branch has no part {part[:40]}: it is NULL")
    return _read_branches(get, compile_index(variable, compiler), _added, 0)


def _write_branch(_variable: Variable, _compiler: Compiler) -> Writer:
    """Compile `$msg.branch = "sip:…"` and `$branch = …`, which add a branch."""

    def write(run: ScriptRun, value: Value) -> None:
        if not isinstance(value, str) or not value:
            raise ScriptFault(f"not a URI for a branch: {to_text(value)[:60]}")
        add_branch(run, MessageBranch(value))

    return write


def _write_old_branch(variable: Variable, compiler: Compiler) -> Writer:
    """Compile `$branch = "sip:…"`, which adds a branch, and `$(branch(uri)[0]) = …`, which changes an added one."""
    if variable.argument is None:
        return _write_branch(variable, compiler)
    index, put = compile_index(variable, compiler), _PUT.get((constant_argument(variable) or "").strip())

    def write(run: ScriptRun, value: Value) -> None:
        place, found = index(run) if callable(index) else 0, run.scope.plan.added
        if put is None or not -len(found) <= place < len(found):
            raise ScriptFault(f"there is no branch {place} to change")
        put(run, found[place], value)

    return write


def _destination_set(run: ScriptRun) -> Value:
    """Read `$ds`: a Contact header of the changed R-URI and the added branches; NULL when there are none."""
    own = [run.scope.own] if run.scope.own.uri is not None else []
    shown = [_contact(run, branch) for branch in [*own, *run.scope.plan.added]]
    return f"Contact: {joined(shown, ', ')}" if shown else None


def _contact(run: ScriptRun, branch: MessageBranch) -> str:
    priority = priority_text(branch.priority)
    return f"<{branch_uri(run, branch)}>" + (f";q={priority}" if priority else "")


BRANCH_VARIABLES: Final[Mapping[str, Reader]] = {
    "ds": _destination_set,
    "bf": lambda run: " ".join(listed_flags(run, run.scope.own.flags)),
    "msg.branch.last_idx": lambda run: len(run.scope.plan.added),
}

BRANCH_FAMILIES: Final[Mapping[str, ReadFamily]] = {
    **{f"msg.branch.{part}": _read_part(part) for part in _GET},
    "msg.branch": lambda variable, compiler: _read_branches(branch_uri, compile_index(variable, compiler), _added, -1),
    "msg.branch.flag": _read_flag,
    "msg.branch.attr": _read_attribute,
    "branch": _read_old_branch,
    "branch.flag": _read_flag,
}

BRANCH_WRITERS: Final[Mapping[str, WriteFamily]] = {
    **{f"msg.branch.{part}": _write_part(part) for part in _PUT},
    "msg.branch": _write_branch,
    "msg.branch.flag": _write_flag,
    "msg.branch.attr": _write_attribute,
    "branch": _write_old_branch,
    "branch.flag": _write_flag,
}
