"""`{uri.…}`: SIP URIs and their parts, also for variables such as `$rU`."""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evtui.script.runtime.arithmetic import folded
from evtui.script.runtime.script_values import Value, spelled
from evtui.script.transformations.param_lists import pairs, parse_pairs, value_of
from evtui.script.transformations.transformation import (
    Argument,
    NullKind,
    ParameterKind,
    TransformRule,
    Transforms,
    number_of_digits,
    rule_of_text,
)

_URI: Final = re.compile(
    r"(?P<scheme>sips?|tel):(?:(?P<user>[^@:]++)(?::(?P<password>[^@:]*+))?@)?"
    r"(?P<host>\[[^\[\]@]*+\]|(?<=@)[^:;?@\[\]]++|(?<!@)[^@:\[\]][^:;?@\[\]]*+)(?::(?P<port>[0-9]*+))?(?:;(?P<params>[^?@]*+))?"
    r"(?:\?(?P<headers>[^;@]*+))?",
    re.DOTALL | re.IGNORECASE,
)
_SERVICE: Final = re.compile(r"(?P<scheme>(?i:urn)):(?P<nena>nena:)?service:")
"""The beginning behind which a URN has the parts of a SIP URI."""
_MAX_PORT: Final = 65535


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
        """Return the value of a parameter; empty when there is none.

        The last one with a value counts. A parameter that the server does not know, such as `x`, is looked for by
        `{uri.param}`.
        """
        found = ""
        for part in self.params.split(";"):
            key, _, value = part.partition("=")
            if value and folded(key) == name:
                found = value
        return found

    def changed(self, part: str, value: str) -> "Uri":
        """Return the URI with another `user`, `host`, `port` or other part."""
        return replace(self, **{part: value})


def parse_uri(text: str) -> Uri | None:
    """Parse a URI; return None when it is none. A `tel:` number is the user, as in OpenSIPS."""
    service = _SERVICE.match(text)
    found = _URI.fullmatch(f"sip:{text[service.end() :]}" if service else text)
    if found is None or _has_bad_port(found):
        return None
    uri = Uri(**{name: value or "" for name, value in found.groupdict().items()})
    if service:
        return replace(uri, scheme=service["scheme"], user="" if service["nena"] else uri.user)
    return replace(uri, user=uri.host, host="") if uri.scheme.lower() == "tel" else uri


def _has_bad_port(found: re.Match[str]) -> bool:
    """Return whether a port is above 65535.

    The server reads past one that might be a password: without a user, behind a name, and before parameters or headers.
    """
    port = found["port"] or ""
    if len(port) < 9 and int(port or "0") <= _MAX_PORT:
        return False
    passed = found["user"] is None and not found["host"].startswith("[")
    return not (passed and (found["params"] is not None or found["headers"] is not None))


_parsed: Final = functools.lru_cache(maxsize=128)(parse_uri)


def _part(read: Callable[[Uri], str]) -> TransformRule:
    """Make a transformation that reads a part: NULL when it is missing, or when the text is not a URI."""

    def work(text: str) -> Value:
        uri = _parsed(text)
        return (read(uri) or None) if uri is not None else None

    return rule_of_text(work, has_form=_is_uri, null_kind=NullKind.EMPTY, is_missing=_is_read)


def _is_read(text: str, _arguments: Sequence[Argument]) -> bool:
    return _parsed(text) is not None


def _is_uri(text: str, _arguments: Sequence[Argument]) -> bool:
    service = _SERVICE.match(text)
    return _parsed(text) is not None and (service is None or service["nena"] is None)


def _has_readable_params(text: str, _arguments: Sequence[Argument]) -> bool:
    uri = _parsed(text)
    return uri is not None and (not uri.params or parse_pairs(uri.params) is not None)


def _param(text: str, arguments: Sequence[Argument]) -> Value:
    uri = _parsed(text)
    return None if uri is None else value_of(pairs(uri.params), str(arguments[0]))


def _port(text: str) -> Value:
    uri = _parsed(text)
    return spelled(number_of_digits(uri.port) & _MAX_PORT, uri.port) if uri is not None and uri.port else None


_PARTS: Final[dict[str, Callable[[Uri], str]]] = {
    "schema": lambda uri: uri.scheme,
    "user": lambda uri: uri.user,
    "passwd": lambda uri: uri.password,
    "host": lambda uri: uri.host,
    "domain": lambda uri: uri.host,
    "params": lambda uri: uri.params,
    "headers": lambda uri: uri.headers,
    "transport": lambda uri: uri.param("transport"),
    "ttl": lambda uri: uri.param("ttl"),
    "uparam": lambda uri: uri.param("user"),
    "maddr": lambda uri: uri.param("maddr"),
    "method": lambda uri: uri.param("method"),
    "lr": lambda uri: uri.param("lr"),
    "r2": lambda uri: uri.param("r2"),
}

URIS: Final[Transforms] = {name: _part(read) for name, read in _PARTS.items()} | {
    "port": rule_of_text(_port, has_form=_is_uri, null_kind=NullKind.ZERO, is_missing=_is_read),
    "param": TransformRule(_param, (ParameterKind.TEXT,), has_form=_has_readable_params),
}
