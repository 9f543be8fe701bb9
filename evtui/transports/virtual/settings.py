"""How virtual sockets are described, and their settings."""

from typing import Annotated, Final

from msgspec import Meta

from evtui.core.transport import TransportInfo
from evtui.transports.common_settings import OutboxSettings, ScriptModule
from evtui.transports.virtual.grammar import split_virtual

INFOS: Final = (
    TransportInfo(
        "virtual",
        "virtual:PARALLEL|FAILOVER|ROUND-ROBIN SOCKET SOCKET …",
        "virtual:FAILOVER udp:127.0.0.1:9000 udp:127.0.0.1:9001",
        "all of several sockets, the first that takes it, or each in its turn; durable when a member is",
        form="members",
        split_members=split_virtual,
    ),
)
MODULES: Final = (ScriptModule("event_virtual", ("failover_timeout",)),)


class VirtualSettings(OutboxSettings, frozen=True):
    """Sockets made of other sockets. Their outboxes have no time limit: each member has its own."""

    failover_timeout: Annotated[int, Meta(ge=0, description="seconds a member is not tried after it failed")] = 30
