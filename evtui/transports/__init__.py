"""The transports: a folder each, none knows another. `TRANSPORTS` is the list that the program reads.

A transport is an entry of `TRANSPORTS` and, when it has settings, a field of `TransportSettings`. Importing this module
loads what is known without opening a socket: how sockets are described, and the settings. An entry loads the transport
itself when an engine is made, and each transport loads its library when the first socket needs it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from evtui.core.ports import Clock
from evtui.core.transport import Target, Transport, TransportInfo
from evtui.transports.common_settings import ScriptModule
from evtui.transports.datagram import settings as datagram_settings
from evtui.transports.flatstore import settings as flatstore_settings
from evtui.transports.kafka import settings as kafka_settings
from evtui.transports.rabbitmq import settings as rabbitmq_settings
from evtui.transports.route import settings as route_settings
from evtui.transports.stream import settings as stream_settings
from evtui.transports.virtual import settings as virtual_settings
from evtui.transports.xmlrpc import settings as xmlrpc_settings

if TYPE_CHECKING:
    from pathlib import Path


class TransportSettings(Struct, frozen=True):
    """The transports of notifications: a table of settings each."""

    datagram: datagram_settings.DatagramSettings = datagram_settings.DatagramSettings()
    rabbitmq: rabbitmq_settings.RabbitmqSettings = rabbitmq_settings.RabbitmqSettings()
    xmlrpc: xmlrpc_settings.XmlrpcSettings = xmlrpc_settings.XmlrpcSettings()
    tcp: stream_settings.TcpSettings = stream_settings.TcpSettings()
    jsonrpc: stream_settings.JsonrpcSettings = stream_settings.JsonrpcSettings()
    flatstore: flatstore_settings.FlatstoreSettings = flatstore_settings.FlatstoreSettings()
    virtual: virtual_settings.VirtualSettings = virtual_settings.VirtualSettings()
    kafka: kafka_settings.KafkaSettings = kafka_settings.KafkaSettings()


class TransportContext(Struct, frozen=True):
    """What the program gives to the transports it makes."""

    wall: Clock
    """Wall seconds."""
    monotonic: Clock
    """Monotonic seconds."""
    parse: Callable[[str, bool], Target]
    """Understand any socket of the other transports, trusted or not. raises BadSocketError, UnknownSchemeError."""
    settings: TransportSettings = TransportSettings()
    payload: str = "jsonrpc"
    """The payload of sockets that do not say."""
    unix_roots: "tuple[Path, ...]" = ()
    """Where unix sockets named over the management interface may be, besides the directories of the settings."""
    own: Struct | None = None
    """The settings of a transport from outside, of the class that its package names."""


Make: TypeAlias = Callable[[TransportContext], Transport]
"""Make a transport; it opens nothing yet. raises BadSettingError: two settings that do not fit together."""


class TransportEntry(Struct, frozen=True):
    """One transport of the list."""

    name: str
    """Its table of settings; its folder when it is the only one there."""
    infos: tuple[TransportInfo, ...]
    make: Make
    """Load its code and make it."""
    modules: tuple[ScriptModule, ...] = ()
    """The modules of OpenSIPS whose work it does."""


def _datagram(context: TransportContext) -> Transport:
    from evtui.transports.datagram.transport import DatagramTransport

    return DatagramTransport(context.settings.datagram, payload=context.payload, more_roots=context.unix_roots)


def _rabbitmq(context: TransportContext) -> Transport:
    from evtui.transports.rabbitmq.transport import RabbitmqTransport

    return RabbitmqTransport(context.settings.rabbitmq, payload=context.payload)


def _xmlrpc(context: TransportContext) -> Transport:
    from evtui.transports.xmlrpc.transport import XmlrpcTransport

    return XmlrpcTransport(context.settings.xmlrpc)


def _tcp(context: TransportContext) -> Transport:
    from evtui.transports.stream.transport import StreamTransport

    return StreamTransport("tcp", context.settings.tcp, payload=context.payload)


def _jsonrpc(context: TransportContext) -> Transport:
    from evtui.transports.stream.transport import StreamTransport

    return StreamTransport("jsonrpc", context.settings.jsonrpc)


def _flatstore(context: TransportContext) -> Transport:
    from evtui.transports.flatstore.transport import FlatstoreTransport

    return FlatstoreTransport(context.settings.flatstore, wall=context.wall)


def _kafka(context: TransportContext) -> Transport:
    from evtui.transports.kafka.transport import KafkaTransport

    return KafkaTransport(context.settings.kafka, clock=context.monotonic)


def _route(_context: TransportContext) -> Transport:
    from evtui.transports.route.transport import RouteTransport

    return RouteTransport()


def _virtual(context: TransportContext) -> Transport:
    from evtui.transports.virtual.transport import VirtualTransport

    return VirtualTransport(context.parse, context.settings.virtual, clock=context.monotonic)


TRANSPORTS: Final = (
    TransportEntry("datagram", datagram_settings.INFOS, _datagram, datagram_settings.MODULES),
    TransportEntry("rabbitmq", rabbitmq_settings.INFOS, _rabbitmq, rabbitmq_settings.MODULES),
    TransportEntry("xmlrpc", xmlrpc_settings.INFOS, _xmlrpc, xmlrpc_settings.MODULES),
    TransportEntry("tcp", stream_settings.TCP_INFOS, _tcp, stream_settings.TCP_MODULES),
    TransportEntry("jsonrpc", stream_settings.JSONRPC_INFOS, _jsonrpc, stream_settings.JSONRPC_MODULES),
    TransportEntry("flatstore", flatstore_settings.INFOS, _flatstore, flatstore_settings.MODULES),
    TransportEntry("kafka", kafka_settings.INFOS, _kafka, kafka_settings.MODULES),
    TransportEntry("route", route_settings.INFOS, _route, route_settings.MODULES),
    TransportEntry("virtual", virtual_settings.INFOS, _virtual, virtual_settings.MODULES),
)
"""Every transport, in the order of the listings."""

INFOS: Final = tuple(info for entry in TRANSPORTS for info in entry.infos)
"""Every scheme of these transports."""
