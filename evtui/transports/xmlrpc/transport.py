"""XML-RPC: one call a notification by HTTP POST, whose reply is read and counts.

The reply decides. A result is a delivery. A fault, a body that is not XML-RPC and any status but 200 are final
failures. The statuses 408, 425, 429, and 5xx without a fault, are temporary: the call is repeated. Redirects are not
followed.
"""

from functools import partial

from evtui.codecs.endpoints import Endpoint
from evtui.codecs.payload import codec
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.redact import redact_socket
from evtui.core.transport import Queued, Target, TransportInfo
from evtui.core.values import Socket
from evtui.transports.name_lookups import look_up
from evtui.transports.resolver import is_numeric, resolve
from evtui.transports.xmlrpc.grammar import XmlrpcSocket, parse_xmlrpc
from evtui.transports.xmlrpc.sender import HttpPool, Server, XmlrpcSender
from evtui.transports.xmlrpc.settings import INFOS, XmlrpcSettings


class XmlrpcTransport:
    """The XML-RPC transport. All its senders share one pool of connections, which closes with the last of them."""

    def __init__(self, settings: XmlrpcSettings | None = None) -> None:
        self._settings = settings or XmlrpcSettings()
        self._pool = HttpPool()

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe xmlrpc."""
        return INFOS

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:  # noqa: ARG002 - it reaches hosts, no files
        """Understand a socket.

        raises BadSocketError.
        """
        found = parse_xmlrpc(scheme, address)
        struct = "each" if self._settings.use_struct_param else ""
        if "struct" in found.options:
            struct = "true" if found.flag("struct", default=False) else ""
        return Target(
            Socket(scheme, found.shown),
            codec("xmlrpc", method=found.method, struct=struct),
            partial(self._open, redact_socket(f"{scheme}:{address}", secret=False), found),
            blocks=not is_numeric(found.endpoint.host),
            peers=((found.endpoint.host, found.endpoint.port),),
        )

    def close(self) -> None:
        """Do nothing: the pool closes with its last sender."""

    def _open(self, text: str, found: XmlrpcSocket) -> Queued:
        endpoint, settings = found.endpoint, self._settings
        self._resolve(text, endpoint)
        server = Server(partial(self._resolve_peer, text, endpoint), endpoint.shown, endpoint.port, found.path)
        policy = settings.policy(durable=found.flag("durable", settings.durable), batch_timeout=found.timeout_s)
        return Queued(XmlrpcSender(self._pool, server), policy)

    async def _resolve_peer(self, text: str, endpoint: Endpoint) -> str:
        try:
            if is_numeric(endpoint.host):
                return self._resolve(text, endpoint)
            return await look_up(f"xmlrpc:{endpoint.host}", partial(self._resolve, text, endpoint))
        except BadSocketError as error:
            raise DeliveryError(f"{error.part}: {error.why}") from error

    def _resolve(self, text: str, endpoint: Endpoint) -> str:
        ip, scope = resolve(text, endpoint.host, endpoint.port, self._settings.allow, "transports.xmlrpc.allow")
        return f"{ip}%{scope}" if scope else str(ip)
