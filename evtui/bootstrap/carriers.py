"""The carriers a configuration asks for: the one place that knows their classes."""

from evtui.bootstrap.sites import unix_roots
from evtui.config.carriers import JsonrpcConfig, OutboxConfig, StreamConfig, XmlrpcConfig
from evtui.config.schema import Config
from evtui.core.ports import OutboxPolicy, Transport
from evtui.transports.datagram import Datagrams
from evtui.transports.stream import Streams, StreamSettings
from evtui.transports.xmlrpc import Xmlrpc, XmlrpcSettings


def make_carriers(config: Config) -> list[Transport]:
    """Build every carrier; none opens anything yet."""
    transports = config.transports
    return [
        Datagrams(
            payload=config.payload,
            allow=frozenset(transports.datagram.allow),
            unix_roots=unix_roots(config),
        ),
        Xmlrpc(_xmlrpc(transports.xmlrpc)),
        Streams("tcp", _stream(transports.tcp, reliable=transports.tcp.reliable_mode, payload=config.payload)),
        Streams("jsonrpc", _stream(transports.jsonrpc, reliable=transports.jsonrpc.sync_mode)),
    ]


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
