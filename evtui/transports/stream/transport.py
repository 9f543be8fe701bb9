"""JSON-RPC over a raw TCP connection: `tcp` writes the notification of 3.1+, `jsonrpc` that of 2.4 and 3.0.

Objects follow each other without anything between them, as OpenSIPS sends them: a receiver splits by parsing.
Without `reliable` a notification counts as sent when the system took it. If the peer then closes the connection, the
notification is lost, and nothing on the wire says so. With `reliable` each notification is a request that the peer
must answer.
"""

from functools import partial

from evtui.codecs.endpoints import Endpoint
from evtui.codecs.payload import codec
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.redact import redact_socket
from evtui.core.transport import Queued, Target, TransportInfo
from evtui.core.values import Socket
from evtui.transports.address_classes import Ip
from evtui.transports.name_lookups import look_up
from evtui.transports.resolver import is_numeric, resolve
from evtui.transports.stream.connection import StreamConnection
from evtui.transports.stream.grammar import StreamScheme, StreamSocket, parse_stream
from evtui.transports.stream.sender import NotificationSender, RequestSender
from evtui.transports.stream.settings import JSONRPC_INFOS, TCP_INFOS, JsonrpcSettings, StreamSettings, TcpSettings


class StreamTransport:
    """The transport of one of the two schemes. Each sender has a connection of its own."""

    def __init__(
        self, scheme: StreamScheme, settings: StreamSettings | None = None, *, payload: str = "jsonrpc"
    ) -> None:
        """`payload` is what a tcp socket without the option gets."""
        self._scheme: StreamScheme = scheme
        self._settings = settings or (TcpSettings() if scheme == "tcp" else JsonrpcSettings())
        self._payload = payload

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe the scheme."""
        return TCP_INFOS if self._scheme == "tcp" else JSONRPC_INFOS

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:  # noqa: ARG002 - it reaches hosts, no files
        """Understand a socket.

        raises BadSocketError.
        """
        found = parse_stream(self._scheme, address)
        text = redact_socket(f"{scheme}:{address}", secret=False)
        return Target(
            Socket(scheme, found.shown),
            self._codec(text, found),
            partial(self._open, text, found),
            blocks=not is_numeric(found.endpoint.host),
            peers=((found.endpoint.host, found.endpoint.port),),
        )

    def close(self) -> None:
        """Do nothing: each sender closes its own connection."""

    def _codec(self, text: str, found: StreamSocket) -> str:
        """Choose the payload: text, which has neither method nor id, only where nothing needs JSON-RPC."""
        settings, options = self._settings, found.options
        event_param = options.get("event_param") or settings.event_param or ""
        needs = {
            "method": bool(found.method),
            "event_param": "event_param" in options,
            "reliable": found.flag("reliable", settings.reliable),
        }
        reason = next((name for name, needed in needs.items() if needed), None)
        payload = options.get("payload")
        if payload == "text" and reason is not None:
            raise BadSocketError(text, "payload", f"a text payload has no {reason}: leave out payload=text or {reason}")
        if self._scheme == "tcp" and reason is None and (payload or self._payload) == "text":
            return "text"
        old = "null" if self._scheme == "jsonrpc" else ""
        return codec("jsonrpc", method=found.method, event_param=event_param, id=old)

    def _open(self, text: str, found: StreamSocket) -> Queued:
        endpoint, settings = found.endpoint, self._settings
        self._resolve(text, endpoint)
        reliable = found.flag("reliable", settings.reliable)
        timeout = settings.timeout_s if found.timeout_s is None else found.timeout_s
        link = StreamConnection(partial(self._resolve_peer, text, endpoint), timeout, strict=reliable)
        sender = RequestSender(link, timeout) if reliable else NotificationSender(link)
        return Queued(sender, settings.policy(durable=found.flag("durable", settings.durable)))

    async def _resolve_peer(self, text: str, endpoint: Endpoint) -> tuple[Ip, int, int]:
        """Resolve and check the host at each connect. A silent name server delays no other sender."""
        try:
            if is_numeric(endpoint.host):
                ip, scope = self._resolve(text, endpoint)
            else:
                ip, scope = await look_up(f"{self._scheme}:{endpoint.host}", partial(self._resolve, text, endpoint))
        except BadSocketError as error:
            raise DeliveryError(f"{error.part}: {error.why}") from error
        return ip, endpoint.port, scope

    def _resolve(self, text: str, endpoint: Endpoint) -> tuple[Ip, int]:
        setting = f"transports.{self._scheme}.allow"
        return resolve(text, endpoint.host, endpoint.port, self._settings.allow, setting)
