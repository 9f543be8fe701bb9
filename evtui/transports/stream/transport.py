"""JSON-RPC over a raw TCP connection: `tcp` writes the notification of 3.1+, `jsonrpc` that of 2.4 and 3.0.

`SCHEME:HOST:PORT[/METHOD][?OPTIONS]`. Objects follow each other without anything between them, as the reference sends
them: a receiver splits by parsing. Without `reliable` a notification is sent when the system took it; one that a peer
loses by closing its end is lost unnoticed, for nothing on the wire tells. With it each is a request that the peer
answers.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from types import MappingProxyType
from typing import Final, Literal

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
    named,
    one_of,
    split_endpoint,
    split_options,
)
from evtui.codecs.payload import codec
from evtui.codecs.sockets import PAYLOADS
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.ports import TransportInfo
from evtui.core.transport import FanOut, OutboxPolicy, Queued, Sink, Target
from evtui.core.values import Socket
from evtui.transports.resolver import AddressClass, Ip, is_numeric, resolve
from evtui.transports.stream.connection import StreamConnection
from evtui.transports.stream.sender import NotificationSender, RequestSender

RESOLVERS = 8
"""Threads that may wait for name servers at once, for one transport."""

_COMMON: Final[Mapping[str, Option]] = MappingProxyType(
    {"event_param": named, "reliable": flag, "timeout": milliseconds, "durable": flag}
)
_OPTIONS: Final[Mapping[str, Mapping[str, Option]]] = MappingProxyType(
    {"tcp": MappingProxyType({"payload": one_of(*PAYLOADS), **_COMMON}), "jsonrpc": _COMMON}
)
_HELP = (
    "reliable=true|false: requests with an id that the peer must answer",
    "timeout=MS: milliseconds the peer may take to connect, to take more, to answer",
    "event_param=NAME: an extra first parameter with the event's name",
    "durable=true|false: what was accepted outlives a restart",
)
_INFOS: Final[Mapping[str, TransportInfo]] = MappingProxyType(
    {
        "tcp": TransportInfo(
            "tcp",
            "tcp:HOST:PORT[/METHOD][?OPTION&…]",
            "tcp:127.0.0.1:9001/notify",
            "JSON-RPC over a raw TCP connection that stays open; METHOD stands for the event's name",
            ("payload=jsonrpc", "payload=text", *_HELP),
        ),
        "jsonrpc": TransportInfo(
            "jsonrpc",
            "jsonrpc:HOST:PORT[/METHOD][?OPTION&…]",
            "jsonrpc:127.0.0.1:9002/notify",
            'as tcp, in the shape of 2.4: "id":null, and params always there',
            _HELP,
        ),
    }
)


class StreamSettings(Struct, frozen=True):
    """What sockets that do not say get."""

    payload: str = "jsonrpc"
    reliable: bool = False
    timeout: float = 1.0
    """Seconds."""
    event_param: str | None = None
    allow: AbstractSet[AddressClass] = frozenset()
    policy: OutboxPolicy = OutboxPolicy(timeout=None)
    """Without a time limit: the senders bound themselves."""


class StreamTransport:
    """The transport of one of the two schemes. It holds nothing: each sender has its own connection."""

    def __init__(self, scheme: Literal["tcp", "jsonrpc"], settings: StreamSettings | None = None) -> None:
        self._scheme = scheme
        self._settings = settings or StreamSettings()
        self._resolvers = anyio.CapacityLimiter(RESOLVERS)

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe the scheme."""
        return (_INFOS[self._scheme],)

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:  # noqa: ARG002 - it reaches hosts, no files
        """Understand a socket.

        raises BadSocketError.
        """
        text, known = hosted(f"{scheme}:{address}"), _OPTIONS[self._scheme]
        before, options = split_options(text, address, known)
        endpoint = split_endpoint(text, before)
        if endpoint.rest and not endpoint.rest.startswith("/"):
            part = "options" if endpoint.rest.startswith("?") else "method"
            raise BadSocketError(
                text, part, f"write {scheme}:HOST:PORT[/METHOD][?OPTION&…]; known are {', '.join(known)}"
            )
        method = endpoint.rest[1:]
        shown = endpoint.shown + (f"/{method}" if method else "") + join_options(options, known)
        return Target(
            Socket(scheme, shown),
            self._codec(text, method, options),
            partial(self._open, text, endpoint, options),
            blocks=not is_numeric(endpoint.host),
        )

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        """Serve nothing: this transport opens no sinks."""
        raise AssertionError(f"{self._scheme} has no sinks, but {len(sinks)} were given")

    def close(self) -> None:
        """Do nothing: the connections are the senders'."""

    def _codec(self, text: str, method: str, options: Mapping[str, str]) -> str:
        """Choose the payload: text, which has neither method nor id, only where nothing asks for JSON-RPC."""
        event_param = options.get("event_param") or self._settings.event_param or ""
        asks = {"method": bool(method), "event_param": "event_param" in options, "reliable": self._reliable(options)}
        reason = next((name for name, asked in asks.items() if asked), None)
        payload = options.get("payload")
        if payload == "text" and reason is not None:
            raise BadSocketError(text, "payload", f"text has no {reason}: leave one of them out")
        if self._scheme == "tcp" and reason is None and (payload or self._settings.payload) == "text":
            return "text"
        old = "null" if self._scheme == "jsonrpc" else ""
        return codec("jsonrpc", method=method, event_param=event_param, id=old)

    def _reliable(self, options: Mapping[str, str]) -> bool:
        return options["reliable"] == "true" if "reliable" in options else self._settings.reliable

    def _open(self, text: str, endpoint: Endpoint, options: Mapping[str, str]) -> Queued:
        self._resolve(text, endpoint)
        settings, reliable = self._settings, self._reliable(options)
        patience = int(options["timeout"]) / 1000 if "timeout" in options else settings.timeout
        link = StreamConnection(partial(self._where, text, endpoint), patience, strict=reliable)
        durable = options["durable"] == "true" if "durable" in options else settings.policy.durable
        sender = RequestSender(link, patience) if reliable else NotificationSender(link)
        return Queued(sender, replace(settings.policy, durable=durable))

    async def _where(self, text: str, endpoint: Endpoint) -> tuple[Ip, int, int]:
        """Resolve and check at each connect; a name server that does not answer costs a thread of this transport's."""
        try:
            if is_numeric(endpoint.host):
                ip, scope = self._resolve(text, endpoint)
            else:
                ip, scope = await anyio.to_thread.run_sync(
                    self._resolve, text, endpoint, abandon_on_cancel=True, limiter=self._resolvers
                )
        except BadSocketError as error:
            raise DeliveryError(f"{error.part}: {error.why}") from error
        return ip, endpoint.port, scope

    def _resolve(self, text: str, endpoint: Endpoint) -> tuple[Ip, int]:
        setting = f"transports.{self._scheme}.allow"
        return resolve(text, endpoint.host, endpoint.port, self._settings.allow, setting)
