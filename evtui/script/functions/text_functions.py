"""The functions of module textops. Changes of the message are not made: no event can see them."""

import re
from collections.abc import Callable
from typing import Final

from evtui.script.functions.call_arguments import CallBuilder, truth_code
from evtui.script.functions.substitution_calls import compile_substitution
from evtui.script.functions.typed_arguments import Given, Kind, typed_function
from evtui.script.runtime.patterns import search
from evtui.script.runtime.run_state import MATCH_WEIGHT, CallAction, ScriptRun
from evtui.script.syntax.expressions import CallExpression
from evtui.script.variables.compiler_port import Compiler

_Text = Callable[[ScriptRun], str]
_HEADERS: Final = re.compile(r"\r?\n(?=.)", re.DOTALL)


def _whole(run: ScriptRun) -> str:
    return run.message.text


def _behind_start(run: ScriptRun) -> str:
    """Return the message without its first line."""
    found = _HEADERS.search(run.message.text)
    return run.message.text[found.end() :] if found else ""


def _body(run: ScriptRun) -> str:
    return run.message.body


def _searches(text: _Text, *more: Kind) -> CallBuilder:
    """Make a function that tells whether a pattern occurs, regardless of case."""

    def work(run: ScriptRun, given: Given) -> int:
        run.count_work(MATCH_WEIGHT)
        found = text(run)
        return truth_code(holds=bool(found) and search(given.text(0), found, by_lines=True))

    return typed_function(work, "pattern", *more)


def _substitutes(text: _Text) -> CallBuilder:
    """Make a function that tells whether a substitution would change something."""

    def build(call: CallExpression, compiler: Compiler) -> CallAction:
        substitute = compile_substitution(call, compiler)

        def act(run: ScriptRun) -> int:
            found = text(run)
            return truth_code(holds=bool(found) and substitute(run, found) is not None)

        return act

    return build


TEXT_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "search": _searches(_whole),
    "search_body": _searches(_body),
    "search_append": _searches(_behind_start, "text"),
    "search_append_body": _searches(_body, "text"),
    "replace": _searches(_behind_start, "text"),
    "replace_all": _searches(_behind_start, "text"),
    "replace_body": _searches(_body, "text"),
    "replace_body_all": _searches(_body, "text"),
    "replace_body_atonce": _searches(_body, "text"),
    "subst": _substitutes(_behind_start),
    "subst_body": _substitutes(_body),
}
