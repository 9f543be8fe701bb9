"""`sipmsg_validate`: whether a message is what RFC 3261 demands, as far as evtui looks at it."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from evtui.script.runtime.run_state import ScriptRun
from evtui.script.variables.address_variables import address_of
from evtui.script.variables.body_variables import sdp_of
from evtui.script.variables.uri_variables import uri_of

_Wrong: TypeAlias = tuple[int, str] | None
"""The code and the text of what is wrong; None when nothing is."""

_HOST: Final = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_NEEDED: Final = (
    ("call-id", -3, ""), ("cseq", -7, ""), ("from", -8, ""), ("to", -9, ""), ("via", -10, ""),
)  # fmt: skip
_REPLY_NEEDS: Final = {
    405: ("allow", -16), 423: ("min-expires", -17), 407: ("proxy-authenticate", -18), 420: ("unsupported", -19),
    401: ("www-authenticate", -20),
}  # fmt: skip
_NO_TYPE: Final = -21


def validate(run: ScriptRun, flags: str) -> tuple[int, str]:
    """Return 1, or the code and the text of what is wrong first. `flags`: s, h, m, r, f, t, c as in OpenSIPS."""
    has = run.scope.headers.values
    for name, code, reason in _NEEDED:
        if not has(name):
            return code, reason
    if run.message.body and not has("content-type"):
        return _NO_TYPE, ""
    if run.message.status is not None:
        return _validate_reply(run)
    return _validate_request(run, flags)


def _validate_reply(run: ScriptRun) -> tuple[int, str]:
    name, code = _REPLY_NEEDS.get(run.message.status or 0, ("", 0))
    return (code, "") if name and not run.scope.headers.values(name) else (1, "")


def _validate_request(run: ScriptRun, flags: str) -> tuple[int, str]:
    has = run.scope.headers.values
    if "m" not in flags and not has("max-forwards"):
        return -13, ""
    if run.message.method != "REGISTER" and has("path"):
        return -15, "PATH header supported only for REGISTERs"
    uri = uri_of(run, run.message.uri or "")
    if uri is None:
        return -11, "failed to parse R-URI"
    for flag, check in _CHECKS.items():
        if flag in flags and (wrong := check(run)) is not None:
            return wrong
    return 1, ""


def _request_host(run: ScriptRun) -> _Wrong:
    uri = uri_of(run, run.message.uri or "")
    return (-12, "invalid domain for R-URI") if uri is None or not _HOST.fullmatch(uri.host or "") else None


def _contact(run: ScriptRun) -> _Wrong:
    contact = run.scope.headers.first("contact")
    if contact is None:
        return (-14, "") if run.message.method == "INVITE" else None
    return (-30, "") if contact.strip() == "*" and run.message.method != "REGISTER" else None


def _headers(run: ScriptRun) -> _Wrong:
    return (-2, "") if address_of(run, "from") is None else None


def _description(run: ScriptRun) -> _Wrong:
    text = sdp_of(run)
    return (-6, "") if text is not None and not text.startswith("v=") else None


def _side_host(header: str, code: int) -> Callable[[ScriptRun], _Wrong]:
    wrong = (code, f"invalid domain for {header.capitalize()}")
    return lambda run: None if _has_host(run, header) else wrong


def _has_host(run: ScriptRun, header: str) -> bool:
    found = address_of(run, header)
    uri = uri_of(run, found.uri) if found is not None else None
    return uri is not None and (uri.host is None or _HOST.fullmatch(uri.host) is not None)


_CHECKS: Final[Mapping[str, Callable[[ScriptRun], _Wrong]]] = {
    "r": _request_host,
    "c": _contact,
    "f": _side_host("from", -25),
    "t": _side_host("to", -23),
    "h": _headers,
    "s": _description,
}
"""The checks by their flag."""
