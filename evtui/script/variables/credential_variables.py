"""The variables of credentials and challenges: `$au $ar $aU`, `$auth.nonce`, `$challenge.realm` and their kin."""

import re
from collections.abc import Mapping
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun
from evtui.script.runtime.script_values import Value

_FIELD: Final = re.compile(r'\b(\w++)\s*+=\s*+(?:"((?:\\.|[^"\\])*+)"|([^\s,"]++))', re.DOTALL)
"""Each word is looked at from its start only: else a word of 30,000 characters would take 9 seconds."""
_DIGEST: Final = "digest "
_CREDENTIALS: Final = ("authorization", "proxy-authorization")
_CHALLENGES: Final = ("www-authenticate", "proxy-authenticate")


def _fields(run: ScriptRun, headers: tuple[str, ...]) -> dict[str, str]:
    """Return the fields of the first of these headers that is Digest."""
    for header in headers:
        value = run.scope.headers.first(header)
        if value is not None and value[: len(_DIGEST)].lower() == _DIGEST:
            return {key.lower(): quoted or bare for key, quoted, bare in _FIELD.findall(value)}
    return {}


def _credential(field: str) -> Reader:
    return lambda run: _fields(run, _CREDENTIALS).get(field)


def _challenge(field: str) -> Reader:
    return lambda run: _fields(run, _CHALLENGES).get(field) if run.message.status is not None else None


def _user(run: ScriptRun) -> Value:
    """Read `$au`: what stands before the `@` of the username."""
    return _fields(run, _CREDENTIALS).get("username", "").partition("@")[0] or None


def _domain(run: ScriptRun) -> Value:
    return _fields(run, _CREDENTIALS).get("username", "").partition("@")[2] or None


CREDENTIAL_VARIABLES: Final[Mapping[str, Reader]] = {
    "au": _user,
    "ad": _domain,
    "aU": _credential("username"),
    "ar": _credential("realm"),
    "an": _credential("nonce"),
    "adu": _credential("uri"),
    "auth.nonce": _credential("nonce"),
    "auth.resp": _credential("response"),
    "auth.cnonce": _credential("cnonce"),
    "auth.opaque": _credential("opaque"),
    "auth.alg": _credential("algorithm"),
    "auth.qop": _credential("qop"),
    "auth.nc": _credential("nc"),
    **{f"challenge.{name}": _challenge(name) for name in ("algorithm", "realm", "nonce", "opaque", "qop", "ik", "ck")},
}
