"""The transports of an engine, by the schemes of the sockets they understand."""

import sys
from collections.abc import Sequence

from msgspec.structs import replace

from evtui.core.errors import BadSocketError, UnknownSchemeError
from evtui.core.transport import Target, Transport, TransportInfo


class TransportTable:
    """Finds the transport of a socket."""

    def __init__(self, transports: Sequence[Transport]) -> None:
        self._transports = tuple(transports)
        self._by_scheme = {info.scheme: transport for transport in transports for info in transport.infos}

    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe every scheme a socket can have."""
        return tuple(info for transport in self._transports for info in transport.infos)

    def parse(self, socket: str, *, trusted: bool) -> Target:
        """Understand a socket's text without opening it.

        raises UnknownSchemeError, BadSocketError.
        """
        if not isinstance(socket, str):  # pyright: ignore[reportUnnecessaryIsInstance] - a caller may pass anything
            raise BadSocketError(str(socket), "socket", f"it is text, not {type(socket).__name__}")
        # As in OpenSIPS: the text before the first colon is the scheme; without a colon, all of it.
        scheme, _, address = socket.partition(":")
        transport = self._by_scheme.get(scheme)
        if transport is None:
            if not socket:
                raise BadSocketError(socket, "socket", "empty; " + ", ".join(info.grammar for info in self.infos()))
            raise UnknownSchemeError(scheme, tuple(self._by_scheme))
        target = transport.parse(sys.intern(scheme), address, trusted=trusted)  # one text for all its sockets
        return target if trusted else replace(target, trusted=False)

    def of(self, target: Target) -> Transport:
        """Return the transport that parsed a target."""
        return self._by_scheme[target.socket.scheme]

    def close(self) -> None:
        """Close all transports."""
        for transport in self._transports:
            transport.close()
