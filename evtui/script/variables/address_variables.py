"""The variables of headers that hold an address: `$fu $fU $fd $fn $ft`, `$ai`, `$di`, `$pu`, `$ct` and their kin."""

from collections.abc import Callable, Mapping
from typing import Final

from evtui.script.runtime.name_addresses import NameAddress, parse_addresses
from evtui.script.runtime.run_state import Reader, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.runtime.sip_uris import SipUri, parse_sip_uri
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.compiler_port import Compiler, ReadFamily
from evtui.script.variables.uri_variables import uri_of
from evtui.script.variables.variable_parts import compile_index, constant_argument, read_one_of

_Part = Callable[[NameAddress], str | None]
_ANY_CONTACT: Final = "*"


def address_of(run: ScriptRun, header: str) -> NameAddress | None:
    """Return the first address of a header; None when there is none."""
    value = run.scope.headers.first(header)
    return next(iter(parse_addresses(value)), None) if value is not None else None


def has_totag(run: ScriptRun) -> bool:
    """Return whether the To header has a tag, which means that the message belongs to a dialog."""
    found = address_of(run, "to")
    return found is not None and bool(found.param("tag"))


def _of(header: str, part: _Part) -> Reader:
    def read(run: ScriptRun) -> Value:
        found = address_of(run, header)
        return part(found) or None if found is not None else None

    return read


def _of_uri(part: Callable[[SipUri], str | None]) -> _Part:
    def take(found: NameAddress) -> str | None:
        uri = parse_sip_uri(found.uri)
        return part(uri) if uri is not None else None

    return take


_uri_user: Final = _of_uri(lambda uri: uri.user)
_uri_host: Final = _of_uri(lambda uri: uri.host)


def _dialog_side(prefix: str, header: str) -> dict[str, Reader]:
    """Make `$fu $fU $fd $fn $ft` and their long names, or those of To."""
    uri, user = _of(header, lambda found: found.uri), _of(header, _uri_user)
    domain = _of(header, _uri_host)
    return {
        f"{prefix}u": uri,
        header: uri,
        f"{prefix}U": user,
        f"{header}.user": user,
        f"{prefix}d": domain,
        f"{header}.domain": domain,
        f"{prefix}n": _of(header, lambda found: found.name),
        f"{prefix}t": _of(header, lambda found: found.param("tag")),
    }


def _accounting_user(run: ScriptRun) -> Value:
    """Read `$Au`: user and domain of From."""
    found = address_of(run, "from")
    uri = uri_of(run, found.uri) if found is not None else None
    return f"{uri.user or ''}@{uri.host or ''}" if uri is not None else None


def _contacts(run: ScriptRun) -> list[NameAddress]:
    return [found for value in run.scope.headers.values("contact") for found in parse_addresses(value)]


def _read_contact(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$ct`, of which each address between commas is one."""
    index = compile_index(variable, compiler)

    def texts(run: ScriptRun) -> list[str]:
        found = [contact.text for contact in _contacts(run)]
        if found == [_ANY_CONTACT] and callable(index) and index(run):
            return []  # `Contact: *` has no index but 0
        return found

    return read_one_of(texts, index)


def _param(name: str) -> _Part:
    return lambda found: found.param(name)


_FIELDS: Final[Mapping[str, _Part]] = {
    "name": lambda found: found.name,
    "uri": lambda found: found.uri if found.uri != _ANY_CONTACT else None,
    "params": lambda found: found.params,
    **{name: _param(name) for name in ("q", "expires", "methods", "received")},
}


def _read_contact_field(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$ct.fields(uri)` and its relatives; a field that is missing is empty in `[*]` and NULL elsewhere."""
    part = _FIELDS.get((constant_argument(variable) or "").strip())
    if part is None:
        return _no_field

    def fields(run: ScriptRun) -> list[str]:
        return [part(contact) or "" for contact in _contacts(run)]

    found = read_one_of(fields, compile_index(variable, compiler))
    return found if variable.index == "*" else lambda run: found(run) or None


def _no_field(_run: ScriptRun) -> Value:
    raise ScriptFault(f"$ct.fields takes one of {', '.join(sorted(_FIELDS))}")


ADDRESS_VARIABLES: Final[Mapping[str, Reader]] = {
    **_dialog_side("f", "from"),
    **_dialog_side("t", "to"),
    "Au": _accounting_user,
    "ai": _of("p-asserted-identity", lambda found: found.uri),
    "re": _of("remote-party-id", lambda found: found.uri),
    "rt": _of("refer-to", lambda found: found.uri),
    "pu": _of("p-preferred-identity", lambda found: found.uri),
    "pU": _of("p-preferred-identity", _uri_user),
    "pd": _of("p-preferred-identity", _uri_host),
    "pn": _of("p-preferred-identity", lambda found: found.name),
    "di": _of("diversion", lambda found: found.uri),
    "dir": _of("diversion", lambda found: found.param("reason")),
    "dip": _of("diversion", lambda found: found.param("privacy")),
}

CONTACT_VARIABLES: Final[Mapping[str, ReadFamily]] = {"ct": _read_contact, "ct.fields": _read_contact_field}
