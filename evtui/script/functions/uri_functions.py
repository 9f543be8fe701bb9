"""Functions that change the Request-URI and the destination: `strip`, `setuser`, `subst_uri`, `ruri_add_param` …"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from evtui.script.functions.call_arguments import CallBuilder, truth_code
from evtui.script.functions.substitution_calls import compile_substitution
from evtui.script.functions.typed_arguments import Given, typed_function
from evtui.script.runtime.run_state import CallAction, ScriptRun
from evtui.script.runtime.script_values import ScriptFault
from evtui.script.syntax.expressions import CallExpression
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.uri_variables import (
    change_request_uri,
    changeable_uri,
    request_uri,
    set_request_uri,
    uri_of,
)
from evtui.script.variables.variable_table import PLAIN_VARIABLES

_BROKEN: Final = "sip:"
"""No URI: what the Request-URI becomes when less than nothing is stripped, or nothing of a `tel:` number."""


def _strip(cut: Callable[[str, int], str]) -> CallBuilder:
    """Make strip or strip_tail; `cut` removes a number of characters of the user."""

    def work(run: ScriptRun, given: Given) -> int:
        uri, count = changeable_uri(run), given.number(0)
        user = uri.user
        if count < 0 or (not count and uri.scheme.lower() == "tel"):
            set_request_uri(run, _BROKEN)
        elif user is not None and count:
            change_request_uri(run, "user", cut(user, count) or None)
        return 1

    return typed_function(work, "integer")


def _prefix(run: ScriptRun, given: Given) -> int:
    user = given.text(0) + (changeable_uri(run).user or "")
    change_request_uri(run, "user", user or None)
    return 1


def _set_part(part: str) -> CallBuilder:
    def work(run: ScriptRun, given: Given) -> int:
        text = given.text(0)
        change_request_uri(run, part, text if part == "host" else text or None)
        return 1

    return typed_function(work, "uri part")


def _set_user_and_password(run: ScriptRun, given: Given) -> int:
    """Replace the user with its password; OpenSIPS takes the text for both."""
    uri = replace(changeable_uri(run), password=None)
    set_request_uri(run, uri.changed("user", given.text(0) or None))
    return 1


def _set_host_and_port(run: ScriptRun, given: Given) -> int:
    uri = replace(changeable_uri(run), port=None)
    set_request_uri(run, uri.changed("host", given.text(0)))
    return 1


def _set_uri(run: ScriptRun, given: Given) -> int:
    set_request_uri(run, given.text(0))
    return 1


def _revert(run: ScriptRun, _given: Given) -> int:
    run.scope.own.uri = None
    return 1


def _set_destination(run: ScriptRun, given: Given) -> int:
    run.scope.own.destination = given.text(0) or None
    return 1


def _reset_destination(run: ScriptRun, _given: Given) -> int:
    run.scope.own.destination = None
    return 1


def _has_destination(run: ScriptRun, _given: Given) -> int:
    return truth_code(holds=run.scope.own.destination is not None)


def _params(run: ScriptRun) -> list[str]:
    """Return the URI parameters of the Request-URI as they are written."""
    params = changeable_uri(run).params
    return params.split(";") if params else []


def _add_param(run: ScriptRun, given: Given) -> int:
    """Add a URI parameter. The code is -1, as in OpenSIPS 3.6, although it is added."""
    if not given.text(0):
        return 1
    change_request_uri(run, "params", ";".join([*_params(run), given.text(0)]))
    return -1


def _delete_param(run: ScriptRun, given: Given) -> int:
    """Delete a parameter of the Request-URI; an empty name deletes nothing, with the code 1."""
    params = _params(run)
    if not given.text(0):
        return 1
    place = next((place for place, param in enumerate(params) if param.partition("=")[0] == given.text(0)), None)
    if place is None:
        return -1
    del params[place]
    change_request_uri(run, "params", ";".join(params) if params else None)
    return 1


def _has_param(run: ScriptRun, given: Given) -> int:
    wanted = f"{given.text(0)}={given.text(1)}" if given.text(1) else given.text(0)
    return truth_code(holds=bool(given.text(0)) and wanted in _params(run))


def _tel_to_sip(run: ScriptRun, _given: Given) -> int:
    """Make a SIP URI of a tel URI, with the domain of From. The code is -1 then, as in OpenSIPS 3.6."""
    text = request_uri(run) or ""
    uri = uri_of(run, text)
    if uri is None or uri.scheme.lower() != "tel":
        return 1
    set_request_uri(run, f"sip:{text.partition(':')[2]}@{PLAIN_VARIABLES['fd'](run) or ''};user=phone")
    return -1


def _substitute_uri(call: CallExpression, compiler: Compiler) -> CallAction:
    substitute = compile_substitution(call, compiler)

    def act(run: ScriptRun) -> int:
        text = request_uri(run)
        new = substitute(run, text) if text is not None else None
        if new is None:
            return -1
        set_request_uri(run, new)
        return 1

    return act


def _substitute_user(call: CallExpression, compiler: Compiler) -> CallAction:
    substitute = compile_substitution(call, compiler)

    def act(run: ScriptRun) -> int:
        user = changeable_uri(run).user
        new = substitute(run, user) if user is not None else None
        if new is None:
            return -1
        change_request_uri(run, "user", new or None)
        return 1

    return act


def _construct(run: ScriptRun, given: Given) -> int:
    """Compile `construct_uri(scheme, user, domain, port, parameters, $avp(result))`."""
    user, port, extra = given.text(1), given.text(3), given.text(4)
    login = f"{user}@" if user and given.text(2) else user
    if not given.text(0):
        raise ScriptFault("construct_uri needs a scheme")
    text = f"{given.text(0)}:{login}{given.text(2)}"
    text += (f":{port}" if port else "") + (f";{extra}" if extra else "")
    given.put(run, 5, text)
    return 1


_set_uri_builder: Final = typed_function(_set_uri, "uri part")
_set_user: Final = _set_part("user")
_set_host: Final = _set_part("host")
_set_port: Final = _set_part("port")
_set_both: Final = typed_function(_set_host_and_port, "uri part")
_set_login: Final = typed_function(_set_user_and_password, "uri part")

URI_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "strip": _strip(lambda user, count: user[count:]),
    "strip_tail": _strip(lambda user, count: user[:-count]),
    "prefix": typed_function(_prefix, "uri part"),
    "seturi": _set_uri_builder,
    "rewriteuri": _set_uri_builder,
    "setuser": _set_user,
    "rewriteuser": _set_user,
    "setuserpass": _set_login,
    "rewriteuserpass": _set_login,
    "sethost": _set_host,
    "rewritehost": _set_host,
    "sethostport": _set_both,
    "rewritehostport": _set_both,
    "setport": _set_port,
    "rewriteport": _set_port,
    "revert_uri": typed_function(_revert),
    "setdsturi": typed_function(_set_destination, "uri part"),
    "resetdsturi": typed_function(_reset_destination),
    "isdsturiset": typed_function(_has_destination),
    "ruri_add_param": typed_function(_add_param, "text"),
    "ruri_del_param": typed_function(_delete_param, "text"),
    "ruri_has_param": typed_function(_has_param, "text", "text?"),
    "ruri_tel2sip": typed_function(_tel_to_sip),
    "tel2sip": typed_function(_tel_to_sip),
    "add_uri_param": typed_function(_add_param, "text"),
    "del_uri_param": typed_function(_delete_param, "text"),
    "subst_uri": _substitute_uri,
    "subst_user": _substitute_user,
    "construct_uri": typed_function(_construct, "text", "text?", "text", "text?", "text?", "variable"),
}
