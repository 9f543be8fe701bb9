"""The carriers a configuration asks for: the one place that knows their classes."""

import time
from pathlib import Path
from typing import Final

from evtui.bootstrap.sites import unix_roots
from evtui.codecs.flat import Layout
from evtui.config.carriers import (
    FlatstoreConfig,
    JsonrpcConfig,
    KafkaConfig,
    OutboxConfig,
    RabbitmqConfig,
    StreamConfig,
    VirtualConfig,
    XmlrpcConfig,
)
from evtui.config.schema import Config
from evtui.config.words import parse_mode, parse_size
from evtui.core.carriage import OutboxPolicy, Target, Transport
from evtui.core.errors import BadSettingError
from evtui.engine.carriers import Carriers
from evtui.transports.datagram.carrier import Datagrams
from evtui.transports.flatstore.carrier import FlatStore
from evtui.transports.flatstore.file import Manner
from evtui.transports.flatstore.rotation import Rotation
from evtui.transports.kafka.carrier import Kafka, KafkaSettings
from evtui.transports.rabbitmq.carrier import Rabbitmq, RabbitmqSettings
from evtui.transports.rabbitmq.link import Certificates
from evtui.transports.route import Routes
from evtui.transports.stream.carrier import Streams, StreamSettings
from evtui.transports.virtual.carrier import Virtual
from evtui.transports.xmlrpc.carrier import Xmlrpc, XmlrpcSettings

FLATSTORE_TIMEOUT: Final = 10.0
"""Seconds a disk may take for one write before it counts as hanging."""


def make_carriers(config: Config) -> list[Transport]:
    """Build every carrier; none opens anything yet.

    raises BadSettingError: two settings that do not fit together.
    """
    transports = config.transports
    carriers: list[Transport] = [
        Datagrams(
            payload=config.payload,
            allow=frozenset(transports.datagram.allow),
            unix_roots=unix_roots(config),
        ),
        Rabbitmq(_rabbitmq(transports.rabbitmq, payload=config.payload)),
        Xmlrpc(_xmlrpc(transports.xmlrpc)),
        Streams("tcp", _stream(transports.tcp, reliable=transports.tcp.reliable_mode, payload=config.payload)),
        Streams("jsonrpc", _stream(transports.jsonrpc, reliable=transports.jsonrpc.sync_mode)),
        _flatstore(transports.flatstore),
        Kafka(_kafka(transports.kafka)),
        Routes(),
    ]
    return [*carriers, _virtual(transports.virtual, Carriers(carriers))]


def policy(config: OutboxConfig, *, timeout: float | None) -> OutboxPolicy:
    """Read the bounds of a carrier's outboxes; `timeout` is in seconds, for one batch."""
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


def _flatstore(config: FlatstoreConfig) -> FlatStore:
    rotation = Rotation(parse_size(config.rotate_size), config.rotate_period, config.rotate_count, config.suffix)
    manner = Manner(time.time, parse_mode(config.file_permissions), config.fsync, rotation)
    try:
        layout = Layout(config.delimiter, config.escape_delimiter or "", bare=config.suppress_event_name)
    except ValueError as error:
        raise BadSettingError("transports.flatstore.escape_delimiter", str(error), "configuration") from error
    return FlatStore(
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


def _virtual(config: VirtualConfig, members: Carriers) -> Virtual:
    """Build the carrier of virtual sockets over all the others."""

    def parse(socket: str, trusted: bool) -> Target:
        return members.parse(socket, trusted=trusted)

    bounds = policy(config, timeout=None)
    return Virtual(parse, bounds, failover_timeout=config.failover_timeout, clock=time.monotonic)
