"""Functions that read the SIP message or reply to it."""

from collections.abc import Sequence
from typing import Final

from evtui.script.functions.call_arguments import CallBuilder, function_of_values, number_at, text_at, truth_code
from evtui.script.functions.typed_arguments import Given, typed_function
from evtui.script.runtime.name_addresses import parse_addresses
from evtui.script.runtime.patterns import search
from evtui.script.runtime.run_state import ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.transformations.param_lists import pairs as split_pairs
from evtui.script.transformations.param_lists import value_of
from evtui.script.variables.address_variables import address_of, has_totag
from evtui.script.variables.uri_variables import uri_of
from evtui.script.variables.variable_table import PLAIN_VARIABLES

_LOOPBACK: Final = "127.0.0.1"


def is_own(run: ScriptRun, value: Value) -> bool:
    """Return whether a URI or a host is the server's own.

    It is when the message was received there, or when the script listens there.
    """
    if value is None:
        return False
    text = to_text(value).strip()
    uri = uri_of(run, text) if ":" in text and not text.startswith("[") else None
    host, port = (uri.host, uri.port or "") if uri is not None and uri.host else (text.partition(":")[0], "")
    if text.startswith("["):
        host = text
    return is_own_host(run, host.lower().strip("[]"), port)


def is_own_host(run: ScriptRun, host: str, port: str) -> bool:
    """Return whether a host in lower case and a port, empty for any, are the server's own.

    A message that no socket received says nothing of it: the host is the loopback address then.
    """
    own, at = run.message.received
    own = own or _LOOPBACK
    if host == own.lower().strip("[]") and port in {"", str(at)}:
        return True
    return host in run.state.aliases if not port else f"{host}:{port}" in run.state.aliases


def _check_status(run: ScriptRun, given: Sequence[Value]) -> int:
    """Match the status of a reply; in a request, the code of the last reply that was sent."""
    status = run.message.status if run.message.status is not None else run.scope.replied
    return truth_code(holds=status is not None and search(text_at(given, 0), str(status)))


def _is_myself(run: ScriptRun, given: Given) -> int:
    """Tell whether a host, and a port that is not 0, are the server's own; an empty host without a port is."""
    host, port = given.text(0).lower(), given.number(1)
    return truth_code(holds=(not host and not port) or is_own_host(run, host.strip("[]"), str(port) if port else ""))


def _from_local(run: ScriptRun, _given: Sequence[Value]) -> int:
    return truth_code(holds=is_own(run, PLAIN_VARIABLES["fu"](run)))


def _uri_local(run: ScriptRun, _given: Sequence[Value]) -> int:
    return truth_code(holds=is_own(run, PLAIN_VARIABLES["ru"](run)))


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


def _append_to_reply(run: ScriptRun, given: Sequence[Value]) -> int:
    """Add header lines to the replies. raises ScriptFault: a line is not a header line, or there are more than 100."""
    lines = [line for line in text_at(given, 0).replace("\r", "\n").split("\n") if line.strip()]
    if any(":" not in line or line.startswith((" ", ":")) for line in lines):
        raise ScriptFault(f"not a header line: {text_at(given, 0)[:60]!r}")
    if len(run.scope.reply_headers) + len(lines) > 100:
        raise ScriptFault("more than 100 header lines")
    run.scope.reply_headers += lines
    return 1


def _loose_route(run: ScriptRun, _given: Sequence[Value]) -> int:
    """Take the next hop from the Route headers into `$du`.

    A first one that is the server's own is left out. When it is the only one, the code is -1 for a request that begins
    a dialog. Strict routers are not followed.
    """
    routes = [found for value in run.scope.headers.values("route") for found in parse_addresses(value)]
    if not routes:
        return -1
    if is_own(run, routes[0].uri):
        del routes[0]
        if not routes:
            return truth_code(holds=has_totag(run))
    run.scope.own.destination = routes[0].uri
    return 1


def _direction(run: ScriptRun, given: Sequence[Value]) -> int:
    """Compare the tag of From with `ftag` of the first Route; without one the request goes downstream."""
    found, sender = address_of(run, "route"), address_of(run, "from")
    uri = uri_of(run, found.uri) if found is not None else None
    tag = uri.param("ftag") if uri is not None else None
    upstream = tag is not None and sender is not None and tag != sender.param("tag")
    return truth_code(holds=(text_at(given, 0).lower() == "upstream") == upstream)


def _route_param(run: ScriptRun, given: Sequence[Value]) -> int:
    """Search the parameters of the first Route, which must be the server's own."""
    found = address_of(run, "route")
    uri = uri_of(run, found.uri) if found is not None and is_own(run, found.uri) else None
    return truth_code(holds=uri is not None and search(text_at(given, 0), f";{uri.params or ''}"))


def _has_uri_param(run: ScriptRun, given: Sequence[Value]) -> int:
    uri = uri_of(run, to_text(PLAIN_VARIABLES["ru"](run)))
    found = value_of(split_pairs(uri.params or ""), text_at(given, 0)) if uri else None
    return truth_code(holds=found is not None and (len(given) < 2 or found == text_at(given, 1)))


SIP_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "t_check_status": function_of_values(_check_status),
    "is_myself": typed_function(_is_myself, "text", "integer?"),
    "is_from_local": function_of_values(_from_local),
    "is_uri_host_local": function_of_values(_uri_local),
    "is_domain_local": typed_function(_is_myself, "text"),
    "loose_route": function_of_values(_loose_route),
    "is_direction": function_of_values(_direction),
    "check_route_param": function_of_values(_route_param),
    "uri_param": function_of_values(_has_uri_param),
    "append_to_reply": function_of_values(_append_to_reply),
    "t_on_reply": function_of_values(_on_reply),
    "sl_send_reply": function_of_values(_reply),
    "send_reply": function_of_values(_reply),
    "t_reply": function_of_values(_reply),
}
