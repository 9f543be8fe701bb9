"""The transports a configuration asks for: the one place that knows their classes."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from evtui.bootstrap.listen_addresses import unix_roots
from evtui.codecs.flat import Layout
from evtui.config.schema import Config
from evtui.config.transport_settings import (
    FlatstoreConfig,
    JsonrpcConfig,
    KafkaConfig,
    OutboxConfig,
    RabbitmqConfig,
    StreamConfig,
    VirtualConfig,
    XmlrpcConfig,
)
from evtui.config.value_syntax import parse_mode, parse_size
from evtui.core.errors import BadSettingError
from evtui.core.transport import OutboxPolicy, Target, Transport
from evtui.engine.transport_table import TransportTable
from evtui.transports.datagram.transport import DatagramTransport
from evtui.transports.flatstore.flat_file import Manner
from evtui.transports.flatstore.rotation import Rotation
from evtui.transports.flatstore.transport import FlatstoreTransport
from evtui.transports.kafka.transport import KafkaSettings, KafkaTransport
from evtui.transports.rabbitmq.connection import Certificates
from evtui.transports.rabbitmq.transport import RabbitmqSettings, RabbitmqTransport
from evtui.transports.route.transport import RouteTransport
from evtui.transports.stream.transport import StreamSettings, StreamTransport
from evtui.transports.virtual.transport import VirtualTransport
from evtui.transports.xmlrpc.transport import XmlrpcSettings, XmlrpcTransport

FLATSTORE_TIMEOUT: Final = 10.0
"""Seconds a disk may take for one write before it counts as hanging."""


def make_transports(config: Config) -> list[Transport]:
    """Build every transport; none opens anything yet.

    raises BadSettingError: two settings that do not fit together.
    """
    settings = config.transports
    transports: list[Transport] = [
        DatagramTransport(
            payload=config.payload,
            allow=frozenset(settings.datagram.allow),
            unix_roots=unix_roots(config),
        ),
        RabbitmqTransport(_rabbitmq(settings.rabbitmq, payload=config.payload)),
        XmlrpcTransport(_xmlrpc(settings.xmlrpc)),
        StreamTransport("tcp", _stream(settings.tcp, reliable=settings.tcp.reliable_mode, payload=config.payload)),
        StreamTransport("jsonrpc", _stream(settings.jsonrpc, reliable=settings.jsonrpc.sync_mode)),
        _flatstore(settings.flatstore),
        KafkaTransport(_kafka(settings.kafka)),
        RouteTransport(),
    ]
    return [*transports, _virtual(settings.virtual, TransportTable(transports))]


def socket_parser() -> Callable[[str], Target]:
    """Return what understands any socket without opening it, with the default settings."""
    return partial(TransportTable(make_transports(Config())).parse, trusted=True)


def policy(config: OutboxConfig, *, timeout: float | None) -> OutboxPolicy:
    """Read the bounds of a transport's outboxes; `timeout` is in seconds, for one batch."""
    return OutboxPolicy(
        max_count=config.queue_count,
        max_bytes=config.queue_bytes,
        overflow=config.overflow,
        max_age=config.max_age,
        retries=config.retries,
        backoff=config.backoff,
        max_backoff=config.max_backoff,
        timeout=timeout,
        durable=config.durable,
    )


def _rabbitmq(config: RabbitmqConfig, *, payload: str) -> RabbitmqSettings:
    return RabbitmqSettings(
        payload=payload,
        tls=config.use_tls,
        vhost=config.vhost,
        persistent=config.persistent,
        mandatory=config.mandatory,
        heartbeat=config.heartbeat,
        connect_timeout=config.connect_timeout / 1000,
        certificates=Certificates(config.ca_file, config.cert_file, config.key_file, config.verify),
        allow=frozenset(config.allow),
        policy=policy(config, timeout=config.timeout / 1000),
    )


def _stream(config: StreamConfig | JsonrpcConfig, *, reliable: bool, payload: str = "jsonrpc") -> StreamSettings:
    return StreamSettings(
        payload=payload,
        reliable=reliable,
        timeout=config.timeout / 1000,
        event_param=config.event_param,
        allow=frozenset(config.allow),
        policy=policy(config, timeout=None),
    )


def _xmlrpc(config: XmlrpcConfig) -> XmlrpcSettings:
    return XmlrpcSettings(
        struct=config.use_struct_param,
        allow=frozenset(config.allow),
        policy=policy(config, timeout=config.timeout / 1000),
    )


def _flatstore(config: FlatstoreConfig) -> FlatstoreTransport:
    rotation = Rotation(parse_size(config.rotate_size), config.rotate_period, config.rotate_count, config.suffix)
    manner = Manner(time.time, parse_mode(config.file_permissions), config.fsync, rotation)
    try:
        layout = Layout(config.delimiter, config.escape_delimiter or "", bare=config.suppress_event_name)
    except ValueError as error:
        raise BadSettingError("transports.flatstore.escape_delimiter", str(error), "configuration") from error
    return FlatstoreTransport(
        manner,
        policy(config, timeout=FLATSTORE_TIMEOUT),
        layout=layout,
        roots=tuple(map(Path, config.roots)),
        max_open=config.max_open_sockets,
    )


def _kafka(config: KafkaConfig) -> KafkaSettings:
    seconds = config.timeout / 1000
    return KafkaSettings(
        # A batch connects, learns where the topic is and is answered: each of these has the time of one request.
        timeout=seconds,
        policy=policy(config, timeout=3 * seconds),
        key=config.key,
        allow=frozenset(config.allow),
    )


def _virtual(config: VirtualConfig, members: TransportTable) -> VirtualTransport:
    """Build the transport of virtual sockets over all the others."""

    def parse(socket: str, trusted: bool) -> Target:
        return members.parse(socket, trusted=trusted)

    bounds = policy(config, timeout=None)
    return VirtualTransport(parse, bounds, failover_timeout=config.failover_timeout, clock=time.monotonic)
