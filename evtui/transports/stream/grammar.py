"""The grammar of tcp and jsonrpc sockets: `SCHEME:HOST:PORT[/METHOD][?OPTIONS]`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from evtui.codecs.endpoints import (
    Endpoint,
    Option,
    flag,
    join_options,
    milliseconds,
    named,
    one_of,
    split_endpoint,
    split_options,
)
from evtui.codecs.sockets import PAYLOADS
from evtui.core.errors import BadSocketError
from evtui.core.redact import redact_socket

StreamScheme: TypeAlias = Literal["tcp", "jsonrpc"]

_COMMON: Final[Mapping[str, Option]] = MappingProxyType(
    {"event_param": named, "reliable": flag, "timeout": milliseconds, "durable": flag}
)
_OPTIONS: Final[Mapping[StreamScheme, Mapping[str, Option]]] = MappingProxyType(
    {"tcp": MappingProxyType({"payload": one_of(*PAYLOADS), **_COMMON}), "jsonrpc": _COMMON}
)


class StreamSocket(Struct, frozen=True):
    """A peer, and the method that stands for the event's name."""

    scheme: StreamScheme
    endpoint: Endpoint
    options: Mapping[str, str]
    """Each in its one spelling."""

    @property
    def method(self) -> str:
        """Return the method; empty when the socket names none."""
        return self.endpoint.rest[1:]

    @property
    def shown(self) -> str:
        """Write the address in its one spelling."""
        method = f"/{self.method}" if self.method else ""
        return self.endpoint.shown + method + join_options(self.options, _OPTIONS[self.scheme])

    @property
    def timeout_s(self) -> float | None:
        """Return the seconds a peer may take; None when the socket does not say."""
        return int(self.options["timeout"]) / 1000 if "timeout" in self.options else None

    def flag(self, name: str, default: bool) -> bool:
        """Read an option that is true or false."""
        return self.options[name] == "true" if name in self.options else default


def parse_stream(scheme: StreamScheme, address: str) -> StreamSocket:
    """Understand what follows the scheme's colon.

    raises BadSocketError: part `host`, `port`, `method`, `options` or the name of an option.
    """
    text, known = redact_socket(f"{scheme}:{address}", secret=False), _OPTIONS[scheme]
    before, options = split_options(text, address, known)
    endpoint = split_endpoint(text, before)
    if endpoint.rest and not endpoint.rest.startswith("/"):
        part = "options" if endpoint.rest.startswith("?") else "method"
        raise BadSocketError(text, part, f"write {scheme}:HOST:PORT[/METHOD][?OPTION&…]; known are {', '.join(known)}")
    return StreamSocket(scheme, endpoint, options)
