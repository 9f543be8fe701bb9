"""How xmlrpc sockets are described, and their settings."""

from typing import Annotated, Final

from msgspec import Meta

from evtui.core.transport import TransportInfo
from evtui.transports.common_settings import Allowed, Milliseconds, OutboxSettings, ScriptModule

INFOS: Final = (
    TransportInfo(
        "xmlrpc",
        "xmlrpc:HOST:PORT[/PATH]:METHOD[?OPTION&…]",
        "xmlrpc:127.0.0.1:8000:notify",
        "one XML-RPC call a notification; a fault is a failed delivery. The path is /RPC2 when there is none",
        (
            "struct=true|false: all named parameters in one struct, strictly valid XML-RPC",
            "timeout=MS: milliseconds a call may take from connecting to the end of its reply",
            "durable=true|false: what was accepted outlives a restart",
        ),
        form="endpoint",
    ),
)
MODULES: Final = (ScriptModule("event_xmlrpc", ("use_struct_param",), ignored=("sync_mode",)),)


class XmlrpcSettings(OutboxSettings, frozen=True):
    """XML-RPC servers."""

    use_struct_param: Annotated[
        bool, Meta(description="true or false: a struct for each attribute, as OpenSIPS sends them")
    ] = False
    timeout: Milliseconds = 5000
    allow: Allowed = ()

    @property
    def batch_timeout(self) -> float | None:
        """Return the seconds a call may take from connecting to the end of its reply."""
        return self.timeout / 1000
