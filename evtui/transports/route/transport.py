"""The routes of a script as subscribers: `route:NAME` is an event_route, `routing:EVENT` a script that waits.

The script says which names there are. Without a script the schemes exist and have no names.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from evtui.core.transport import Handler, Queued, Target, TransportInfo
from evtui.core.values import Socket
from evtui.transports.route.grammar import find_name
from evtui.transports.route.settings import INFOS

RouteDestinations = Mapping[str, Handler | Queued]
"""Where notifications go, by the name in the socket: in place, or through an outbox after the raise."""

_NONE: Final[RouteDestinations] = MappingProxyType({})


class RouteTransport:
    """The transport of a script's routes."""

    def __init__(self) -> None:
        self._destinations: dict[str, RouteDestinations] = {"route": _NONE, "routing": _NONE}

    def serve(self, event_routes: RouteDestinations, waiters: RouteDestinations = _NONE) -> None:
        """Know these names from now on. The mappings are read when a socket is parsed, so they may change."""
        self._destinations = {"route": event_routes, "routing": waiters}

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe route and routing."""
        return INFOS

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:  # noqa: ARG002 - every client may subscribe a route
        """Find the route of a name.

        raises BadSocketError: there is none.
        """
        self._find(scheme, address)
        return Target(Socket(scheme, address), "jsonrpc", partial(self._find, scheme, address))

    def close(self) -> None:
        """Forget all names."""
        self.serve(_NONE)

    def _find(self, scheme: str, name: str) -> Handler | Queued:
        return find_name(scheme, name, self._destinations[scheme])
