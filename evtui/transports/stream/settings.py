"""How tcp and jsonrpc sockets are described, and their settings."""

from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from evtui.core.transport import TransportInfo
from evtui.transports.common_settings import Allowed, OutboxSettings, ScriptModule

_OPTIONS: Final = (
    "reliable=true|false: requests with an id that the peer must answer",
    "timeout=MS: milliseconds the peer may take to connect, to take more, to answer",
    "event_param=NAME: an extra first parameter with the event's name",
    "durable=true|false: what was accepted outlives a restart",
)
TCP_INFOS: Final = (
    TransportInfo(
        "tcp",
        "tcp:HOST:PORT[/METHOD][?OPTION&…]",
        "tcp:127.0.0.1:9001/notify",
        "JSON-RPC over a raw TCP connection that stays open; METHOD stands for the event's name",
        ("payload=jsonrpc", "payload=text", *_OPTIONS),
        form="endpoint",
        opensips_module="event_stream",
    ),
)
JSONRPC_INFOS: Final = (
    TransportInfo(
        "jsonrpc",
        "jsonrpc:HOST:PORT[/METHOD][?OPTION&…]",
        "jsonrpc:127.0.0.1:9002/notify",
        'as tcp, in the shape of 2.4: "id":null, and params always there',
        _OPTIONS,
        form="endpoint",
    ),
)
TCP_MODULES: Final = (ScriptModule("event_stream", ("timeout", "event_param", "reliable_mode")),)
JSONRPC_MODULES: Final = (ScriptModule("event_jsonrpc", ("timeout", "event_param", "sync_mode")),)

_Timeout: TypeAlias = Annotated[int, Meta(ge=1, description="milliseconds a peer may take to connect or to answer")]
_Reliable: TypeAlias = Annotated[bool, Meta(description="true or false: requests with an id that must be answered")]
_EventParam: TypeAlias = Annotated[str | None, Meta(description="the name of an extra parameter with the event's name")]


class TcpSettings(OutboxSettings, frozen=True):
    """JSON-RPC over TCP in the shape of 3.1 and later: `tcp:` sockets."""

    reliable_mode: _Reliable = False
    timeout: _Timeout = 1000
    event_param: _EventParam = None
    allow: Allowed = ()

    @property
    def reliable(self) -> bool:
        """Say whether sockets that do not say are answered."""
        return self.reliable_mode

    @property
    def timeout_s(self) -> float:
        """Return the seconds a peer may take to connect or to answer."""
        return self.timeout / 1000


class JsonrpcSettings(OutboxSettings, frozen=True):
    """JSON-RPC over TCP in the shape of 2.4 and 3.0: `jsonrpc:` sockets."""

    sync_mode: _Reliable = False
    timeout: _Timeout = 1000
    event_param: _EventParam = None
    allow: Allowed = ()

    @property
    def reliable(self) -> bool:
        """Say whether sockets that do not say are answered."""
        return self.sync_mode

    @property
    def timeout_s(self) -> float:
        """Return the seconds a peer may take to connect or to answer."""
        return self.timeout / 1000


StreamSettings: TypeAlias = TcpSettings | JsonrpcSettings
