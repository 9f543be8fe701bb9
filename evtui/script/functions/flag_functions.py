"""`setflag`, `setbflag` and their kin, and the branches that a script adds: `append_msg_branch`, `next_branches` …"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from evtui.script.functions.call_arguments import CallBuilder, literal_at, truth_code
from evtui.script.functions.typed_arguments import Given, TypedFunction, typed_function
from evtui.script.runtime.message_scope import NO_PRIORITY, MessageBranch
from evtui.script.runtime.run_state import CallAction, ScriptRun
from evtui.script.runtime.script_values import ScriptFault
from evtui.script.syntax.expressions import CallExpression
from evtui.script.variables.branch_variables import add_branch, all_branches, change_flag
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.uri_variables import request_uri

_Flags = Callable[[ScriptRun, Given], dict[str, None] | None]
_WHOLE_PRIORITY: Final = 1000


def _message_flags(run: ScriptRun, _given: Given) -> dict[str, None]:
    return run.scope.flags


def _branch_flags(run: ScriptRun, given: Given) -> dict[str, None] | None:
    """Return the flags of branch 0 or of that whose index is the second argument; None when there is none."""
    branches, place = all_branches(run), given.number(1)
    return branches[place].flags if 0 <= place < len(branches) else None


def _change(flags: _Flags, *, sets: bool) -> TypedFunction:
    def work(run: ScriptRun, given: Given) -> int:
        found = flags(run, given)
        if found is None:
            return -1
        change_flag(found, given.text(0), sets=sets)
        return 1

    return work


def _test(flags: _Flags) -> TypedFunction:
    return lambda run, given: truth_code(holds=given.text(0) in (flags(run, given) or {}))


def _named(build: CallBuilder) -> CallBuilder:
    """Register the flag that a call names: `$mf` and `$bf` list flags in the order in which the script names them."""

    def named(call: CallExpression, compiler: Compiler) -> CallAction:
        name = literal_at(call, 0)
        if name is not None:
            compiler.state.flag_places.setdefault(name, len(compiler.state.flag_places))
        return build(call, compiler)

    return named


def _message_flag(work: TypedFunction) -> CallBuilder:
    return _named(typed_function(work, "text"))


def _branch_flag(work: TypedFunction) -> CallBuilder:
    return _named(typed_function(work, "text", "integer?"))


def _priority(text: str) -> int:
    """Return a q value such as `0.5` in thousandths; NO_PRIORITY for an empty text. raises ScriptFault: it is none."""
    try:
        return round(min(max(float(text), 0.0), 1.0) * _WHOLE_PRIORITY) if text.strip() else NO_PRIORITY
    except ValueError:
        raise ScriptFault(f"not a q value: {text[:40]!r}") from None


def _append(run: ScriptRun, given: Given) -> int:
    """Add a branch with a URI, or with the Request-URI when none is given; an empty one gives -1."""
    if given.values[0] == "":
        return -1
    add_branch(run, MessageBranch(given.text(0) or request_uri(run), priority=_priority(given.text(1))))
    return 1


def _remove(run: ScriptRun, given: Given) -> int:
    place = given.number(0)
    if not 0 <= place < len(run.scope.plan.added):
        return -1
    del run.scope.plan.added[place]
    return 1


def _exchangeable(run: ScriptRun, given: Given) -> tuple[int, int] | None:
    """Return the places, among all branches, of the two that a call names; None when one does not exist.

    The call counts the added branches from 0, and a negative number is the R-URI's own.
    """
    count = len(run.scope.plan.added)
    first, second = max(given.number(0, -1), -1) + 1, max(given.number(1, -1), -1) + 1
    return (first, second) if first != second and first <= count and second <= count else None


def _put_branch(run: ScriptRun, place: int, branch: MessageBranch) -> None:
    if place:
        run.scope.plan.added[place - 1] = branch
    else:
        run.scope.plan.own = branch


def _swap(run: ScriptRun, given: Given) -> int:
    places = _exchangeable(run, given)
    if places is None:
        return -1
    first, second = (_whole(run, all_branches(run)[place]) for place in places)
    _put_branch(run, places[0], second)
    _put_branch(run, places[1], first)
    return 1


def _move(run: ScriptRun, given: Given) -> int:
    """Copy a branch over another one; without `keep` it is removed."""
    places = _exchangeable(run, given)
    if places is None:
        return -1
    _put_branch(run, places[1], replace(_whole(run, all_branches(run)[places[0]])))
    if given.text(2) != "keep" and places[0]:
        del run.scope.plan.added[places[0] - 1]
    return 1


def _whole(run: ScriptRun, branch: MessageBranch) -> MessageBranch:
    """Return a branch with its URI in it, also that of the R-URI."""
    return replace(branch, uri=branch.uri if branch.uri is not None else request_uri(run))


def _serialize(run: ScriptRun, given: Given) -> int:
    """Order the branches by their q value for next_branches; branches without different values stay as they are."""
    branches = [_whole(run, branch) for branch in all_branches(run)]
    if given.number(0):
        run.scope.plan.serial.clear()
    if len({branch.priority for branch in branches}) < 2:
        return 1
    groups: dict[int, list[MessageBranch]] = {}
    for branch in branches:
        groups.setdefault(branch.priority, []).append(branch)
    run.scope.plan.serial += [groups[priority] for priority in sorted(groups, reverse=True)]
    run.scope.plan.added.clear()
    return 1


def _next(run: ScriptRun, _given: Given) -> int:
    """Take the branches of the highest q value: return 1 when others are left, 2 for the last ones, -1 for none."""
    if not run.scope.plan.serial:
        return -1
    first, *others = run.scope.plan.serial.pop(0)
    run.scope.plan.own = first
    run.scope.plan.added += others
    return 1 if run.scope.plan.serial else 2


FLAG_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "setflag": _message_flag(_change(_message_flags, sets=True)),
    "resetflag": _message_flag(_change(_message_flags, sets=False)),
    "isflagset": _message_flag(_test(_message_flags)),
    "setbflag": _branch_flag(_change(_branch_flags, sets=True)),
    "resetbflag": _branch_flag(_change(_branch_flags, sets=False)),
    "isbflagset": _branch_flag(_test(_branch_flags)),
    "append_msg_branch": typed_function(_append, "text?", "text?", "text?"),
    "append_branch": typed_function(_append, "uri part?", "text?"),
    "append_branch_old": typed_function(_append, "text?", "text?"),
    "remove_msg_branch": typed_function(_remove, "integer"),
    "remove_branch": typed_function(_remove, "integer"),
    "swap_msg_branches": typed_function(_swap, "integer?", "integer?"),
    "swap_branches": typed_function(_swap, "integer?", "integer?"),
    "move_msg_branch": typed_function(_move, "integer?", "integer?", "text?"),
    "move_branch": typed_function(_move, "integer?", "integer?", "text?"),
    "serialize_branches": typed_function(_serialize, "integer", "integer?"),
    "next_branches": typed_function(_next),
}
