"""XML-RPC: one call a notification by HTTP POST, whose reply is read and counts.

`xmlrpc:HOST:PORT[/PATH]:METHOD[?OPTIONS]`, the path is /RPC2 when there is none. What a reply says: a result is a
delivery; a fault, a body that is no XML-RPC and any status but 200 are failures for good, except 408, 425, 429 and 5xx
without a fault, which ask to come again. Redirects are not followed.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from types import MappingProxyType
from typing import Final

import anyio
from msgspec import Struct
from msgspec.structs import replace

from evtui.codecs.endpoints import (
    Endpoint,
    Option,
    flag,
    hosted,
    join_options,
    milliseconds,
    split_endpoint,
    split_options,
)
from evtui.codecs.payload import codec
from evtui.codecs.xml_values import is_sayable
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.ports import TransportInfo
from evtui.core.transport import FanOut, OutboxPolicy, Queued, Sink, Target
from evtui.core.values import Socket
from evtui.transports.resolver import AddressClass, is_numeric, resolve
from evtui.transports.xmlrpc.sender import HttpPool, Server, XmlrpcSender

DEFAULT_PATH: Final = "/RPC2"
MAX_PATH: Final = 1024
RESOLVERS: Final = 8
"""Threads that may wait for name servers at once."""

_OPTIONS: Final[Mapping[str, Option]] = MappingProxyType({"struct": flag, "timeout": milliseconds, "durable": flag})
_INFO: Final = TransportInfo(
    "xmlrpc",
    "xmlrpc:HOST:PORT[/PATH]:METHOD[?OPTION&…]",
    "xmlrpc:127.0.0.1:8000:notify",
    "one XML-RPC call a notification; a fault is a failed delivery. The path is /RPC2 when there is none",
    (
        "struct=true|false: named parameters in one struct, strictly valid XML-RPC",
        "timeout=MS: milliseconds a call may take from connecting to the end of its reply",
        "durable=true|false: what was accepted outlives a restart",
    ),
)


class XmlrpcSettings(Struct, frozen=True):
    """What sockets that do not say get."""

    struct: bool = False
    allow: AbstractSet[AddressClass] = frozenset()
    policy: OutboxPolicy = OutboxPolicy(timeout=5.0)


class XmlrpcTransport:
    """The XML-RPC transport: one pool of connections for all its senders, there while one of them needs it."""

    def __init__(self, settings: XmlrpcSettings | None = None) -> None:
        self._settings = settings or XmlrpcSettings()
        self._pool = HttpPool()
        self._resolvers = anyio.CapacityLimiter(RESOLVERS)

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe xmlrpc."""
        return (_INFO,)

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:  # noqa: ARG002 - it reaches hosts, no files
        """Understand a socket.

        raises BadSocketError.
        """
        text = hosted(f"{scheme}:{address}")
        before, options = split_options(text, address, _OPTIONS)
        endpoint = split_endpoint(text, before)
        path, method = _split_method(text, endpoint.rest)
        struct = options["struct"] == "true" if "struct" in options else self._settings.struct
        shown = "" if path == DEFAULT_PATH else path
        return Target(
            Socket(scheme, f"{endpoint.shown}{shown}:{method}{join_options(options, _OPTIONS)}"),
            codec("xmlrpc", method=method, struct="true" if struct else ""),
            partial(self._open, text, endpoint, path, options),
            blocks=not is_numeric(endpoint.host),
        )

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        """Serve nothing: this transport opens no sinks."""
        raise AssertionError(f"xmlrpc has no sinks, but {len(sinks)} were given")

    def close(self) -> None:
        """Do nothing: the pool goes with its last sender."""

    def _open(self, text: str, endpoint: Endpoint, path: str, options: Mapping[str, str]) -> Queued:
        self._resolve(text, endpoint)
        server = Server(partial(self._where, text, endpoint), endpoint.shown, endpoint.port, path)
        policy = self._settings.policy
        if "timeout" in options:
            policy = replace(policy, timeout=int(options["timeout"]) / 1000)
        if "durable" in options:
            policy = replace(policy, durable=options["durable"] == "true")
        return Queued(XmlrpcSender(self._pool, server), policy)

    async def _where(self, text: str, endpoint: Endpoint) -> str:
        try:
            if is_numeric(endpoint.host):
                return self._resolve(text, endpoint)
            return await anyio.to_thread.run_sync(
                self._resolve, text, endpoint, abandon_on_cancel=True, limiter=self._resolvers
            )
        except BadSocketError as error:
            raise DeliveryError(f"{error.part}: {error.why}") from error

    def _resolve(self, text: str, endpoint: Endpoint) -> str:
        ip, scope = resolve(text, endpoint.host, endpoint.port, self._settings.allow, "transports.xmlrpc.allow")
        return f"{ip}%{scope}" if scope else str(ip)


def _split_method(text: str, rest: str) -> tuple[str, str]:
    path, colon, method = rest.partition(":")
    if not colon or not method:
        raise BadSocketError(text, "method", "missing: write xmlrpc:HOST:PORT:METHOD or xmlrpc:HOST:PORT/PATH:METHOD")
    method, mark, option = method.partition("?")
    if mark:  # a method's name holds notifications, digits and _ . : /
        part = option if re.fullmatch(r"[A-Za-z_]{1,40}", option) else "options"
        raise BadSocketError(text, part, f"there is no such option; known are {', '.join(_OPTIONS)}")
    if not is_sayable(method):
        raise BadSocketError(text, "method", "it holds a character that XML cannot say")
    if any(not "!" <= sign <= "~" or sign in '#"<>\\^`{|}' for sign in path):
        raise BadSocketError(text, "path", "write what a URL cannot hold as %XX")
    if len(path) > MAX_PATH:
        raise BadSocketError(text, "path", f"{len(path)} characters, at most {MAX_PATH}")
    return path or DEFAULT_PATH, method
