"""`{uri.…}`: SIP URIs and their parts, also for variables such as `$rU`."""

import re
from dataclasses import dataclass, replace
from typing import Final

from evtui.script.runtime.script_values import ScriptFault
from evtui.script.transformations.param_lists import pairs, value_of
from evtui.script.transformations.transformation import Transforms, parameter, without_parameters

_URI: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?:(?P<user>[^@:]*)(?::(?P<password>[^@]*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:;?\[\]\s]*)(?::(?P<port>\d{1,5}))?(?:;(?P<params>[^?]*))?(?:\?(?P<headers>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Uri:
    """The parts of a URI; a missing part is empty."""

    scheme: str
    user: str = ""
    password: str = ""
    host: str = ""
    port: str = ""
    params: str = ""
    headers: str = ""

    def __str__(self) -> str:
        login = f"{self.user}:{self.password}@" if self.password else f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        params = f";{self.params}" if self.params else ""
        return f"{self.scheme}:{login}{self.host}{port}{params}" + (f"?{self.headers}" if self.headers else "")

    @property
    def domain(self) -> str:
        """The host, with its port when it has one."""
        return f"{self.host}:{self.port}" if self.port else self.host

    def param(self, name: str) -> str:
        """Return the value of a parameter; empty when there is none."""
        return value_of(pairs(self.params), name) or ""

    def changed(self, part: str, value: str) -> "Uri":
        """Return the URI with another `user`, `host`, `port` or other part."""
        return replace(self, **{part: value})


def parse_uri(text: str) -> Uri | None:
    """Parse a URI; return None when it is none. A `tel:` number is the user, as in OpenSIPS."""
    found = _URI.fullmatch(text.strip())
    if found is None:
        return None
    uri = Uri(**{name: value or "" for name, value in found.groupdict().items()})
    return replace(uri, user=uri.host, host="") if uri.scheme.lower() == "tel" else uri


def _uri(text: str) -> Uri:
    uri = parse_uri(text)
    if uri is None:
        raise ScriptFault(f"not a URI: {text[:60]!r}")
    return uri


URIS: Final[Transforms] = {
    "schema": without_parameters(lambda text: _uri(text).scheme),
    "user": without_parameters(lambda text: _uri(text).user),
    "username": without_parameters(lambda text: _uri(text).user),
    "passwd": without_parameters(lambda text: _uri(text).password),
    "password": without_parameters(lambda text: _uri(text).password),
    "host": without_parameters(lambda text: _uri(text).host),
    "domain": without_parameters(lambda text: _uri(text).host),
    "port": without_parameters(lambda text: _uri(text).port),
    "params": without_parameters(lambda text: _uri(text).params),
    "headers": without_parameters(lambda text: _uri(text).headers),
    "transport": without_parameters(lambda text: _uri(text).param("transport")),
    "ttl": without_parameters(lambda text: _uri(text).param("ttl")),
    "uparam": without_parameters(lambda text: _uri(text).param("user")),
    "maddr": without_parameters(lambda text: _uri(text).param("maddr")),
    "method": without_parameters(lambda text: _uri(text).param("method")),
    "lr": without_parameters(lambda text: "lr" if value_of(pairs(_uri(text).params), "lr") is not None else ""),
    "r2": without_parameters(lambda text: _uri(text).param("r2")),
    "param": lambda text, parameters: _uri(text).param(parameter(parameters, 0)),
}
