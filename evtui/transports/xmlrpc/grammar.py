"""The grammar of xmlrpc sockets: `xmlrpc:HOST:PORT[/PATH]:METHOD[?OPTIONS]`; without a path it is /RPC2."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from evtui.codecs.endpoints import (
    Endpoint,
    Option,
    flag,
    join_options,
    milliseconds,
    split_endpoint,
    split_options,
)
from evtui.codecs.xml_values import is_xml_text
from evtui.core.errors import BadSocketError
from evtui.core.redact import redact_socket

DEFAULT_PATH: Final = "/RPC2"
MAX_PATH: Final = 1024

_OPTIONS: Final[Mapping[str, Option]] = MappingProxyType({"struct": flag, "timeout": milliseconds, "durable": flag})


class XmlrpcSocket(Struct, frozen=True):
    """A server, a path and a method."""

    endpoint: Endpoint
    path: str
    method: str
    options: Mapping[str, str]
    """Each in its one spelling."""

    @property
    def shown(self) -> str:
        """Write the address in its one spelling."""
        path = "" if self.path == DEFAULT_PATH else self.path
        return f"{self.endpoint.shown}{path}:{self.method}{join_options(self.options, _OPTIONS)}"

    @property
    def timeout_s(self) -> float | None:
        """Return the seconds a call may take; None when the socket does not say."""
        return int(self.options["timeout"]) / 1000 if "timeout" in self.options else None

    def flag(self, name: str, default: bool) -> bool:
        """Read an option that is true or false."""
        return self.options[name] == "true" if name in self.options else default


def parse_xmlrpc(scheme: str, address: str) -> XmlrpcSocket:
    """Understand what follows `xmlrpc:`.

    raises BadSocketError: part `host`, `port`, `path`, `method`, `options` or the name of an option.
    """
    text = redact_socket(f"{scheme}:{address}", secret=False)
    before, options = split_options(text, address, _OPTIONS)
    endpoint = split_endpoint(text, before)
    return XmlrpcSocket(endpoint, *_split_method(text, endpoint.rest), options)


def _split_method(text: str, rest: str) -> tuple[str, str]:
    path, colon, method = rest.partition(":")
    if not colon or not method:
        raise BadSocketError(text, "method", "missing: write xmlrpc:HOST:PORT:METHOD or xmlrpc:HOST:PORT/PATH:METHOD")
    method, mark, option = method.partition("?")
    if mark:  # a method's name holds letters, digits and _ . : /
        part = option if re.fullmatch(r"[A-Za-z_]{1,40}", option) else "options"
        raise BadSocketError(text, part, f"there is no such option; known are {', '.join(_OPTIONS)}")
    if not is_xml_text(method):
        raise BadSocketError(text, "method", "it holds a character that XML cannot say")
    if any(not "!" <= sign <= "~" or sign in '#"<>\\^`{|}' for sign in path):
        raise BadSocketError(text, "path", "write what a URL cannot hold as %XX")
    if len(path) > MAX_PATH:
        raise BadSocketError(text, "path", f"{len(path):,} characters, at most {MAX_PATH:,}")
    return path or DEFAULT_PATH, method
