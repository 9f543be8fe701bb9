"""How udp and unix sockets are described, and their settings."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from evtui.core.transport import TransportInfo
from evtui.transports.common_settings import ABSOLUTE_PATHS, Allowed, ScriptModule

INFOS: Final = (
    TransportInfo(
        "udp",
        "udp:HOST:PORT[?payload=jsonrpc|text]",
        "udp:127.0.0.1:9000",
        "one UDP datagram a notification; the host is resolved at subscribe",
        ("payload=jsonrpc", "payload=text"),
        form="endpoint",
        direct=True,
        secret=False,
        opensips_module="event_datagram",
    ),
    TransportInfo(
        "unix",
        "unix:/PATH[?payload=jsonrpc|text]",
        "unix:/tmp/events.sock",
        "one datagram a notification to a UNIX socket",
        ("payload=jsonrpc", "payload=text"),
        form="path",
        direct=True,
        secret=False,
        opensips_module="event_datagram",
    ),
)
MODULES: Final = (ScriptModule("event_datagram"),)


class DatagramSettings(Struct, frozen=True):
    """What udp and unix sockets that subscribers name may be."""

    allow: Allowed = ()
    unix_roots: Annotated[
        tuple[str, ...],
        Meta(
            description='a list of directories, ["/tmp"]: '
            "where unix sockets named over the management interface may be",
            extra=ABSOLUTE_PATHS,
        ),
    ] = ("/tmp",)  # noqa: S108 - where OpenSIPS's clients make them
    segments: Annotated[
        bool,
        Meta(
            description="whether Linux may cut what a script raises in a loop out of one UDP packet; false: "
            "each datagram leaves on its own, as a capture on this machine then shows",
        ),
    ] = True
