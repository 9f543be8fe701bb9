"""`{nameaddr.…}` and `{via.…}`: header values that contain addresses."""

import re
from dataclasses import dataclass
from typing import Final

from evtui.script.runtime.script_values import ScriptFault
from evtui.script.transformations.param_lists import pairs, value_of
from evtui.script.transformations.transformation import Transforms, parameter, without_parameters

_NAMED: Final = re.compile(r'(?P<name>"(?:\\.|[^"\\])*"\s*|[^<"]*)<(?P<uri>[^>]*)>\s*(?:;(?P<params>.*))?', re.DOTALL)
_BARE: Final = re.compile(r"(?P<uri>[^;\s<>]+)\s*(?:;(?P<params>.*))?", re.DOTALL)
_VIA: Final = re.compile(
    r"(?P<name>[^\s/]+)\s*/\s*(?P<version>[^\s/]+)\s*/\s*(?P<transport>\S+)\s+"
    r"(?P<host>\[[^\]]*\]|[^\s:;(]+)(?:\s*:\s*(?P<port>\d+))?\s*(?:;(?P<params>[^(]*))?(?:\((?P<comment>.*)\))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A header value `"name" <uri>;params`; the name keeps its quotes, as in OpenSIPS."""

    name: str
    uri: str
    params: str
    size: int
    """Characters of the whole value."""

    def param(self, name: str) -> str | None:
        """Return the value of a parameter; None when there is none."""
        return value_of(pairs(self.params), name)


def parse_nameaddr(text: str) -> NameAddr | None:
    """Parse the value of From, To or Contact; return None when it is not an address."""
    bare = text.strip()
    found = _NAMED.fullmatch(bare) or _BARE.fullmatch(bare)
    if found is None:
        return None
    parts = found.groupdict()
    return NameAddr((parts.get("name") or "").rstrip(), parts["uri"], parts["params"] or "", len(bare))


def _nameaddr(text: str) -> NameAddr:
    found = parse_nameaddr(text)
    if found is None:
        raise ScriptFault(f"not an address: {text[:60]!r}")
    return found


def _via(text: str) -> dict[str, str]:
    found = _VIA.fullmatch(text.strip())
    if found is None:
        raise ScriptFault(f"not a Via header: {text[:60]!r}")
    return {name: value or "" for name, value in found.groupdict().items()}


def _via_param(text: str, name: str) -> str:
    return value_of(pairs(_via(text)["params"]), name) or ""


NAMEADDRS: Final[Transforms] = {
    "name": without_parameters(lambda text: _nameaddr(text).name),
    "uri": without_parameters(lambda text: _nameaddr(text).uri),
    "len": without_parameters(lambda text: _nameaddr(text).size),
    "params": without_parameters(lambda text: _nameaddr(text).params),
    "param": lambda text, parameters: _nameaddr(text).param(parameter(parameters, 0)) or "",
}

VIAS: Final[Transforms] = {
    "name": without_parameters(lambda text: _via(text)["name"]),
    "version": without_parameters(lambda text: _via(text)["version"]),
    "transport": without_parameters(lambda text: _via(text)["transport"]),
    "host": without_parameters(lambda text: _via(text)["host"]),
    "port": without_parameters(lambda text: _via(text)["port"]),
    "comment": without_parameters(lambda text: _via(text)["comment"]),
    "params": without_parameters(lambda text: _via(text)["params"]),
    "param": lambda text, parameters: _via_param(text, parameter(parameters, 0)),
    "branch": without_parameters(lambda text: _via_param(text, "branch")),
    "received": without_parameters(lambda text: _via_param(text, "received")),
    "rport": without_parameters(lambda text: _via_param(text, "rport")),
}
