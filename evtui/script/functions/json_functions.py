"""The functions of module json: `json_link` and `json_merge`."""

from typing import Final

from evtui.script.functions.call_arguments import CallBuilder, variable_at, writer_at
from evtui.script.runtime.run_state import CallAction, ScriptRun
from evtui.script.runtime.script_values import ScriptFault
from evtui.script.syntax.expressions import CallExpression
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.json_variables import JsonPath, compile_json_path


def _path_at(call: CallExpression, place: int, compiler: Compiler) -> JsonPath | None:
    variable = variable_at(call, place)
    return compile_json_path(variable, compiler) if variable is not None and variable.name == "json" else None


def _link(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `json_link($json(alias), $json(source))`: both are one value from then on."""
    alias, source = _path_at(call, 0, compiler), _path_at(call, 1, compiler)

    def act(run: ScriptRun) -> int:
        if alias is None or source is None:
            raise ScriptFault("it takes two $json variables")
        run.state.documents.link(alias(run), source(run))
        return 1

    return act


def _merge(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `json_merge($json(first), $json(second), $var(result))`."""
    first, second = _path_at(call, 0, compiler), _path_at(call, 1, compiler)
    write = writer_at(call, 2, compiler)

    def act(run: ScriptRun) -> int:
        if first is None or second is None or write is None:
            raise ScriptFault("it takes two $json variables, and a variable for the result")
        write(run, run.state.documents.merged(first(run), second(run)))
        return 1

    return act


JSON_FUNCTIONS: Final[dict[str, CallBuilder]] = {"json_link": _link, "json_merge": _merge}
