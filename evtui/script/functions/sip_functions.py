"""Functions that read the SIP message or reply to it."""

from collections.abc import Sequence
from typing import Final

from evtui.script.functions.call_arguments import CallBuilder, function_of_values, number_at, text_at, truth_code
from evtui.script.runtime.patterns import search
from evtui.script.runtime.run_state import ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.transformations.param_lists import pairs as split_pairs
from evtui.script.transformations.param_lists import value_of
from evtui.script.variables.sip_variables import SIP_VARIABLES, cached_uri, has_totag, header, headers


def is_own(run: ScriptRun, value: Value) -> bool:
    """Return whether a URI or a host is the server's own.

    It is when the message was received there, or when the script listens there.
    """
    if value is None:
        return False
    text = to_text(value).strip()
    uri = cached_uri(text) if ":" in text and not text.startswith("[") else None
    host, port = (uri.host, uri.port) if uri is not None and uri.host else (text.partition(":")[0], "")
    if text.startswith("["):
        host = text
    name = host.lower().strip("[]")
    own, at = run.message.received
    if name == own.lower().strip("[]") and port in {"", str(at)}:
        return True
    return name in run.state.aliases or f"{name}:{port}" in run.state.aliases


def _is_method(run: ScriptRun, given: Sequence[Value]) -> int:
    wanted = {name.strip().upper() for name in text_at(given, 0).split("|")}
    return truth_code(holds=run.message.method.upper() in wanted)


def _has_totag(run: ScriptRun, _given: Sequence[Value]) -> int:
    return truth_code(holds=has_totag(run))


def _check_status(run: ScriptRun, given: Sequence[Value]) -> int:
    """Match the status of a reply; in a request, the code of the last reply that was sent."""
    status = run.message.status if run.message.status is not None else run.scope.replied
    return truth_code(holds=status is not None and search(text_at(given, 0), str(status)))


def _is_myself(run: ScriptRun, given: Sequence[Value]) -> int:
    text, port = text_at(given, 0), text_at(given, 1)
    return truth_code(holds=is_own(run, f"sip:{text}:{port}" if port and ":" not in text else text))


def _from_local(run: ScriptRun, _given: Sequence[Value]) -> int:
    return truth_code(holds=is_own(run, SIP_VARIABLES["fu"](run)))


def _uri_local(run: ScriptRun, _given: Sequence[Value]) -> int:
    return truth_code(holds=is_own(run, SIP_VARIABLES["ru"](run)))


def _reply(run: ScriptRun, given: Sequence[Value]) -> int:
    code, reason = number_at(given, 0, 200), text_at(given, 1, "OK")
    if not 100 <= code <= 699:
        raise ScriptFault(f"a reply's code is 100 to 699, not {code}")
    if run.message.status is not None:
        raise ScriptFault("a reply cannot be replied to")
    sent = run.host.reply(code, " ".join(reason.split()), run.scope)
    if sent > 0:
        run.scope.replied = code
    return sent or -1


def _on_reply(run: ScriptRun, given: Sequence[Value]) -> int:
    """Set the onreply_route for the replies to this request."""
    run.scope.on_reply = text_at(given, 0) or None
    return 1


def _present(run: ScriptRun, given: Sequence[Value]) -> int:
    return truth_code(holds=header(run.message, text_at(given, 0)) is not None)


def _append_to_reply(run: ScriptRun, given: Sequence[Value]) -> int:
    """Add header lines to the replies. raises ScriptFault: a line is not a header line, or there are more than 100."""
    lines = [line for line in text_at(given, 0).replace("\r", "\n").split("\n") if line.strip()]
    if any(":" not in line or line.startswith((" ", ":")) for line in lines):
        raise ScriptFault(f"not a header line: {text_at(given, 0)[:60]!r}")
    if len(run.scope.reply_headers) + len(lines) > 100:
        raise ScriptFault("more than 100 header lines")
    run.scope.reply_headers += lines
    return 1


def _has_body(run: ScriptRun, given: Sequence[Value]) -> int:
    wanted, kind = text_at(given, 0), header(run.message, "content-type") or ""
    fits = not wanted or kind.partition(";")[0].strip().lower() == wanted.lower()
    return truth_code(holds=bool(run.message.body) and fits)


def _loose_route(run: ScriptRun, _given: Sequence[Value]) -> int:
    """Return 1 for a message with a Route header. evtui is not a proxy and does not follow the route."""
    return truth_code(holds=bool(headers(run.message, "route")))


def _has_uri_param(run: ScriptRun, given: Sequence[Value]) -> int:
    uri = cached_uri(to_text(SIP_VARIABLES["ru"](run)))
    found = value_of(split_pairs(uri.params), text_at(given, 0)) if uri else None
    return truth_code(holds=found is not None and (len(given) < 2 or found == text_at(given, 1)))


SIP_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "is_method": function_of_values(_is_method),
    "has_totag": function_of_values(_has_totag),
    "t_check_status": function_of_values(_check_status),
    "is_myself": function_of_values(_is_myself),
    "is_from_local": function_of_values(_from_local),
    "is_uri_host_local": function_of_values(_uri_local),
    "is_domain_local": function_of_values(_is_myself),
    "is_present_hf": function_of_values(_present),
    "has_body": function_of_values(_has_body),
    "loose_route": function_of_values(_loose_route),
    "uri_param": function_of_values(_has_uri_param),
    "append_to_reply": function_of_values(_append_to_reply),
    "t_on_reply": function_of_values(_on_reply),
    "sl_send_reply": function_of_values(_reply),
    "send_reply": function_of_values(_reply),
    "t_reply": function_of_values(_reply),
}
